"""What a worker last read of its GPUs, as its row keeps it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from store.gpu_readings import GpuReading, SlowedBy, restored, stored

READINGS = st.builds(
    GpuReading,
    uuid=st.uuids().map(str),
    name=st.text(max_size=20),
    utilization=st.none() | st.floats(0, 1),
    memory_used_bytes=st.none() | st.integers(0, 2**40),
    memory_total_bytes=st.none() | st.integers(0, 2**40),
    memory_of_others_bytes=st.none() | st.integers(0, 2**40),
    temperature_celsius=st.none() | st.integers(-40, 130),
    slowed_by=st.sets(st.sampled_from(SlowedBy)).map(
        lambda found: tuple(reason for reason in SlowedBy if reason in found)
    ),
)


@given(st.lists(READINGS, max_size=3))
def test_what_is_stored_as_json_comes_back(readings: list[GpuReading]) -> None:
    assert restored(json.loads(json.dumps(stored(readings)))) == readings


def test_what_a_newer_version_adds_is_left_out() -> None:
    row = {"uuid": "a", "name": "b", "fan_speed": 3, "slowed_by": ["moon", "heat"]}
    assert restored([row]) == [GpuReading(uuid="a", name="b", slowed_by=(SlowedBy.HEAT,))]
