"""The eight candidate operations (P-DARTS, arXiv 1904.12760, §3.1), each one record.

Everything else about an operation follows from its record: its layers, what a step with it
costs, how it is drawn, and its column in the page's tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pdarts_core.space.line_styles import GREY, LineStyle, line

NONE = "none"
SKIP_CONNECT = "skip_connect"
MAX_POOL = "max_pool_3x3"
AVG_POOL = "avg_pool_3x3"


@dataclass(frozen=True, kw_only=True)
class Separable:
    """Shape of a depthwise separable convolution."""

    kernel: int
    dilation: int
    passes: int
    """How many times it is applied; the stride belongs to the first."""
    kept_maps: int
    """Feature maps that its backward pass reads, besides the state that it shares with others."""

    @property
    def taps(self) -> int:
        """Pixels of its kernel."""
        return self.kernel**2


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is known of a candidate operation."""

    name: str
    cost: int
    """Its rank by the memory that a step needs for it; 0 needs least."""
    convolution: Separable | None = None
    pools: bool = False
    line: LineStyle | None = None
    """How it is drawn; None where no genotype can hold it."""


_SEPARABLE_3 = Separable(kernel=3, dilation=1, passes=2, kept_maps=3)
_SEPARABLE_5 = Separable(kernel=5, dilation=1, passes=2, kept_maps=3)
_DILATED_3 = Separable(kernel=3, dilation=2, passes=1, kept_maps=1)
_DILATED_5 = Separable(kernel=5, dilation=2, passes=1, kept_maps=1)

_IN_ORDER = (
    Operation(name=NONE, cost=0),
    Operation(name=MAX_POOL, cost=3, pools=True, line=line("orange", "#E69F00", "dotted", 3.8)),
    Operation(name=AVG_POOL, cost=2, pools=True, line=line("vermillion", "#D55E00", "dotted", 2.2)),
    Operation(name=SKIP_CONNECT, cost=1, line=LineStyle(paint=GREY, pattern="double", width=4.4)),
    Operation(
        name="sep_conv_3x3",
        cost=6,
        convolution=_SEPARABLE_3,
        line=line("blue", "#0072B2", "solid", 1.8),
    ),
    Operation(
        name="sep_conv_5x5",
        cost=7,
        convolution=_SEPARABLE_5,
        line=line("sky-blue", "#56B4E9", "solid", 3.8),
    ),
    Operation(
        name="dil_conv_3x3",
        cost=4,
        convolution=_DILATED_3,
        line=line("green", "#009E73", "dashed", 1.8),
    ),
    Operation(
        name="dil_conv_5x5",
        cost=5,
        convolution=_DILATED_5,
        line=line("purple", "#CC79A7", "dashed", 3.8),
    ),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({o.name: o for o in _IN_ORDER})
"""The candidate operations by name, in the paper's order; ties are broken by it."""
SEPARABLE_CONVOLUTIONS: Mapping[str, Separable] = MappingProxyType(
    {o.name: o.convolution for o in _IN_ORDER if o.convolution}
)
"""The shapes of those that are convolutions."""
POOLING_NAMES = tuple(o.name for o in _IN_ORDER if o.pools)
