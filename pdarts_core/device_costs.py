"""How long devices take for what a step computes: measured by `benchmarks/calibrate.py`.

This module imports no torch, so that an HTTP service can use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pdarts_core.workload import Workload


@dataclass(frozen=True, kw_only=True)
class StepCost:
    """Seconds that one kind of step takes for each thing that is counted in a Workload."""

    cell: float
    term: float
    depthwise: float
    dense: float
    saved_byte: float

    def seconds(self, work: Workload, images: int) -> float:
        """Return what a step on so many images takes."""
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
    weights: StepCost
    alphas: StepCost
    validation: StepCost


DEVICE_COSTS: Mapping[str, DeviceCost] = MappingProxyType(
    {
        "cpu": DeviceCost(
            device="Intel(R) Xeon(R) Processor, 1 thread",
            weights=StepCost(
                cell=0.0106, term=0.000415, depthwise=2.63e-10, dense=0.0, saved_byte=2.58e-09
            ),
            alphas=StepCost(
                cell=0.00823, term=0.000234, depthwise=1.87e-10, dense=5.3e-11, saved_byte=1.51e-09
            ),
            validation=StepCost(
                cell=0.00318, term=7.02e-05, depthwise=2.11e-10, dense=0.0, saved_byte=3.54e-10
            ),
        )
    }
)
"""By kind of device, cpu or cuda. A kind that is missing was not measured."""
