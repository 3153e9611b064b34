"""How a verdict is told, in the same words wherever it stands. No torch."""

from collections.abc import Mapping
from types import MappingProxyType

from pdarts_core.signal.verdict import Verdict

FINDINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        "none": "Signal none: nothing was found that stands out from chance",
        "weak": "Signal weak: what was found hardly stands out from chance",
        "clear": "Signal clear: what was found stands out from chance",
    }
)
"""What each verdict says."""
