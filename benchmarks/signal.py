"""Whether a verdict means something: searches on images of which the truth is known.

    python -m benchmarks.signal [--sets shuffled tinted planted] [--searches 20] [--out lines.jsonl]
    python -m benchmarks.signal --operations [--trainings 3]

- `shuffled`: planted images whose labels were dealt out again. Nothing can be found.
- `tinted`: any operation serves.
- `planted`: a class shows only in a view of nine pixels, which two of the eight operations have.

With --operations, it is measured what is assumed of these sets: networks of a single operation are
trained on each, as long as a search's network trains before its alphas move.

Each search has a seed and images of its own. With --out, each result is added to a file as a line,
and searches that are in it are not run again.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.hardware import describe_machine
from pdarts_core.config import PRESETS
from pdarts_core.genotype import PRIMITIVES, Genotype
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.images.dataset import ImageDataset, channel_statistics
from pdarts_core.network import Network
from pdarts_core.search import run_search
from pdarts_core.space.cells import CONCAT, EDGES, NUM_INPUTS
from pdarts_core.space.operations import NONE
from pdarts_core.stages.events import (
    EpochFinished,
    GenotypesDerived,
    OperationsPruned,
    PrunedCell,
)
from worker.datasets.planted import far_repeats, tinted
from worker.datasets.subset import LabelledImages

IMAGES = 1024
WIDE = frozenset({"sep_conv_5x5", "dil_conv_5x5"})
"""The operations whose view is nine pixels."""
PRESET = PRESETS["planted"]
"""A single stage, since what is asked is whether alphas tell, not whether stages do."""


def planted(seed: int) -> ImageDataset:
    """Return images on which only operations with a wide view can win."""
    return _as_dataset("planted", far_repeats(IMAGES, seed=seed))


def any_serves(seed: int) -> ImageDataset:
    """Return images on which every operation serves."""
    return _as_dataset("tinted", tinted(IMAGES, seed=seed))


def shuffled(seed: int) -> ImageDataset:
    """Return planted images whose labels were dealt out again."""
    dataset = planted(seed)
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))
    return replace(dataset, labels=dataset.labels[order])


SETS: Mapping[str, Callable[[int], ImageDataset]] = {
    "shuffled": shuffled,
    "tinted": any_serves,
    "planted": planted,
}


def _as_dataset(name: str, made: LabelledImages) -> ImageDataset:
    images = torch.from_numpy(made.images)
    mean, std = channel_statistics(images)
    return ImageDataset(
        name=name,
        images=images,
        labels=torch.from_numpy(made.labels),
        class_names=made.class_names,
        mean=mean,
        std=std,
    )


@dataclass(frozen=True, kw_only=True)
class Found:
    """How a search ended."""

    images: str
    seed: int
    verdict: str
    decided: int
    undecided: int
    gain: float | None
    agreement: float | None
    accuracy: float
    normal: list[tuple[str, int]]
    """The entries of the normal cell: an operation and the node that it reads."""
    reduce: list[tuple[str, int]]
    """Those of the reduction cell."""
    for_wide: int
    """Choices that the search calls more than chance, of a wide operation against a narrow one."""
    for_narrow: int
    """Those of a narrow operation against a wide one."""
    seconds: float


def search(images: str, seed: int) -> Found:
    """Run a search on a set, and tell what it found."""
    begun = time.process_time()
    accuracy, chosen = 0.0, Counter[bool]()
    for event in run_search(replace(PRESET, seed=seed), SETS[images](seed), device="cpu"):
        if isinstance(event, EpochFinished):
            accuracy = event.metrics.valid_accuracy or accuracy
        if isinstance(event, OperationsPruned):
            chosen.update(_width_choices(event.cells.normal))
            chosen.update(_width_choices(event.cells.reduce))
        if isinstance(event, GenotypesDerived) and event.signal:
            return Found(
                images=images,
                seed=seed,
                verdict=event.signal.verdict,
                decided=event.signal.decided,
                undecided=event.signal.undecided,
                gain=event.signal.gain,
                agreement=event.signal.agreement,
                accuracy=accuracy,
                normal=list(event.genotypes[0].genotype.normal),
                reduce=list(event.genotypes[0].genotype.reduce),
                for_wide=chosen[True],
                for_narrow=chosen[False],
                seconds=time.process_time() - begun,
            )
    raise AssertionError("the search did not end")


def _width_choices(cell: PrunedCell) -> Iterator[bool]:
    """Yield, for each decided choice between a wide and a narrow operation, if the wide one won."""
    for edge, gone in cell.decided:
        (stayed,) = cell.kept_after[EDGES.index(edge)]
        if gone != NONE and (gone in WIDE) != (stayed in WIDE):
            yield stayed in WIDE


def run(images: str, seeds: Sequence[int], kept: Path | None) -> Iterator[Found]:
    """Run the searches that are not in the file, and yield all of the set."""
    known = {(one.images, one.seed): one for one in _read(kept)}
    for seed in seeds:
        found = known.get((images, seed))
        if found is None:
            found = search(images, seed)
            if kept is not None:
                with kept.open("a") as file:
                    file.write(json.dumps(asdict(found)) + "\n")
        yield found


def _read(kept: Path | None) -> list[Found]:
    if kept is None or not kept.exists():
        return []
    try:
        return [Found(**json.loads(line)) for line in kept.read_text().splitlines()]
    except TypeError as error:
        raise SystemExit(f"{kept} was written by another version; name a new file") from error


def row(images: str, results: Sequence[Found]) -> str:
    """Return a row of the table."""
    verdicts = [one.verdict for one in results]
    gains = [one.gain for one in results if one.gain is not None]
    cells = [
        images,
        *(str(verdicts.count(verdict)) for verdict in ("none", "weak", "clear")),
        f"{100 * statistics.median(one.accuracy for one in results):.0f} %",
        f"{100 * statistics.median(gains):.1f} %" if gains else "–",
        f"{sum(one.for_wide for one in results)} : {sum(one.for_narrow for one in results)}",
        _wide([entry for one in results for entry in one.normal]),
        _wide([entry for one in results for entry in one.reduce]),
        f"{statistics.median(one.seconds for one in results):.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


def _wide(entries: Sequence[tuple[str, int]]) -> str:
    wide = sum(operation in WIDE for operation, _ in entries)
    return f"{wide} of {len(entries)}"


def train_with(operation: str, dataset: ImageDataset, test: ImageDataset, seed: int) -> float:
    """Return the test accuracy of a network of one operation, trained as long as a search warms."""
    generator = torch.Generator().manual_seed(seed)
    cell = [(operation, source) for _ in CONCAT for source in range(NUM_INPUTS)]
    network = Network(
        Genotype(cell, list(CONCAT), cell, list(CONCAT)),
        init_channels=PRESET.init_channels,
        num_classes=dataset.num_classes,
        layers=PRESET.stages[0].layers,
        auxiliary=False,
        generator=generator,
    )
    steps = PRESET.stages[0].warmup_epochs * (IMAGES // 2 // PRESET.batch_size)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=PRESET.learning_rate, momentum=0.9, weight_decay=3e-4
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    batches = DeviceBatches(dataset, generator=generator)
    for _ in range(steps):
        chosen = torch.randint(0, len(dataset), (PRESET.batch_size,), generator=generator)
        images, labels = batches.plain(chosen)
        loss = F.cross_entropy(_logits(network, images), labels)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    network.eval()
    images, labels = DeviceBatches(test, generator=generator).plain(torch.arange(len(test)))
    with torch.no_grad():
        named = _logits(network, images).argmax(1)
    return float((named == labels).float().mean())


def _logits(network: Network, images: Tensor) -> Tensor:
    answer = network(images)
    logits: Tensor = answer[0] if isinstance(answer, tuple) else answer
    return logits


def show_operations(trainings: int) -> None:
    """Print what networks of one operation reach on each set."""
    print("| operation | tinted | planted |\n| --- | ---: | ---: |")
    for operation in PRIMITIVES[1:]:
        cells = [operation]
        for images in ("tinted", "planted"):
            reached = [
                100 * train_with(operation, SETS[images](seed), SETS[images](1000 + seed), seed)
                for seed in range(trainings)
            ]
            cells.append(", ".join(f"{one:.0f}" for one in reached))
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> int:
    """Run what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--operations", action="store_true")
    parser.add_argument("--trainings", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(describe_machine())
    if options.operations:
        show_operations(options.trainings)
        return 0
    print(
        "| images | none | weak | clear | accuracy | gain | decided wide : narrow"
        " | wide: normal | reduction | time |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for images in options.sets:
        results = list(run(images, range(options.searches), options.out))
        print(row(images, results), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
