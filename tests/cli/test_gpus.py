"""Which GPUs get a worker."""

import pytest

from cli.gpus import (
    environment_for,
    in_groups,
    parse_list,
    visible_gpus,
    workers_in_words,
)

TWO_GPUS = """\
GPU 0: NVIDIA A100 80GB PCIe (UUID: GPU-11111111-2222-3333-4444-555555555555)
GPU 1: NVIDIA A100 80GB PCIe (UUID: GPU-66666666-7777-8888-9999-000000000000)
"""
ONE_GPU_IN_SLICES = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aaaaaaaa-2222-3333-4444-555555555555)
  MIG 3g.40gb     Device  0: (UUID: MIG-bbbbbbbb-2222-3333-4444-555555555555)
  MIG 3g.40gb     Device  1: (UUID: MIG-cccccccc-2222-3333-4444-555555555555)
"""


def test_every_gpu_of_the_machine_is_named_by_its_uuid() -> None:
    assert parse_list(TWO_GPUS) == [
        "GPU-11111111-2222-3333-4444-555555555555",
        "GPU-66666666-7777-8888-9999-000000000000",
    ]


def test_a_gpu_in_slices_is_its_slices() -> None:
    assert parse_list(ONE_GPU_IN_SLICES) == [
        "MIG-bbbbbbbb-2222-3333-4444-555555555555",
        "MIG-cccccccc-2222-3333-4444-555555555555",
    ]


@pytest.mark.parametrize("text", ["", "No devices were found\n", "NVIDIA-SMI has failed\n"])
def test_a_machine_without_gpus_has_none(text: str) -> None:
    assert parse_list(text) == []


@pytest.mark.parametrize(
    ("named", "expected"),
    [("0,2", ["0", "2"]), ("GPU-1111", ["GPU-1111"]), ("", []), ("-1", []), ("0,-1,1", ["0"])],
)
def test_what_cuda_visible_devices_names_is_taken_as_it_is(named: str, expected: list[str]) -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": named}) == expected


def test_each_worker_sees_its_own_gpu_alone() -> None:
    environment = {"LANG": "C", "CUDA_VISIBLE_DEVICES": "0,1"}
    assert environment_for("1", environment) == {
        "LANG": "C",
        "CUDA_VISIBLE_DEVICES": "1",
    }


def test_a_worker_gets_as_many_gpus_as_one_job_may_have() -> None:
    assert in_groups(["0", "1", "2"], 1) == ["0", "1", "2"]
    assert in_groups(["0", "1", "2"], 2) == ["0,1", "2"]
    assert in_groups([], 2) == []


@pytest.mark.parametrize(
    ("gpus", "gpus_per_worker", "words"),
    [
        (0, 4, "one, on the CPU"),
        (1, 4, "one, on a GPU"),
        (2, 4, "one, on 2 GPUs"),
        (4, 4, "one, on 4 GPUs"),
        (8, 4, "one for every 4 of 8 GPUs"),
        (2, 1, "one for each of 2 GPUs"),
    ],
)
def test_it_is_said_how_many_gpus_a_worker_has(gpus: int, gpus_per_worker: int, words: str) -> None:
    assert workers_in_words(gpus, gpus_per_worker) == words
