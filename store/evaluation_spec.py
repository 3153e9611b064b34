"""An evaluation's spec: which genotype, besides what every job has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from store.ids import IdKind, id_pattern
from store.job_spec import ConfigT, JobSpec

SOURCES = ("genotype", "search", "genotype_document")
"""The fields of which exactly one names the genotype."""


def _about(description: str, **rules: Any) -> dict[str, Any]:
    return {"description": description, **rules}


@dataclass(frozen=True, kw_only=True)
class EvaluationSpec(JobSpec[ConfigT]):
    """A complete spec of an evaluation."""

    genotype: str | None = field(
        default=None,
        metadata=_about(
            "The genotype to train, one of GET /genotypes; or name `search` or `genotype_document`",
            pattern=id_pattern(IdKind.GENOTYPE),
        ),
    )
    search: str | None = field(
        default=None,
        metadata=_about(
            "A search that has ended: its recommended genotype is trained",
            pattern=id_pattern(IdKind.SEARCH),
        ),
    )
    max_skip_connects: int | None = field(
        default=None,
        metadata=_about(
            "With `search`: train its genotype for this skip limit; null, the default: for the "
            "limit in the search's spec",
            ge=0,
            le=8,
        ),
    )
    genotype_document: dict[str, Any] | None = field(
        default=None,
        metadata=_about(
            "The genotype itself, in any form that POST /genotypes takes as JSON; kept as cells"
        ),
    )

    weights: str | None = field(
        default=None,
        metadata=_about(
            "What the network begins with, one of GET /weights; with `epochs` 0 it is only tested. "
            "Null, the default: weights are drawn",
            pattern=id_pattern(IdKind.WEIGHTS),
            before=None,
        ),
    )

    def digest(self, genotype: Mapping[str, Any], weights_sha256: str | None = None) -> str:
        """Return the digest of everything that affects the result.

        The same genotype has the same digest, however it was named, and so have the same weights.

        Args:
            genotype: the one that is trained, as its document.
            weights_sha256: digest of the file with what its network begins with; None for none.
        """
        named = dict.fromkeys((*SOURCES, "max_skip_connects"))
        decisive = named | {"genotype_document": dict(genotype), "weights": weights_sha256}
        return replace(self, **decisive).sha256
