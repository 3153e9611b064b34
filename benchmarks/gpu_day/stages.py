"""The steps of the paper's three stages: their time, memory and kernels, and how exact they are."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report
from benchmarks.step_trial import kept_operations
from pdarts_core.config_fields import Precision
from pdarts_core.images.sampling import Halves
from pdarts_core.kernels.choice import kernels_serve, use_kernels
from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import CellPair
from pdarts_core.stages.stage_training import StageTraining
from pdarts_core.training.precision import autocast_in, products_in
from pdarts_core.training.usage import give_memory_back

OPERATIONS = (8, 5, 3)
"""Alive in each stage."""
_WEIGHT_STEPS, _ALPHA_STEPS, _VALIDATIONS = 25 * 260, 15 * 260, 5 * 261
"""Of a stage of the paper's search."""
_MOST_KERNELS = 30
_PRECISIONS: tuple[Precision, ...] = ("auto", "tf32", "bf16")
Gradients = tuple[Tensor, Tensor]
"""Of the alphas, and of the stem."""


def time_stages(bench: Bench, report: Report) -> None:
    """Report the milliseconds of each kind of step, and the minutes of the paper's search."""
    for precision in _PRECISIONS[: 1 if bench.small else 3]:
        _time_search(bench, report, precision, own_kernels=kernels_serve(bench.device))


def time_stages_in_pytorch(bench: Bench, report: Report) -> None:
    """Report the same without kernels of our own, where there are any."""
    if kernels_serve(bench.device):
        _time_search(bench, report, "auto", own_kernels=False)


def _time_search(bench: Bench, report: Report, precision: Precision, *, own_kernels: bool) -> None:
    minutes = [
        _time_stage(bench, report, number, precision, own_kernels=own_kernels)
        for number in range(3)
    ]
    form = _form(bench, precision, own_kernels=own_kernels)
    report("paper search", precision=form, minutes=round(sum(minutes), 1))


def _form(bench: Bench, precision: Precision, *, own_kernels: bool) -> str:
    """Name a precision, and say where kernels of our own would serve but are left out."""
    is_without = kernels_serve(bench.device) and not own_kernels
    return f"{precision}, PyTorch" if is_without else precision


def _time_stage(
    bench: Bench, report: Report, number: int, precision: Precision, *, own_kernels: bool
) -> float:
    give_memory_back(bench.device)
    stage = make_stage(bench, number, precision)
    use_kernels(stage.network, wanted=own_kernels)
    began = time.perf_counter()
    stage.prepare()
    bench.wait()
    prepared = time.perf_counter() - began
    seconds = {
        "weights": _seconds(bench, stage.step_weights, bench.repetitions),
        "alphas": _seconds(bench, stage.step_alphas, bench.repetitions),
        "validation": _seconds(bench, stage.validate, 2),
    }
    steps = {"weights": _WEIGHT_STEPS, "alphas": _ALPHA_STEPS, "validation": _VALIDATIONS}
    minutes = (prepared + sum(steps[kind] * seconds[kind] for kind in steps)) / 60
    report(
        "stage",
        precision=_form(bench, precision, own_kernels=own_kernels),
        kernels_failed=stage.kernels_failed,
        stage=number + 1,
        prepare_s=round(prepared, 2),
        ms={kind: 1e3 * value for kind, value in seconds.items()},
        minutes=round(minutes, 2),
        not_recorded=stage.not_recorded,
        gib=_memory(bench),
    )
    if precision == "auto":
        form = _form(bench, precision, own_kernels=own_kernels)
        _count_kernels(bench, report, number, stage, form)
    return minutes


def make_stage(bench: Bench, number: int, precision: Precision = "auto") -> StageTraining:
    """Return a stage of the paper's search, counted from 0, on noise."""
    dataset = bench.noise(96 * 12).to(bench.device)
    order = torch.arange(len(dataset), device=bench.device)
    kept = CellPair(
        normal=kept_operations(OPERATIONS[number], 0), reduce=kept_operations(OPERATIONS[number], 1)
    )
    config = replace(bench.config, precision=precision)
    stage = StageTraining(
        config,
        number,
        kept,
        dataset,
        Halves(order[: len(order) // 2], order[len(order) // 2 :]),
    )
    stage.begin_epoch()
    return stage


def _seconds(bench: Bench, step: Callable[[], None], repetitions: int) -> float:
    step()
    bench.wait()
    began = time.perf_counter()
    for _ in range(repetitions):
        step()
    bench.wait()
    return (time.perf_counter() - began) / repetitions


def _memory(bench: Bench) -> dict[str, float] | None:
    if bench.device.type != "cuda":
        return None
    return {
        "allocated": torch.cuda.max_memory_allocated() / 2**30,
        "reserved": torch.cuda.memory_reserved() / 2**30,
    }


def _count_kernels(
    bench: Bench, report: Report, number: int, stage: StageTraining, form: str
) -> None:
    if bench.device.type != "cuda":
        return
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        stage.step_weights()
        bench.wait()
    rows = sorted(profile.key_averages(), key=lambda row: -row.self_device_time_total)
    report(
        "kernels",
        stage=number + 1,
        form=form,
        launched=sum(row.count for row in rows),
        top=[
            [row.key[:90], row.count, round(row.self_device_time_total)]
            for row in rows[:_MOST_KERNELS]
        ],
    )


def compare_with_plain(bench: Bench, report: Report) -> None:
    """Report how far gradients are from the straightforward network's in float32."""
    precisions: tuple[Precision, ...] = ("float32",) if bench.small else ("float32", "tf32", "bf16")
    forms = (False, True) if kernels_serve(bench.device) else (False,)
    for number in range(3):
        expected = _gradients(bench, PlainSearchNetwork, number, "float32")
        for precision, own_kernels in product(precisions, forms):
            found = _gradients(bench, SearchNetwork, number, precision, own_kernels=own_kernels)
            alphas, stem = (
                ((own - plain).norm() / plain.norm()).item()
                for own, plain in zip(found, expected, strict=True)
            )
            report(
                "agreement",
                stage=number + 1,
                precision=precision,
                own_kernels=own_kernels,
                alphas=alphas,
                stem=stem,
            )


def _gradients(
    bench: Bench,
    form: type[PlainSearchNetwork] | type[SearchNetwork],
    number: int,
    precision: Precision,
    *,
    own_kernels: bool = False,
) -> Gradients:
    network = form(
        init_channels=bench.config.init_channels,
        num_classes=10,
        layers=bench.config.stages[number].layers,
        kept_normal=kept_operations(OPERATIONS[number], 0),
        kept_reduce=kept_operations(OPERATIONS[number], 1),
        generator=torch.Generator().manual_seed(0),
    ).to(bench.device)
    use_kernels(network, wanted=own_kernels)
    side, count = (8, 4) if bench.small else (32, 32)
    noise = torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(1))
    images, labels = noise.to(bench.device), torch.arange(count, device=bench.device) % 10
    with products_in(precision):
        with autocast_in(precision, bench.device):
            logits = network(images)
        F.cross_entropy(logits.float(), labels).backward()  # type: ignore[no-untyped-call]
    alphas = [alpha.grad for alpha in network.architecture_parameters() if alpha.grad is not None]
    stem = next(network.stem.parameters()).grad
    return torch.cat([grad.flatten() for grad in alphas]), stem if stem is not None else noise
