"""How long checking a data set takes, against decoding it into the cache.

Makes JPEGs of 32×32 pixels, or takes a folder that is there. Both are single passes of one process
over all files, in turns; the system's cache of files is warm. Wall time means something on a quiet
machine alone.

    python -m benchmarks.dataset_check [--files 20000] [--rounds 3] [--folder PATH]
"""

import argparse
import json
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.hardware import describe_machine
from worker.datasets.folder_arrays import CACHE_FOLDER
from worker.datasets.inspection import inspect_folder
from worker.datasets.loading import load_dataset

CLASSES = 10
SIDE = 32


def make_images(folder: Path, files: int) -> None:
    """Save pictures that have coarse and fine parts, as photos have."""
    chance = np.random.default_rng(0)
    for number in range(files):
        place = folder / "train" / f"class_{number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (SIDE, SIDE))
        for side in (4, 8, SIDE):
            noise = chance.integers(0, 256, (side, side, 3), dtype=np.uint8)
            part = Image.fromarray(noise).resize((SIDE, SIDE))
            picture = Image.blend(picture, part, 0.5)
        picture.save(place / f"{number}.jpg", quality=75)


def decode(folder: Path) -> None:
    """Decode all images, as the first search does that uses them."""
    shutil.rmtree(folder.parent / CACHE_FOLDER, ignore_errors=True)
    for split in ("train", "test") if (folder / "test").is_dir() else ("train",):
        statistics_of_none = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        load_dataset(
            folder.name, data_dir=folder.parent, split=split, statistics=statistics_of_none
        )


def check(folder: Path) -> None:
    """Check all images."""
    inspect_folder(folder, on_progress=lambda _: None)


class Seconds(NamedTuple):
    """What one pass took."""

    processor: float
    """Of all threads."""
    wall: float


def seconds(work: Callable[[Path], None], folder: Path) -> Seconds:
    """Return how long one pass takes."""
    processor, wall = time.process_time(), time.perf_counter()
    work(folder)
    return Seconds(time.process_time() - processor, time.perf_counter() - wall)


def compared(decoding: Sequence[float], checking: Sequence[float]) -> dict[str, object]:
    """Return the seconds of each pass, and the ratio of their medians."""
    return {
        "decode_seconds": decoding,
        "check_seconds": checking,
        "ratio": statistics.median(checking) / statistics.median(decoding),
    }


def main() -> None:
    """Measure, and print what was found as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = options.folder or Path(home, "images")
        if options.folder is None:
            make_images(folder, options.files)
        rounds = [(seconds(decode, folder), seconds(check, folder)) for _ in range(options.rounds)]
    decoding, checking = zip(*rounds, strict=True)
    print(
        json.dumps(
            {
                "hardware": describe_machine(),
                "processor": compared(
                    [of.processor for of in decoding], [of.processor for of in checking]
                ),
                "wall": compared([of.wall for of in decoding], [of.wall for of in checking]),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
