"""The two namings of a network's tensors: this project's, and P-DARTS' own code's.

DARTS' code gives the same names as P-DARTS'.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Layout = Literal["project", "published"]

_PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "edges": "cell_ops",
        "operations": "m_ops",
        "entries": "_ops",
        "layers": "op",
        "even": "conv_1",
        "odd": "conv_2",
        "norm": "bn",
    }
)
"""What a part of a parameter's name is called in the published layout, where it differs."""
_OWN = {published: own for own, published in _PUBLISHED.items()}

_PARALLEL = "module."
"""What names begin with that a parallel training wrote."""
_UNUSED = ".num_batches_tracked"
"""Batch norm's counters of batches, which nothing depends on."""


def published_name(name: str) -> str:
    """Return the published name of a parameter of PlainSearchNetwork or Network."""
    return ".".join(_PUBLISHED.get(part, part) for part in name.split("."))


def project_name(published: str) -> str:
    """Return this project's name of a parameter that has a published one."""
    return ".".join(_OWN.get(part, part) for part in published.split("."))


def plain_name(name: str) -> str | None:
    """Return a name in a file without what says nothing; None for a tensor that nothing needs."""
    return None if name.endswith(_UNUSED) else name.removeprefix(_PARALLEL)
