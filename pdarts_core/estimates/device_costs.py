"""How long devices take to compute a step: measured by `benchmarks/calibrate.py`.

This module imports no torch, so that an HTTP service can use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pdarts_core.estimates.workload import Workload


@dataclass(frozen=True, kw_only=True)
class StepCost:
    """Seconds that one kind of step takes for each thing that is counted in a Workload."""

    cell: float
    term: float
    depthwise: float
    dense: float
    saved_byte: float

    def seconds(self, work: Workload, images: int) -> float:
        """Return the seconds that a step on this many images takes."""
        return (
            self.cell * work.cells
            + self.term * work.terms
            + images * self.depthwise * work.depthwise
            + images * self.dense * work.dense
            + images * self.saved_byte * work.saved_bytes
        )


@dataclass(frozen=True, kw_only=True)
class DeviceCost:
    """What the three kinds of step take on a device."""

    device: str
    """What was measured, for people."""
    is_shared: bool = False
    """Whether several devices of the kind are one: processes on a CPU share its cores."""
    weights: StepCost
    alphas: StepCost
    validation: StepCost


DEVICE_COSTS: Mapping[str, DeviceCost] = MappingProxyType(
    {
        "cpu": DeviceCost(
            device="Intel(R) Xeon(R) Processor, 1 thread",
            is_shared=True,
            weights=StepCost(
                cell=0.00905, term=0.000319, depthwise=9.51e-10, dense=0.0, saved_byte=6.32e-10
            ),
            alphas=StepCost(
                cell=0.00668, term=0.000183, depthwise=7.03e-10, dense=4.92e-11, saved_byte=1.98e-10
            ),
            validation=StepCost(
                cell=0.00263, term=5.53e-05, depthwise=2.84e-10, dense=0.0, saved_byte=0.0
            ),
        )
    }
)
"""By kind of device, cpu or cuda. A kind that is missing was not measured."""
