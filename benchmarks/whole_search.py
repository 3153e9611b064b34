r"""A whole search, end to end: minutes of each stage, its accuracy, and the genotypes.

It goes on from its checkpoint where it was stopped: start it again with the same arguments.

    python -m benchmarks.whole_search --dataset digits --preset quick --out quick-digits
    python -m benchmarks.whole_search --dataset path/to/images --out paper --device cuda
    python -m benchmarks.whole_search --dataset path/to/images --out small --max-images 600 \
        --config '{"batch_size": 16, "stages": [{"layers": 3, "epochs": 2, "warmup_epochs": 1}]}'

The folder `--out` gets `search.checkpoint`, `epochs.jsonl` and, at the end, `genotypes.json`.
`--config` takes any field of SearchConfig, and wins over the preset; stages win field by field.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.hardware import describe
from benchmarks.image_sets import load_images
from pdarts_core.config import DEFAULT_PRESET, PRESETS, SearchConfig
from pdarts_core.genotype import DerivedGenotype, to_dict, to_python
from pdarts_core.search import run_search
from pdarts_core.stages import checkpoint as codec
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import (
    BatchHalved,
    EpochFinished,
    GenotypesDerived,
    OperationsPruned,
    SearchEvent,
    StageStarted,
)


@dataclass(frozen=True, kw_only=True)
class StageTime:
    """One stage, as its epochs tell it."""

    stage: int
    epochs: int
    minutes: float
    """Training and validation."""
    train_accuracy: float
    valid_accuracy: float | None
    images_per_second: float
    """Of the last epoch."""
    memory_bytes: int | None


class SearchFolder:
    """What a search leaves: enough to go on, and what it found."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._checkpoint = folder / "search.checkpoint"
        self._epochs = folder / "epochs.jsonl"
        self.genotypes = folder / "genotypes.json"

    def read_checkpoint(self) -> Checkpoint | None:
        """Return where the search stopped, and forget the epochs that came after it."""
        found = codec.load(self._checkpoint.read_bytes()) if self._checkpoint.exists() else None
        self._write_epochs(self._epochs_before(found))
        return found

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint, whole or not at all."""
        temporary = self._checkpoint.with_suffix(".new")
        temporary.write_bytes(codec.save(checkpoint))
        temporary.replace(self._checkpoint)

    def add_epoch(self, event: EpochFinished) -> None:
        """Keep what an epoch measured."""
        place = {"stage": event.stage, "epoch": event.epoch, "phase": event.phase}
        with self._epochs.open("a") as file:
            file.write(json.dumps(place | asdict(event.metrics)) + "\n")

    def forget_stage(self, stage: int) -> None:
        """Drop the epochs of a stage that begins again."""
        self._write_epochs([epoch for epoch in self.epochs() if epoch["stage"] != stage])

    def epochs(self) -> list[dict[str, Any]]:
        """Return what was kept of every epoch."""
        if not self._epochs.exists():
            return []
        return [json.loads(line) for line in self._epochs.read_text().splitlines()]

    def _epochs_before(self, checkpoint: Checkpoint | None) -> list[dict[str, Any]]:
        if checkpoint is None:
            return []
        finished = checkpoint.state.epoch if checkpoint.state else 0
        end = checkpoint.stage + 1, finished
        return [epoch for epoch in self.epochs() if (epoch["stage"], epoch["epoch"]) <= end]

    def _write_epochs(self, epochs: list[dict[str, Any]]) -> None:
        self._epochs.write_text("".join(json.dumps(epoch) + "\n" for epoch in epochs))


def make_config(preset: str, changes: Mapping[str, Any]) -> SearchConfig:
    """Return a preset's configuration with changes; stages are changed field by field."""
    values = PRESETS[preset].to_dict()
    stages = values["stages"]
    if "stages" in changes:
        stages = [
            (stages[place] if place < len(stages) else {}) | stage
            for place, stage in enumerate(changes["stages"])
        ]
    return SearchConfig.from_dict(values | dict(changes) | {"stages": stages})


def follow(events: Iterator[SearchEvent], folder: SearchFolder) -> GenotypesDerived:
    """Run a search to its end; keep and print what it tells."""
    for event in events:
        match event:
            case StageStarted():
                print(f"stage {event.stage} of {event.stages}: {event.parameters:,} weights")
            case BatchHalved():
                folder.write_checkpoint(event.snapshot())
                folder.forget_stage(event.stage)
                print(f"ran out of memory: {event.images_at_once} images at a time from here on")
            case EpochFinished():
                folder.add_epoch(event)
                folder.write_checkpoint(event.snapshot())
                _print_epoch(event)
            case OperationsPruned():
                folder.write_checkpoint(event.snapshot())
            case GenotypesDerived():
                return event
    raise AssertionError("a search ends with its genotypes")


def _print_epoch(event: EpochFinished) -> None:
    metrics = event.metrics
    line = f"  epoch {event.epoch}: loss {metrics.train_loss:.4f}, {metrics.train_accuracy:.1%}"
    if metrics.valid_accuracy is not None:
        line += f", {metrics.valid_accuracy:.1%} on the second half"
    print(f"{line}, {metrics.seconds:.1f} s", flush=True)


def stage_times(epochs: list[dict[str, Any]]) -> list[StageTime]:
    """Add up the epochs of each stage."""
    times = []
    for stage in sorted({epoch["stage"] for epoch in epochs}):
        own = [epoch for epoch in epochs if epoch["stage"] == stage]
        times.append(
            StageTime(
                stage=stage,
                epochs=len(own),
                minutes=sum(epoch["seconds"] for epoch in own) / 60,
                train_accuracy=own[-1]["train_accuracy"],
                valid_accuracy=own[-1]["valid_accuracy"],
                images_per_second=own[-1]["images_per_second"],
                memory_bytes=own[-1]["memory_bytes"],
            )
        )
    return times


def document_of(derived: DerivedGenotype, *, recommended: bool) -> dict[str, Any]:
    """Return a genotype as JSON types."""
    return {
        "genotype": to_dict(derived.genotype),
        "skip_limit": derived.skip_limit,
        "skip_connects": derived.skip_connects,
        "recommended": recommended,
        "python": to_python(derived.genotype),
    }


def run(options: argparse.Namespace) -> None:
    """Search, and print a table and a line of JSON."""
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    config = make_config(options.preset, options.config)
    folder = SearchFolder(options.out)
    dataset = load_images(
        options.dataset,
        data_dir=options.data_dir,
        image_size=options.image_size,
        max_images=options.max_images,
    )
    found = folder.read_checkpoint()
    if found is not None:
        print(f"continuing in stage {found.stage + 1}")
    final = follow(run_search(config, dataset, device=device, checkpoint=found), folder)
    documents = [document_of(g, recommended=g is final.recommended) for g in final.genotypes]
    folder.genotypes.write_text(json.dumps(documents, indent=2) + "\n")
    times = stage_times(folder.epochs())
    _print_table(times)
    line = {
        "benchmark": "whole_search",
        "hardware": describe(device),
        "torch": torch.__version__,
        "dataset": {"name": dataset.name, "images": list(dataset.images.shape)},
        "config": config.to_dict(),
        "stages": [asdict(time) for time in times],
        "minutes": sum(time.minutes for time in times),
        "recommended": to_dict(final.recommended.genotype),
    }
    print(json.dumps(line))


def _print_table(times: list[StageTime]) -> None:
    print(
        f"{'stage':>6}{'epochs':>8}{'minutes':>10}{'images/s':>10}{'train':>8}{'second half':>13}"
    )
    for time in times:
        valid = "" if time.valid_accuracy is None else f"{time.valid_accuracy:.1%}"
        print(
            f"{time.stage:6}{time.epochs:8}{time.minutes:10.2f}{time.images_per_second:10.0f}"
            f"{time.train_accuracy:8.1%}{valid:>13}"
        )
    print(f"{'all':>6}{sum(t.epochs for t in times):8}{sum(t.minutes for t in times):10.2f}")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dataset", default="digits", help="digits, cifar10, cifar100 or a folder")
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="for downloads")
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--max-images", type=int)
    parser.add_argument("--preset", default=DEFAULT_PRESET, choices=list(PRESETS))
    parser.add_argument("--config", type=json.loads, default={}, help="JSON; wins over the preset")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="threads of torch on a CPU")
    parser.add_argument("--out", type=Path, required=True, help="a folder for what it leaves")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    run(parse())
