"""How long devices take for searches and evaluations.

The steps of a search were measured by `benchmarks/calibrate.py`, those of an evaluation by
`benchmarks/evaluation_step.py`.
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


@dataclass(frozen=True, kw_only=True)
class EvaluationCost:
    """What an evaluation takes on a device."""

    device: str
    """What was measured, for people."""
    multiply_adds_per_second: float
    rough_factor: float
    """How many times as long, or as short, evaluations of other sizes took: small networks take
    longer for each multiply-add than large ones."""


DEVICE_COSTS: Mapping[str, DeviceCost] = MappingProxyType(
    {
        "cpu": DeviceCost(
            device="one thread of an AMD EPYC",
            is_shared=True,
            weights=StepCost(
                cell=0.00996, term=0.000142, depthwise=1.05e-9, dense=4.6e-11, saved_byte=0.0
            ),
            alphas=StepCost(
                cell=0.00666, term=9.09e-05, depthwise=7.74e-10, dense=6.84e-11, saved_byte=0.0
            ),
            validation=StepCost(
                cell=0.00275, term=3.46e-05, depthwise=2.84e-10, dense=0.0, saved_byte=0.0
            ),
        )
    }
)
"""By kind of device, cpu or cuda. A kind that is missing was not measured."""

EVALUATION_COSTS: Mapping[str, EvaluationCost] = MappingProxyType(
    {
        "cpu": EvaluationCost(
            device="one thread of an AMD EPYC", multiply_adds_per_second=5e9, rough_factor=3.0
        )
    }
)
"""By kind of device. Processes on a CPU share its cores, so several take as long as one."""
