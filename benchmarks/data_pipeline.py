"""Images a second: whole batches augmented on the device, against torchvision in a DataLoader.

Both crop with padding 4, flip, normalise and, with --cutout, cut a square out, and bring batches
to the device in a new order each pass. They take turns, pass by pass. The images are noise: what
they show makes no difference to how long this takes.

    python -m benchmarks.data_pipeline [--images 20000] [--rounds 7] [--device cpu] [--cutout 16]
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from pdarts_core.images.augmentation import cutout, padding_for
from pdarts_core.images.batches import Batch, DeviceBatches
from pdarts_core.images.dataset import ImageDataset, channel_statistics
from pdarts_core.images.sampling import ShuffledBatches
from store.wording import number_of

SIZE = 32
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is measured."""

    images: int
    batch_size: int
    rounds: int
    workers: int
    device: str
    cutout: int


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Images a second over all rounds."""

    median: float
    slowest: float
    fastest: float

    @classmethod
    def of(cls, speeds: list[float]) -> "Speed":
        """Sum rounds up."""
        return cls(median=statistics.median(speeds), slowest=min(speeds), fastest=max(speeds))


class PilImages(Dataset[tuple[Tensor, int]]):
    """The images one by one, as torchvision's data sets hand them out."""

    def __init__(self, dataset: ImageDataset, cutout_length: int) -> None:
        self._images = dataset.images.permute(0, 2, 3, 1).contiguous().numpy()
        self._labels = dataset.labels.tolist()
        self._cutout_length = cutout_length
        # The older transforms: for single PIL images they are the faster ones.
        self._transform = transforms.Compose(
            [
                transforms.RandomCrop(SIZE, padding=padding_for(SIZE, SIZE)),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(dataset.mean, dataset.std),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image: Tensor = self._transform(Image.fromarray(self._images[index]))
        if self._cutout_length:
            row, column = torch.randint(SIZE, (2, 1))
            image = cutout(image[None], row, column, self._cutout_length)[0]
        return image, self._labels[index]


def make_dataset(images: int) -> ImageDataset:
    """Return noise in CIFAR's format."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (images, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8)
    mean, std = channel_statistics(pixels)
    return ImageDataset(
        name="noise",
        images=pixels,
        labels=torch.arange(images) % CLASSES,
        class_names=tuple(map(str, range(CLASSES))),
        mean=mean,
        std=std,
    )


def torchvision_pass(dataset: ImageDataset, setting: Setting) -> Callable[[], Iterator[Batch]]:
    """Return a function that goes over the images once, with processes that stay between passes."""
    device = torch.device(setting.device)
    loader = DataLoader(
        PilImages(dataset, setting.cutout),
        batch_size=setting.batch_size,
        shuffle=True,
        num_workers=setting.workers,
        persistent_workers=True,
        pin_memory=device.type == "cuda",
        drop_last=True,
    )

    def batches() -> Iterator[Batch]:
        for images, labels in loader:
            yield Batch(images.to(device, non_blocking=True), labels.to(device, non_blocking=True))

    return batches


def device_pass(dataset: ImageDataset, setting: Setting) -> Callable[[], Iterator[Batch]]:
    """Return a function that goes over the images once, on the device."""
    device = torch.device(setting.device)
    source = DeviceBatches(
        dataset.to(device),
        generator=torch.Generator(device).manual_seed(0),
        cutout_length=setting.cutout or None,
    )
    indices = torch.arange(len(dataset), device=device)
    order = ShuffledBatches(indices, setting.batch_size, torch.Generator().manual_seed(0))

    def batches() -> Iterator[Batch]:
        for _ in range(order.batches_per_pass):
            yield source.augmented(order.next())

    return batches


def images_per_second(batches: Callable[[], Iterator[Batch]], device: torch.device) -> float:
    """Time one pass."""
    seen = 0
    begin = time.perf_counter()
    for images, _ in batches():
        seen += len(images)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return seen / (time.perf_counter() - begin)


def measure(setting: Setting) -> tuple[Speed, Speed, list[float]]:
    """Return both speeds, torchvision's first, and the ratio of each round."""
    dataset = make_dataset(setting.images)
    passes = torchvision_pass(dataset, setting), device_pass(dataset, setting)
    device = torch.device(setting.device)
    for one in passes:  # processes start, caches fill
        images_per_second(one, device)
    rounds = [[images_per_second(one, device) for one in passes] for _ in range(setting.rounds)]
    theirs, ours = (list(speeds) for speeds in zip(*rounds, strict=True))
    ratios = [our / their for their, our in rounds]
    return Speed.of(theirs), Speed.of(ours), ratios


def hardware(device: str) -> str:
    """Name the hardware that was measured."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {number_of(torch.get_num_threads(), 'thread')}"


def report(setting: Setting) -> None:
    """Measure, and print a table and a line of JSON."""
    theirs, ours, ratios = measure(setting)
    ratio = ours.median / theirs.median
    print(f"{'':24}{'images/s':>10}{'slowest':>10}{'fastest':>10}")
    for name, speed in (
        (f"torchvision, {setting.workers} workers", theirs),
        (f"on the device ({setting.device})", ours),
    ):
        print(f"{name:24}{speed.median:10.0f}{speed.slowest:10.0f}{speed.fastest:10.0f}")
    print(f"{'ratio of medians':24}{ratio:10.1f}{min(ratios):10.1f}{max(ratios):10.1f}")
    line = {
        "benchmark": "data_pipeline",
        "hardware": hardware(setting.device),
        "torch": torch.__version__,
        "setting": asdict(setting),
        "torchvision": asdict(theirs),
        "device": asdict(ours),
        "ratio": ratio,
        "ratio_of_rounds": [min(ratios), max(ratios)],
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> Setting:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000, help="images of a pass")
    parser.add_argument("--batch-size", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=7, help="passes of each kind")
    parser.add_argument("--workers", type=int, default=2, help="processes of the DataLoader")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch on a CPU")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--cutout", type=int, default=0, help="side of the square; 0: none")
    told = vars(parser.parse_args(arguments))
    torch.set_num_threads(told.pop("threads"))
    return Setting(**told)


if __name__ == "__main__":
    report(parse())
