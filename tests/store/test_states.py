from store.states import LEGAL_MOVES, JobState, Status


def test_every_state_has_its_moves() -> None:
    assert set(LEGAL_MOVES) == set(JobState)


def test_success_and_cancellation_are_for_ever() -> None:
    for state in (JobState.SUCCEEDED, JobState.CANCELLED):
        assert LEGAL_MOVES[state] == frozenset()


def test_every_state_is_reached_from_the_queue() -> None:
    reached, frontier = set(), {JobState.QUEUED}
    while frontier:
        reached |= frontier
        frontier = {target for state in frontier for target in LEGAL_MOVES[state]} - reached
    assert reached == set(JobState)


def test_every_state_can_be_shown() -> None:
    assert {state.value for state in JobState} <= {status.value for status in Status}
