"""Training steps recorded as CUDA graphs.

A step of this search is thousands of small kernels, and launching them one by one takes longer
than they run. Recorded once, a step is launched as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from pdarts_core.training.step import TrainingStep

T = TypeVar("T")

_WARM_UP = 3
"""Runs before the recording, in which libraries choose their kernels and set up workspaces."""


class Recordable(NamedTuple):
    """A step, and a batch like those that it will get."""

    step: TrainingStep
    indices: Tensor


def record(
    steps: Sequence[Recordable], generators: Sequence[torch.Generator], pool: Any = None
) -> list[Callable[[Tensor], None]]:
    """Record steps without changing what they train; return what replays each of them.

    Every batch must have as many indices as the one given here. What changes between replays must
    be a tensor that stays in its place: the learning rate and the dropout rate are.

    Args:
        steps: on a CUDA device; they never run at the same time.
        generators: those of the device that the steps draw from.
        pool: memory that recordings share, since nothing in it outlives a replay; None: their own.

    Raises:
        torch.OutOfMemoryError: a step does not fit in the device's memory.
        KernelFailed: a kernel of our own does not work on the device.
    """
    with torch.cuda.device(steps[0].indices.device):
        # All warm up before the first is recorded, since a recording keeps its memory.
        for step, indices in steps:
            with taken_back(step, generators):
                _warm_up(step, indices)
        pool = torch.cuda.graph_pool_handle() if pool is None else pool
        return [_record(step, indices, generators, pool) for step, indices in steps]


def record_forward(
    forward: Callable[[Tensor], T], indices: Tensor, *, pool: Any
) -> Callable[[Tensor], T]:
    """Record what changes nothing; return what replays it.

    What a replay returns is overwritten by the next one.

    Args:
        forward: on a CUDA device; takes indices, as many as given here each time.
        indices: such indices.
        pool: memory that recordings share.
    """
    with torch.cuda.device(indices.device), torch.no_grad():
        _warm_up(forward, indices)
        static = indices.clone()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            outputs = forward(static)

    def replay(indices: Tensor) -> T:
        static.copy_(indices)
        graph.replay()
        return outputs

    return replay


@contextmanager
def taken_back(step: TrainingStep, generators: Sequence[torch.Generator]) -> Iterator[None]:
    """Run a step as a trial, and undo its changes afterwards, however it ends."""
    before = [tensor.clone() for tensor in step.changing()]
    states = [generator.get_state() for generator in generators]
    try:
        yield
    finally:
        _take_back(step, before)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def _take_back(step: TrainingStep, before: Sequence[Tensor]) -> None:
    tensors = step.changing()
    with torch.no_grad():
        for tensor, old in zip(tensors, before, strict=False):
            tensor.copy_(old)
        # State that an optimizer only creates in its first step comes last, and begins at 0.
        for tensor in tensors[len(before) :]:
            tensor.zero_()


def _warm_up(step: Callable[[Tensor], object], indices: Tensor) -> None:
    main, side = torch.accelerator.current_stream(), torch.Stream(indices.device)
    side.wait_stream(main)
    with side:
        for _ in range(_WARM_UP):
            step(indices)
    main.wait_stream(side)


def _record(
    step: TrainingStep, indices: Tensor, generators: Sequence[torch.Generator], pool: Any
) -> Callable[[Tensor], None]:
    static = indices.clone()
    graph = torch.cuda.CUDAGraph()
    for generator in generators:
        graph.register_generator_state(generator)
    for group in step.optimizer.param_groups:
        group["capturable"] = True
    # Calls to CUDA by other threads of a worker must not end the recording.
    with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
        step(static)

    def replay(indices: Tensor) -> None:
        static.copy_(indices)
        graph.replay()

    return replay
