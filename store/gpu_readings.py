"""What a worker last read of its GPUs, as its row keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

FRESH_SECONDS = 60.0
"""After how long a reading says nothing about the GPU any more."""


class SlowedBy(StrEnum):
    """Why a GPU runs at a lower clock than it could."""

    HEAT = "heat"
    POWER_BRAKE = "power_brake"
    """The power supply, or the machine, asked it to use less at once."""
    HARDWARE = "hardware"
    """The GPU protects itself, and does not say from what."""
    POWER_LIMIT = "power_limit"
    """It uses all the power that it may: usual under full load."""


@dataclass(frozen=True, kw_only=True)
class GpuReading:
    """One GPU at one moment; None is what the driver does not tell, as of slices of a GPU (MIG)."""

    uuid: str
    name: str
    utilization: float | None = None
    """The share of the last second or less in which anything ran on it, in [0, 1]."""
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    memory_of_others_bytes: int | None = None
    """What processes that are not this worker's hold of the memory in use."""
    temperature_celsius: int | None = None
    slowed_by: tuple[SlowedBy, ...] = ()


def stored(readings: Iterable[GpuReading]) -> list[dict[str, Any]]:
    """Return readings as a row keeps them."""
    return [asdict(reading) | {"slowed_by": list(reading.slowed_by)} for reading in readings]


def restored(rows: Iterable[Mapping[str, Any]]) -> list[GpuReading]:
    """Return readings of a row; a newer version's fields and reasons are left out."""
    return [_restored(row) for row in rows]


_FIELDS = frozenset(field.name for field in fields(GpuReading))


def _restored(row: Mapping[str, Any]) -> GpuReading:
    known = {name: value for name, value in row.items() if name in _FIELDS}
    told = known.pop("slowed_by", ())
    slowed_by = tuple(reason for reason in SlowedBy if reason in told)
    return GpuReading(**known, slowed_by=slowed_by)
