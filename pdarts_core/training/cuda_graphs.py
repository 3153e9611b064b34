"""Training steps recorded as CUDA graphs.

A step of this search is thousands of small kernels, and launching them one by one takes longer
than they run. Recorded once, a step is launched as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pdarts_core.training.step import TrainingStep

_WARM_UP = 3
"""Runs before the recording, in which libraries choose their kernels and set up workspaces."""


class Recordable(NamedTuple):
    """A step, and a batch like those that it will get."""

    step: TrainingStep
    indices: Tensor


def record(
    steps: Sequence[Recordable], generators: Sequence[torch.Generator]
) -> list[Callable[[Tensor], None]]:
    """Record steps without changing what they train; return what replays each of them.

    Every batch must have as many indices as the one given here. What changes between replays must
    be a tensor that stays in its place: the learning rate and the dropout rate are.

    Args:
        steps: on a CUDA device; they never run at the same time.
        generators: those of the device that the steps draw from.

    Raises:
        torch.OutOfMemoryError: a step does not fit in the device's memory.
    """
    with torch.cuda.device(steps[0].indices.device):
        # All warm up before the first is recorded, since a recording keeps its memory.
        for step, indices in steps:
            with taken_back(step, generators):
                _warm_up(step, indices)
        # Nothing in this memory outlives a replay, so that all recordings can share it.
        pool = torch.cuda.graph_pool_handle()
        return [_record(step, indices, generators, pool) for step, indices in steps]


@contextmanager
def taken_back(step: TrainingStep, generators: Sequence[torch.Generator]) -> Iterator[None]:
    """Run a step as a trial, and undo its changes afterwards."""
    before = [tensor.clone() for tensor in step.changing()]
    states = [generator.get_state() for generator in generators]
    yield
    tensors = step.changing()
    with torch.no_grad():
        for tensor, old in zip(tensors, before, strict=False):
            tensor.copy_(old)
        # State that an optimizer only creates in its first step comes last, and begins at 0.
        for tensor in tensors[len(before) :]:
            tensor.zero_()
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state)


def _warm_up(step: TrainingStep, indices: Tensor) -> None:
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
