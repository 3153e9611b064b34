from store.states import JobState, Status


def test_every_state_can_be_shown() -> None:
    assert {state.value for state in JobState} <= {status.value for status in Status}
