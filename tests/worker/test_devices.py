"""Which device a worker has, and how it is used."""

import joblib
import pytest
import torch

from worker.devices import DeviceUnavailable, bound_threads, choose_device, describe_device

needs_no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA")
class TestWithCuda:
    def test_the_gpu_is_described(self) -> None:
        device = describe_device()
        properties = torch.cuda.get_device_properties(0)
        assert (device.kind, device.name) == ("cuda", properties.name)
        assert device.memory_bytes == properties.total_memory

    @pytest.mark.parametrize("wanted", ["auto", "cuda"])
    def test_it_is_taken(self, wanted: str) -> None:
        assert choose_device(wanted).type == "cuda"


@needs_no_cuda
class TestWithoutCuda:
    def test_the_processor_is_described(self) -> None:
        device = describe_device()
        assert device.kind == "cpu"
        assert device.name
        assert device.memory_bytes > 2**28

    def test_it_is_taken_unless_cuda_must_be(self) -> None:
        assert choose_device("auto").type == "cpu"
        with pytest.raises(DeviceUnavailable, match="this worker has none"):
            choose_device("cuda")


def test_the_processor_is_taken_where_it_is_asked_for() -> None:
    assert choose_device("cpu").type == "cpu"


def test_describing_leaves_cuda_to_the_processes_of_searches() -> None:
    before = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    describe_device()
    assert torch.cuda.is_initialized() == before  # type: ignore[no-untyped-call]


def test_torch_takes_no_more_threads_than_it_may() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(64)
    try:
        bound_threads()
        assert torch.get_num_threads() <= joblib.cpu_count()
    finally:
        torch.set_num_threads(before)
