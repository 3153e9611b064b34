"""What the parts of a run share: the device, how large things are, and how they are timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from pdarts_core.config import PRESETS, SearchConfig
from pdarts_core.images.dataset import ImageDataset

_WARM_UP = 3
_REPLAYS = 5


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A device and how much is asked of it."""

    device: torch.device
    small: bool
    """Whether everything is tiny, to try the program itself."""

    @property
    def config(self) -> SearchConfig:
        """The paper's search, or one like it."""
        paper = PRESETS["paper-cifar10"]
        if not self.small:
            return paper
        stages = tuple(replace(stage, layers=3) for stage in paper.stages)
        return replace(paper, init_channels=1, batch_size=4, stages=stages)

    @property
    def short_search(self) -> SearchConfig:
        """A search that takes seconds."""
        quick = PRESETS["quick"]
        stages = tuple(
            replace(stage, epochs=2, warmup_epochs=1, layers=3) for stage in quick.stages
        )
        if self.small:
            stages = (replace(stages[0], num_to_keep=1),)
        channels, batch = (1, 8) if self.small else (8, 32)
        return replace(quick, stages=stages, init_channels=channels, batch_size=batch)

    @property
    def repetitions(self) -> int:
        """How often what is timed is done."""
        return 1 if self.small else 20

    def noise(self, count: int, size: int = 32) -> ImageDataset:
        """Return images that take as long as any others, on the CPU."""
        if self.small:
            count, size = min(count, 24), 8
        generator = torch.Generator().manual_seed(0)
        shape = (count, 3, size, size)
        return ImageDataset(
            name="noise",
            images=torch.randint(256, shape, generator=generator, dtype=torch.uint8),
            labels=torch.arange(count) % 10,
            class_names=tuple(map(str, range(10))),
            mean=(0.5, 0.5, 0.5),
            std=(0.25, 0.25, 0.25),
        )

    def wait(self) -> None:
        """Return when the device is idle."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def microseconds(self, function: Callable[[], object], times: int = 20) -> float:
        """Return how long one call takes, many of them in one CUDA graph; on a CPU, one call."""
        function()
        self.wait()
        if self.device.type != "cuda":
            began = time.perf_counter()
            function()
            return 1e6 * (time.perf_counter() - began)
        graph = self._graph(function, times)
        begin, end = (torch.Event(self.device, enable_timing=True) for _ in range(2))
        graph.replay()
        begin.record()
        for _ in range(_REPLAYS):
            graph.replay()
        end.record()
        self.wait()
        return 1e3 * float(begin.elapsed_time(end)) / (_REPLAYS * times)

    def _graph(self, function: Callable[[], object], times: int) -> torch.cuda.CUDAGraph:
        main, side = torch.accelerator.current_stream(), torch.Stream(self.device)
        side.wait_stream(main)
        with side:
            for _ in range(_WARM_UP):
                function()
        self.wait()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            for _ in range(times):
                function()
        return graph
