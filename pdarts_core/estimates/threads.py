"""How many threads of a CPU have work in a training step.

Threads share each operation, and every operation waits for the slowest of them. How much there is
to share is told by the feature maps of a batch in the first cell. This module imports no torch.
"""

from pdarts_core.config import SearchConfig
from pdarts_core.estimates.network_size import grid_of_cells
from pdarts_core.estimates.workload import FLOAT_BYTES, Grid
from pdarts_core.evaluation_config import EvaluationConfig

_BYTES_OF_SEARCH = 2**19
_BYTES_OF_EVALUATION = 2**20
"""For each thread, measured with two of them (`benchmarks.cpu_threads`): with less, they gain at
most a quarter or so where the machine has nothing else to do, and lose much where it has. An
operation of a search network serves several edges, so that it computes more with maps of the same
size."""


def threads_for_search(config: SearchConfig, images: int, grid: Grid) -> int:
    """Return how many threads have work in a search's steps, which may be more than there are.

    Args:
        config: the search.
        images: in its training set.
        grid: their height and width.
    """
    channels = max(config.channels_of(stage) for stage in range(len(config.stages)))
    return _threads(_BYTES_OF_SEARCH, min(config.batch_size, images), channels, grid)


def threads_for_evaluation(config: EvaluationConfig, images: int, grid: Grid) -> int:
    """Return how many threads have work in an evaluation's steps; see `threads_for_search`."""
    batch_size, at_cells = min(config.batch_size, images), grid_of_cells(config.stem, grid)
    return _threads(_BYTES_OF_EVALUATION, batch_size, config.init_channels, at_cells)


def _threads(bytes_of_each: int, images: int, channels: int, grid: Grid) -> int:
    return max(1, FLOAT_BYTES * images * channels * grid.pixels // bytes_of_each)
