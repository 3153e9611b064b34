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
ADVICE: Mapping[Verdict, str] = MappingProxyType(
    {
        "none": (
            "The genotype is no better supported than one drawn at random. What may help: more"
            " epochs, a higher arch_learning_rate, more images."
        ),
        "weak": "Before you rely on the genotype, run the search again with another seed.",
        "clear": (
            "Steady choices need not be the best ones: before you rely on the genotype, evaluate it"
            " beside another seed's."
        ),
    }
)
"""What follows from it, where there is something to do."""
