"""Calls about genotypes by their own ids: those of searches, derived ones and imported ones."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from cli.client.binding import asks, lists
from cli.client.call import Call, as_model, as_page, as_text, delete, get, post
from cli.client.job_calls import ListOrder
from cli.client.model import Page
from cli.client.models import GenotypeDocument
from cli.client.search_calls import DrawingFormat
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.space.cells import CellKind


class ShapeFields(TypedDict, total=False):
    """The network whose size is counted."""

    layers: int
    init_channels: int
    image_size: int
    num_classes: int
    stem: str
    auxiliary: bool


class GenotypeCalls:
    """Calls about genotypes by their own ids."""

    @asks
    def import_genotype(
        self,
        genotype: Genotype | GenotypeDocument | Mapping[str, Any] | str,
        *,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> Call[GenotypeDocument]:
        """Import a genotype: the named tuple, its cells, a document, or Python text (never run)."""
        body = _as_document(genotype)
        if name is not None:
            body["name"] = name
        reader = as_model(GenotypeDocument)
        return post("/genotypes", reader, body=body, idempotency_key=idempotency_key)

    @lists
    def list_own_genotypes(
        self,
        *,
        origin: str | None = None,
        name_contains: str | None = None,
        dataset_contains: str | None = None,
        sort: ListOrder | None = None,
        page_size: int | None = None,
    ) -> Call[Page[GenotypeDocument]]:
        """List your genotypes.

        Args:
            origin: search, derived or imported.
            name_contains: a part of their name or of their search's, in upper or lower case.
            dataset_contains: a part of the name of their search's data set, likewise.
            sort: what comes first: newest (unless given) or oldest.
            page_size: how many to ask for at a time.
        """
        return get(
            "/genotypes",
            as_page(GenotypeDocument),
            origin=origin,
            name_contains=name_contains,
            dataset_contains=dataset_contains,
            sort=sort,
            limit=page_size,
        )

    @asks
    def get_genotype(
        self, genotype_id: str, **shape: Unpack[ShapeFields]
    ) -> Call[GenotypeDocument]:
        """Read a genotype, with the size of a network of this shape."""
        return get(f"/genotypes/{genotype_id}", as_model(GenotypeDocument), **shape)

    @asks
    def draw_own_genotype(
        self,
        genotype_id: str,
        *,
        format: DrawingFormat = "svg",  # noqa: A002  the parameter's name in the URL
        cell: CellKind | None = None,
    ) -> Call[str]:
        """Read a genotype as text: drawn, or as Python."""
        return get(f"/genotypes/{genotype_id}", as_text, format=format, cell=cell)

    @asks
    def delete_genotype(self, genotype_id: str) -> Call[None]:
        """Delete an imported or derived genotype."""
        return delete(f"/genotypes/{genotype_id}")


def _as_document(
    genotype: Genotype | GenotypeDocument | Mapping[str, Any] | str,
) -> dict[str, Any]:
    match genotype:
        case str():
            return {"python": genotype}
        case GenotypeDocument():
            return {"genotype": genotype.genotype}
        case Genotype():
            return {"genotype": to_dict(genotype)}
        case {"genotype": _} | {"python": _}:
            return dict(genotype)
    # Bare cells leave no room for a name.
    return {"genotype": dict(genotype)}
