"""Training steps recorded as CUDA graphs.

A step of this search is tens of thousands of small kernels, and launching them takes longer than
they run. Recorded once, a step is launched as a whole.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from pdarts_core.training import TrainingStep

_WARM_UP = 3
"""Runs before the recording, in which libraries choose their kernels and set up workspaces."""


def captured(
    step: TrainingStep, generators: Sequence[torch.Generator], pool: Any
) -> Callable[[Tensor], None]:
    """Return a step that records itself when it is first called, and is replayed from then on.

    Every call must bring as many indices as the first did. What changes between calls must be a
    tensor that stays in its place: the learning rate and the dropout rate are.

    Args:
        step: on a CUDA device.
        generators: those of the device that the step draws from.
        pool: a `torch.cuda.graph_pool_handle()`. Steps that never run at the same time and leave
            nothing behind for each other in it may share one.
    """
    return _CapturedStep(step, generators, pool)


class _CapturedStep:
    def __init__(
        self, step: TrainingStep, generators: Sequence[torch.Generator], pool: Any
    ) -> None:
        self._step = step
        self._generators = generators
        self._pool = pool
        self._graph: torch.cuda.CUDAGraph | None = None
        self._indices = torch.empty(0)

    def __call__(self, indices: Tensor) -> None:
        if self._graph is None:
            self._indices = indices.clone()
            self._warm_up()
            self._graph = self._record()
        self._indices.copy_(indices)
        self._graph.replay()

    def _warm_up(self) -> None:
        """Run the step aside, and take back all that it changed."""
        before = [tensor.clone() for tensor in self._step.changing()]
        states = [generator.get_state() for generator in self._generators]
        main, side = torch.accelerator.current_stream(), torch.Stream(self._indices.device)
        side.wait_stream(main)
        with side:
            for _ in range(_WARM_UP):
                self._step(self._indices)
        main.wait_stream(side)
        self._take_back(before)
        for generator, state in zip(self._generators, states, strict=True):
            generator.set_state(state)

    @torch.no_grad()
    def _take_back(self, before: Sequence[Tensor]) -> None:
        tensors = self._step.changing()
        # What a fresh optimizer only makes in its first step comes last, and begins at 0.
        for tensor in tensors[len(before) :]:
            tensor.zero_()
        for tensor, old in zip(tensors, before, strict=False):
            tensor.copy_(old)

    def _record(self) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            graph.register_generator_state(generator)
        for group in self._step.optimizer.param_groups:
            group["capturable"] = True
        # Other threads of a worker must not end the recording by what they ask of CUDA.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            self._step(self._indices)
        return graph
