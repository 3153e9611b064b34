"""The genotype document."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.http.bodies import BASE, WHOLE, Body, Input, described
from api.schemas.signals import SignalBody, signal_body
from pdarts_core.config import SearchConfig
from pdarts_core.config_fields import bounds_of
from pdarts_core.estimates.network_size import NetworkShape, count_network
from pdarts_core.genotype import count_skip_connects, from_dict, to_python
from pdarts_core.space.layout import Stem
from store.states import GenotypeOrigin
from store.tables import GenotypeRow, Job

_SKIP_BOUNDS: dict[str, Any] = {**bounds_of(SearchConfig, "max_skip_connects").as_dict()}
SkipLimit = Annotated[int, Field(**_SKIP_BOUNDS), WHOLE]


class Cells(Body):
    """Both cells; `Genotype(**cells)` takes them into the DARTS family's named tuple."""

    normal: list[tuple[str, int]] = described("Eight pairs of operation and state, two a node")
    normal_concat: list[int] = described("The states whose outputs the cell concatenates")
    reduce: list[tuple[str, int]] = described("As `normal`, for the reduction cell")
    reduce_concat: list[int] = described("As `normal_concat`, for the reduction cell")


class EdgeWeights(Body):
    """How probable each entry's operation was on its edge, after the last stage."""

    normal: list[float] = described("A share (0 to 1) for each entry of `normal`")
    reduce: list[float] = described("A share (0 to 1) for each entry of `reduce`")


class Provenance(Body):
    """Where a genotype comes from."""

    search_id: str = described("The search that found it")
    search_name: str | None = described("The search's name as it is now; null if it has none")
    dataset: str | None = described("The data set of the search")
    dataset_digest: str | None = described(
        "Digest of the data set's images, as the search tells it; null if it is not known"
    )
    images_skipped: int | None = described(
        "How many images the search left out because they cannot be used; null unless its spec has "
        "`skip_invalid`"
    )
    seed: int = described("The search's seed")
    spec_sha256: str = described("Digest of everything that decides the search's result")
    version: str = described("Version of the software that derived it")
    signal: SignalBody | None = described(
        "Whether what the search decided stands out from chance; null for searches from before "
        "this was measured"
    )


class NetworkBody(Body):
    """Size of the genotype's network for evaluation, built as described here."""

    layers: int = described("Number of cells")
    init_channels: int = described("Channels of the first cell's nodes")
    image_size: int = described("Side of the square images in pixels")
    num_classes: int = described("Number of classes")
    stem: Stem = described("`cifar` keeps the images' size, `imagenet` divides it by 8")
    auxiliary: bool = described("Whether the auxiliary head, which only training uses, is counted")
    parameters: int = described("Number of weights")
    multiply_adds: int = described("Of one image's forward pass; published tables call them FLOPs")


class GenotypeBody(Body):
    """A genotype: of a search, derived from its alphas later on, or imported."""

    format: Literal["darts-genotype"] = described(
        "The format of the document", default="darts-genotype"
    )
    format_version: Literal[1] = described("Version of the format", default=1)
    id: str = described("The genotype's ID")
    origin: GenotypeOrigin = described(
        "`search`: found by a search; `derived`: from a search's last alphas; `imported`"
    )
    name: str | None = described("The name given at import")
    genotype: Cells = described("The cells")
    skip_limit: int | None = described(
        "Skip limit of the normal cell; null for the unrestricted genotype"
    )
    skip_limit_reduce: int | None = described(
        "Skip limit of the reduction cell; null if unrestricted"
    )
    skip_connects: int = described("Skip-connects in the normal cell")
    skip_connects_reduce: int = described("Skip-connects in the reduction cell")
    recommended: bool = described("Whether it is the one for the spec's `max_skip_connects`")
    edge_weights: EdgeWeights | None = described("Null for an imported genotype")
    network: NetworkBody = described(
        "Size of its network; GET /genotypes/{id} counts other shapes too"
    )
    python: str = described("Python text for a DARTS-family `genotypes.py`")
    provenance: Provenance | None = described("Null for an imported genotype")
    created_at: datetime = described("When it was derived or imported")


class DeriveRequest(Input):
    """Skip limits for a new genotype."""

    max_skip_connects: SkipLimit | None = described(
        "At most this many skip-connects in the normal cell; null for no limit", default=None
    )
    max_skip_connects_reduce: SkipLimit | None = described(
        "At most this many skip-connects in the reduction cell; null for no limit", default=None
    )


def genotype_path(genotype_id: str) -> str:
    """Return where a genotype lies."""
    return f"{BASE}/genotypes/{genotype_id}"


def genotype_body(
    row: GenotypeRow, job: Job | None, *, shape: NetworkShape | None = None
) -> GenotypeBody:
    """Return the document of a genotype; the job is that of its search, if there is one."""
    genotype = from_dict(row.genotype)
    shape = shape or NetworkShape()
    size = count_network(genotype, shape)
    return GenotypeBody(
        id=row.id,
        origin=row.origin,
        name=row.name,
        genotype=Cells(**row.genotype),
        skip_limit=row.skip_limit,
        skip_limit_reduce=row.skip_limit_reduce,
        skip_connects=row.skip_connects,
        skip_connects_reduce=count_skip_connects(genotype.reduce),
        recommended=row.recommended,
        edge_weights=row.edge_weights and EdgeWeights(**row.edge_weights),
        network=NetworkBody(**vars(shape), **vars(size)),
        python=to_python(genotype),
        provenance=job and _provenance(row, job),
        created_at=row.created_at,
    )


def _provenance(row: GenotypeRow, job: Job) -> Provenance:
    return Provenance(
        search_id=job.id,
        search_name=job.name,
        dataset=job.dataset,
        dataset_digest=job.dataset_digest,
        images_skipped=job.images_skipped,
        seed=job.spec["seed"],
        spec_sha256=job.spec_sha256,
        version=row.version,
        signal=signal_body(row.signal),
    )
