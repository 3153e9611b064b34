"""A search's spec, as its row keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from pdarts_core.config import SearchConfig


@dataclass(frozen=True, kw_only=True)
class SearchSpec:
    """What an attempt needs of a spec: the search itself, its images and its device."""

    config: SearchConfig
    dataset: str
    image_size: int | None
    max_images: int | None
    device: str
    """auto, cpu or cuda."""

    @classmethod
    def from_row(cls, spec: Mapping[str, Any]) -> Self:
        """Read the spec of a row. What a later version has added takes its default.

        Raises:
            ConfigError: it makes no search.
            KeyError: it names no data set.
        """
        names = {field.name for field in fields(SearchConfig)} & spec.keys()
        return cls(
            config=SearchConfig.from_dict({name: spec[name] for name in names}),
            dataset=spec["dataset"],
            image_size=spec.get("image_size"),
            max_images=spec.get("max_images"),
            device=spec.get("device", "auto"),
        )
