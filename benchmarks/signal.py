"""Whether a verdict means something: searches on images of which the truth is known.

    python -m benchmarks.signal [--sets shuffled tinted planted] [--searches 20] [--out lines.jsonl]
    python -m benchmarks.signal --operations [--trainings 3]

- `shuffled`: planted images whose labels were dealt out again. Nothing can be found.
- `tinted`: any operation serves.
- `planted`: classes show only in a view of nine pixels, or of five at half the resolution.

Where an operation has to win is measured, not assumed (--operations): networks that pass their
images on everywhere else have one operation between the nodes of their reduction cells, and are
trained as long as a search's network. PLANTED_OPERATION learns the planted classes long before any
other does, so it is what a search has to find there.

Each search has a seed and images of its own. With --out, each result is added to a file as a line,
and searches that are in it are not run again. Several processes may share the file, each with seeds
of its own (--first).
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
from pdarts_core.space.operations import NONE, SKIP_CONNECT
from pdarts_core.stages.events import (
    EpochFinished,
    GenotypesDerived,
    OperationsPruned,
    PrunedCell,
)
from worker.datasets.planted import far_repeats, tinted
from worker.datasets.subset import LabelledImages

IMAGES = 2040
PLANTED_OPERATION = "dil_conv_5x5"
"""What has to win between the nodes of the reduction cell."""
PRESET = PRESETS["planted"]
"""A single stage, since what is asked is whether alphas tell, not whether stages do."""
STAGE = PRESET.stages[0]
STEPS_PER_EPOCH = IMAGES // 2 // PRESET.batch_size


def planted(seed: int) -> ImageDataset:
    """Return images whose classes show only from afar."""
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
    decided_for: int
    """Choices between the nodes of the reduction cell that the search calls more than chance, of
    the planted operation against another."""
    decided_against: int
    """Those of another operation against the planted one."""
    seconds: float

    @property
    def between_nodes(self) -> list[str]:
        """The operations of the reduction cell's entries that read a node, not an input."""
        return [operation for operation, source in self.reduce if source >= NUM_INPUTS]

    @property
    def names_the_planted(self) -> bool:
        """Whether the verdict is clear, and most entries that read a node use that operation.

        Some four of a hundred cells drawn at random have that.
        """
        planted = self.between_nodes.count(PLANTED_OPERATION)
        return self.verdict == "clear" and 2 * planted > len(self.between_nodes)


def search(images: str, seed: int) -> Found:
    """Run a search on a set, and tell what it found."""
    begun = time.process_time()
    accuracy, chosen = 0.0, Counter[bool]()
    for event in run_search(replace(PRESET, seed=seed), SETS[images](seed), device="cpu"):
        if isinstance(event, EpochFinished):
            accuracy = event.metrics.valid_accuracy or accuracy
        if isinstance(event, OperationsPruned):
            chosen.update(_planted_choices(event.cells.reduce))
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
                decided_for=chosen[True],
                decided_against=chosen[False],
                seconds=time.process_time() - begun,
            )
    raise AssertionError("the search did not end")


def _planted_choices(cell: PrunedCell) -> Iterator[bool]:
    """Yield, for each decided choice of the planted operation or against it, if it won."""
    for edge, gone in cell.decided:
        (stayed,) = cell.kept_after[EDGES.index(edge)]
        if edge.source >= NUM_INPUTS and PLANTED_OPERATION in (gone, stayed) and gone != NONE:
            yield stayed == PLANTED_OPERATION


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
    decided_for = sum(one.decided_for for one in results)
    decided_against = sum(one.decided_against for one in results)
    between = [operation for one in results for operation in one.between_nodes]
    cells = [
        images,
        *(str(verdicts.count(verdict)) for verdict in ("none", "weak", "clear")),
        f"{100 * statistics.median(one.accuracy for one in results):.0f} %",
        f"{100 * statistics.median(gains):.1f} %" if gains else "–",
        f"{decided_for} : {decided_against}",
        f"{between.count(PLANTED_OPERATION)} of {len(between)}",
        str(sum(one.names_the_planted for one in results)),
        f"{statistics.median(one.seconds for one in results):.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


def train_with(
    operation: str, dataset: ImageDataset, test: ImageDataset, seed: int
) -> tuple[float, float]:
    """Train a network with an operation between the nodes of its reduction cells.

    Returns:
        Its test accuracy after as many steps as a search's network has before its alphas move, and
        after as many as it has in all.
    """
    generator = torch.Generator().manual_seed(seed)
    network = Network(
        _with_operation_between_nodes(operation),
        init_channels=PRESET.init_channels,
        num_classes=dataset.num_classes,
        layers=STAGE.layers,
        auxiliary=False,
        generator=generator,
    )
    steps = STAGE.epochs * STEPS_PER_EPOCH
    optimizer = torch.optim.SGD(
        network.parameters(), lr=PRESET.learning_rate, momentum=0.9, weight_decay=3e-4
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    batches = DeviceBatches(dataset, generator=generator)
    early = 0.0
    for step in range(steps):
        if step == STAGE.warmup_epochs * STEPS_PER_EPOCH:
            early = _accuracy(network, test, generator)
        chosen = torch.randint(0, len(dataset), (PRESET.batch_size,), generator=generator)
        images, labels = batches.plain(chosen)
        loss = F.cross_entropy(_logits(network, images), labels)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    return early, _accuracy(network, test, generator)


def _with_operation_between_nodes(operation: str) -> Genotype:
    passing = [(SKIP_CONNECT, source) for _ in CONCAT for source in range(NUM_INPUTS)]
    reducing = passing[:NUM_INPUTS]
    for node in CONCAT[1:]:
        reducing += [(SKIP_CONNECT, NUM_INPUTS - 1), (operation, node - 1)]
    return Genotype(passing, list(CONCAT), reducing, list(CONCAT))


def _accuracy(network: Network, test: ImageDataset, generator: torch.Generator) -> float:
    network.eval()
    images, labels = DeviceBatches(test, generator=generator).plain(torch.arange(len(test)))
    with torch.no_grad():
        named = _logits(network, images).argmax(1)
    network.train()
    return float((named == labels).float().mean())


def _logits(network: Network, images: Tensor) -> Tensor:
    answer = network(images)
    logits: Tensor = answer[0] if isinstance(answer, tuple) else answer
    return logits


def show_operations(trainings: int) -> None:
    """Print what networks of one operation reach on each set."""
    print("| between the nodes | tinted | planted |\n| --- | ---: | ---: |")
    for operation in PRIMITIVES[1:]:
        cells = [operation]
        for images in ("tinted", "planted"):
            reached = [
                train_with(operation, SETS[images](seed), SETS[images](1000 + seed), seed)
                for seed in range(trainings)
            ]
            cells.append(
                ", ".join(f"{100 * early:.0f} → {100 * late:.0f}" for early, late in reached)
            )
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> int:
    """Run what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first search")
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
        "| images | none | weak | clear | accuracy | gain | decided for : against"
        f" | {PLANTED_OPERATION} between nodes | clear, and most of these | time |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for images in options.sets:
        seeds = range(options.first, options.first + options.searches)
        results = list(run(images, seeds, options.out))
        print(row(images, results), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
