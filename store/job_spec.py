"""A job's spec: what to compute, on which images, and where.

Each kind of job has its own numbers, in a class of its own (its config); what every job has as well
is here. A spec is the two together, and flat in JSON. All its forms are derived from
the fields here and in the config: the request, the row, the answer, the client's types.

What a field's metadata may hold: `description`; `ge`, `gt`, `le`, `lt`, `min_length`,
`max_length`, `pattern`; `examples`; `check`, a function that returns a value or raises ValueError;
`before`, of a field that was added later: what stands for its value in the time before it existed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import cache
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    Protocol,
    Self,
    TypeVar,
    get_args,
    get_type_hints,
)

from store.catalogue import LONGEST_NAME as LONGEST_DATASET_NAME
from store.metadata import check_metadata

Device = Literal["auto", "cpu", "cuda"]
LONGEST_NAME = 200
_WITHOUT_EFFECT = frozenset({"preset", "name", "metadata", "priority"})
"""What does not change a job's result, and so is not part of its digest."""


class Config(Protocol):
    """The numbers of one kind of job: a frozen dataclass that checks itself."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON types."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned; missing fields take their defaults."""


ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, kw_only=True)
class SpecField:
    """One field of a spec or of a config."""

    name: str
    type: Any
    about: Mapping[str, Any]
    """What its metadata says."""


def _about(description: str, **rules: Any) -> dict[str, Any]:
    return {"description": description, **rules}


@dataclass(frozen=True, kw_only=True)
class JobSpec(Generic[ConfigT]):
    """A complete spec. A kind that has more than a config and these fields extends this class."""

    config: ConfigT
    dataset: str = field(
        metadata=_about(
            "Name of a data set, as GET /datasets lists them",
            min_length=1,
            max_length=LONGEST_DATASET_NAME,
            examples=["digits", "cifar10"],
        )
    )
    preset: str = field(metadata=_about("Supplies every setting that you leave out", before=""))
    name: str | None = field(
        default=None,
        metadata=_about(
            "A name for people; need not be unique", min_length=1, max_length=LONGEST_NAME
        ),
    )
    metadata: dict[str, Any] = field(
        default_factory=dict,
        metadata=_about("Your own JSON object, returned as you sent it", check=check_metadata),
    )
    image_size: int | None = field(
        default=None,
        metadata=_about(
            "Side of the square images in pixels; null, the default: as they are", ge=8, le=512
        ),
    )
    max_images: int | None = field(
        default=None,
        metadata=_about(
            "The most training images to use, equally many of each class; null, the default: all",
            ge=4,
            le=10_000_000,
        ),
    )
    skip_invalid: bool = field(
        default=False,
        metadata=_about(
            "Whether to leave out files that cannot be used as images; if false, the default, they "
            "make the data set unusable",
            before=False,
        ),
    )
    device: Device = field(
        default="auto",
        metadata=_about("Where to run; `auto`, the default, takes what the worker has"),
    )
    device_count: int = field(
        default=1,
        metadata=_about(
            "The number of devices that share each batch; the job waits for a worker that offers "
            "as many",
            ge=1,
            le=16,
            before=1,
        ),
    )
    priority: int = field(
        default=0, metadata=_about("Higher runs first; the default is 0", ge=-100, le=100)
    )

    @classmethod
    def from_document(cls, config: type[ConfigT], document: Mapping[str, Any]) -> Self:
        """Return the spec that a document holds; fields that are missing take their defaults.

        Raises:
            ValueError: the numbers do not fit the config.
            TypeError: a field that has no default is missing.
        """
        numbers = {
            item.name: document[item.name] for item in fields(config) if item.name in document
        }
        around = {name: document[name] for name in _names(cls) if name in document}
        return cls(config=config.from_dict(numbers), **around)

    @classmethod
    def from_row(cls, config: type[ConfigT], document: Mapping[str, Any]) -> Self:
        """Read a spec as a row keeps it, whichever version wrote it.

        A field that is younger than the row has the value that stands for what was computed before
        the field existed; what only a later version knows is left out.

        Raises:
            ValueError: the numbers do not fit the config.
            TypeError: a field that has no default is missing.
        """
        return cls.from_document(config, fill_in(document, config, cls))

    def to_document(self) -> dict[str, Any]:
        """Return the spec as it is stored and shown: flat, every default filled in."""
        return {name: getattr(self, name) for name in _names(type(self))} | self.config.to_dict()

    @property
    def sha256(self) -> str:
        """Digest of everything that affects the job's result (hexadecimal).

        A field enters only if its value is not what stood for it before it existed, so that the
        same job has the same digest in every version.
        """
        document = self.to_document()
        for name, part in _parts_of(type(self.config)).items():
            document[name] = [_newer(item, _before(part)) for item in document[name]]
        newer = _newer(document, _before(type(self)) | _before(type(self.config)))
        decisive = {name: newer[name] for name in newer.keys() - _WITHOUT_EFFECT}
        canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def fill_in(
    document: Mapping[str, Any],
    config: type[Config],
    spec: type = JobSpec,
) -> dict[str, Any]:
    """Return a row's spec with every field of this version; it was checked when it came in.

    Args:
        document: the row's spec.
        config: the numbers of its kind.
        spec: the kind's own class, if it extends JobSpec.
    """
    filled = {**_in_old_rows(config, spec), **document}
    for name, old in _parts_in_old_rows(config).items():
        known = ({key: part[key] for key in part.keys() & old.keys()} for part in filled[name])
        filled[name] = [{**old, **part} for part in known]
    return filled


@cache
def _in_old_rows(config: type[Config], spec: type) -> Mapping[str, Any]:
    around = (item for item in fields(spec) if item.name != "config")
    known = {item.name: _default(item) for item in around if _default(item) is not MISSING}
    return known | _before(spec) | config.from_dict({}).to_dict() | _before(config)


@cache
def _parts_in_old_rows(config: type[Config]) -> Mapping[str, dict[str, Any]]:
    """Return what the items of each list in a config lack, such as its stages."""
    return {
        name: {item.name: _default(item) for item in fields(part)} | _before(part)
        for name, part in _parts_of(config).items()
    }


@cache
def _parts_of(config: type[Config]) -> Mapping[str, Any]:
    """Return the classes of the items of a config's lists, by the names of the lists."""
    parts = {item.name: part_of(item.type) for item in fields_of(config)}
    return {name: part for name, part in parts.items() if part is not None}


def _default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _before(kind: Any) -> dict[str, Any]:
    """Return what stands for the values of fields in the time before they existed."""
    return {
        item.name: item.metadata["before"] for item in fields(kind) if "before" in item.metadata
    }


def _newer(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that stand for the time before their fields existed."""
    return {
        name: value for name, value in values.items() if name not in before or value != before[name]
    }


def fields_of(kind: type) -> list[SpecField]:
    """Return the fields of a config, or of a part of one, in their order."""
    types = get_type_hints(kind)
    return [
        SpecField(name=item.name, type=types[item.name], about=item.metadata)
        for item in fields(kind)
    ]


def part_of(kind: Any) -> type | None:
    """Return the class of a list's items, where it is one of parts such as stages."""
    members = get_args(kind)
    return members[0] if members and is_dataclass(members[0]) else None  # type: ignore[return-value]


def spec_fields(config: type, spec: type[JobSpec[Any]] = JobSpec) -> list[SpecField]:
    """Return all fields of a kind's spec: those that every job has, then its config's."""
    around = [item for item in fields_of(spec) if item.name != "config"]
    return around + fields_of(config)


def rules_of(name: str, spec: type[JobSpec[Any]] = JobSpec) -> dict[str, Any]:
    """Return the constraints on one of the spec's own fields: its bounds and lengths."""
    (found,) = (item for item in fields(spec) if item.name == name)
    return {rule: value for rule, value in found.metadata.items() if rule in RULES}


RULES = frozenset({"ge", "gt", "le", "lt", "min_length", "max_length", "pattern"})
"""What bounds a value."""


def _names(spec: type[JobSpec[Any]]) -> list[str]:
    return [item.name for item in fields(spec) if item.name != "config"]
