"""How busy, full and hot a worker's GPUs are."""

import logging
import os
import subprocess
import sys
import threading

import pynvml
import pytest
import torch

from store.gpu_readings import GpuReading, SlowedBy
from tests.support.played_nvml import PlayedGpu, PlayedNvml
from tests.support.servers import wait_until
from worker import gpu_watch
from worker.devices import describe_device
from worker.gpu_watch import GpuWatch, read_gpus, slowed_by

GIB = 2**30
UUID = "5e1f3f0a"
SOMEBODY = 1
"""A process that is none of this worker's."""


def read(monkeypatch: pytest.MonkeyPatch, *gpus: PlayedGpu, is_busy: bool = True) -> GpuReading:
    """Read the GPU with UUID."""
    PlayedNvml(*gpus).install(monkeypatch)
    (reading,) = read_gpus([UUID], is_busy=is_busy)
    return reading


def test_a_gpu_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = PlayedGpu(f"GPU-{UUID}", processes={os.getpid(): 30 * GIB})
    assert read(monkeypatch, gpu) == GpuReading(
        uuid=UUID,
        name="NVIDIA H200",
        utilization=0.72,
        memory_used_bytes=30 * GIB,
        memory_total_bytes=141 * GIB,
        memory_of_others_bytes=0,
        temperature_celsius=61,
        slowed_by=(),
    )


def test_of_a_slice_temperature_and_clock_are_those_of_the_whole_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heat = pynvml.nvmlClocksEventReasonHwThermalSlowdown
    whole = PlayedGpu("GPU-other", temperature=88, reasons=heat)
    part = PlayedGpu(
        f"MIG-{UUID}", whole=whole, utilization=None, temperature=None, reasons=None, used=GIB
    )
    reading = read(monkeypatch, part)
    assert (reading.temperature_celsius, reading.slowed_by) == (88, (SlowedBy.HEAT,))
    assert (reading.utilization, reading.memory_used_bytes) == (None, GIB)


def test_what_the_driver_does_not_tell_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = PlayedGpu(f"GPU-{UUID}", utilization=None, used=None, temperature=None, reasons=None)
    assert read(monkeypatch, gpu) == GpuReading(uuid=UUID, name="NVIDIA H200")


def test_a_gpu_that_is_gone_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    PlayedNvml(PlayedGpu("GPU-other")).install(monkeypatch)
    assert read_gpus([UUID, "other"], is_busy=False)[0].uuid == "other"


@pytest.mark.parametrize(
    ("reasons", "slow"),
    [
        (pynvml.nvmlClocksEventReasonGpuIdle, ()),
        (pynvml.nvmlClocksEventReasonApplicationsClocksSetting, ()),
        (pynvml.nvmlClocksEventReasonSwThermalSlowdown, (SlowedBy.HEAT,)),
        (
            pynvml.nvmlClocksEventReasonHwSlowdown | pynvml.nvmlClocksEventReasonHwThermalSlowdown,
            (SlowedBy.HEAT,),
        ),
        (
            pynvml.nvmlClocksEventReasonHwSlowdown
            | pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown,
            (SlowedBy.POWER_BRAKE,),
        ),
        (pynvml.nvmlClocksEventReasonHwSlowdown, (SlowedBy.HARDWARE,)),
        (
            pynvml.nvmlClocksEventReasonHwSlowdown | pynvml.nvmlClocksEventReasonSwPowerCap,
            (SlowedBy.HARDWARE, SlowedBy.POWER_LIMIT),
        ),
    ],
)
def test_why_it_is_slow(reasons: int, slow: tuple[SlowedBy, ...]) -> None:
    assert slowed_by(reasons) == slow


class TestMemoryOfOthers:
    """Memory held by processes that are not this worker's."""

    def others(
        self,
        monkeypatch: pytest.MonkeyPatch,
        processes: dict[int, int | None],
        *,
        is_busy: bool = True,
    ) -> int | None:
        gpu = PlayedGpu(f"GPU-{UUID}", used=9 * GIB, processes=processes)
        return read(monkeypatch, gpu, is_busy=is_busy).memory_of_others_bytes

    def test_it_is_that_of_each_other_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            held: dict[int, int | None] = {os.getpid(): GIB, child.pid: 5 * GIB, SOMEBODY: 2 * GIB}
            assert self.others(monkeypatch, held) == 2 * GIB
            child.communicate(b"\n")

    def test_it_is_unknown_where_the_driver_does_not_tell_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.others(monkeypatch, {SOMEBODY: None}) is None

    def test_where_no_process_is_listed_it_is_all_that_is_in_use_without_a_job(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.others(monkeypatch, {}, is_busy=False) == 9 * GIB
        assert self.others(monkeypatch, {}, is_busy=True) is None


def watch(*uuids: str) -> GpuWatch:
    return GpuWatch(uuids, every_seconds=0.01, is_busy=lambda: False)


def test_a_watch_reads_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = PlayedGpu(f"GPU-{UUID}")
    PlayedNvml(gpu).install(monkeypatch)
    watching = watch(UUID)
    assert watching.latest() == ()
    watching.start()
    try:
        wait_until(lambda: watching.latest() != (), "a reading", 10)
        gpu.temperature = 90
        wait_until(lambda: watching.latest()[0].temperature_celsius == 90, "a new reading", 10)
    finally:
        watching.stop()


def test_a_driver_that_hangs_holds_up_nothing_and_its_last_reading_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    PlayedNvml(PlayedGpu(f"GPU-{UUID}")).install(monkeypatch)
    watching, hangs, goes_on = watch(UUID), threading.Event(), threading.Event()
    watching.start()
    try:
        wait_until(lambda: watching.latest() != (), "a reading", 10)

        def hang(_gpu: PlayedGpu) -> str:
            hangs.set()
            goes_on.wait()
            return ""

        monkeypatch.setattr(pynvml, "nvmlDeviceGetName", hang)
        assert hangs.wait(10)
        assert watching.latest() != ()
        monkeypatch.setattr(gpu_watch, "FRESH_SECONDS", 0.0)
        assert watching.latest() == ()
    finally:
        watching.stop()
        goes_on.set()


def test_without_the_driver_s_library_nothing_is_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    PlayedNvml(is_there=False).install(monkeypatch)
    watching = watch(UUID)
    with caplog.at_level(logging.WARNING):
        watching.start()
        wait_until(lambda: "cannot watch the GPUs" in caplog.text, "the warning", 10)
    assert watching.latest() == ()


def test_on_a_processor_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: pytest.fail("asked"))
    threads = threading.active_count()
    watch().start()
    assert threading.active_count() == threads


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA")
def test_a_real_gpu_tells_its_memory() -> None:
    device = describe_device()
    pynvml.nvmlInit()
    (reading,) = read_gpus(device.uuids, is_busy=False)
    assert reading.memory_total_bytes is not None
    assert abs(reading.memory_total_bytes - device.memory_bytes) < device.memory_bytes / 10
    assert reading.name
