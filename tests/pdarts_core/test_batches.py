"""Batches on the device: which images they hold, and what chance does to them."""

from dataclasses import replace

import torch
from torch import Tensor

from pdarts_core.images.augmentation import normalise
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.images.dataset import ImageDataset
from tests.support.searches import make_dataset

MANY = 4000


def batches(
    dataset: ImageDataset,
    *,
    cutout_length: int | None = None,
    crop_padding: int | None = 4,
    is_flipping: bool = True,
    seed: int = 0,
) -> DeviceBatches:
    return DeviceBatches(
        dataset,
        generator=torch.Generator().manual_seed(seed),
        cutout_length=cutout_length,
        crop_padding=crop_padding,
        is_flipping=is_flipping,
    )


def one_image_many_times() -> tuple[Tensor, Tensor]:
    """Indices of one image, and that image with no two pixels alike, as bytes."""
    image = torch.arange(192, dtype=torch.uint8).view(1, 3, 8, 8) + 1
    return torch.zeros(MANY, dtype=torch.int64), image


def distinct(image: Tensor) -> ImageDataset:
    """A data set of one image whose normalised pixels are its bytes."""
    unit = 1 / 255
    return ImageDataset(
        name="one",
        images=image,
        labels=torch.zeros(1, dtype=torch.int64),
        class_names=("one",),
        mean=(0.0, 0.0, 0.0),
        std=(unit, unit, unit),
    )


def test_plain_batches_hold_the_images_asked_for() -> None:
    dataset = make_dataset()
    indices = torch.tensor([20, 3, 3, 11])
    images, labels = batches(dataset).plain(indices)
    mean, std = torch.tensor(dataset.mean), torch.tensor(dataset.std)
    assert torch.equal(images, normalise(dataset.images[indices], mean, std))
    assert labels.tolist() == [2, 0, 0, 1]


def test_augmented_batches_keep_their_labels_and_shape() -> None:
    images, labels = batches(make_dataset(), cutout_length=4).augmented(torch.tensor([20, 3]))
    assert images.shape == (2, 3, 8, 8)
    assert images.dtype == torch.float32
    assert labels.tolist() == [2, 0]


def test_all_81_crops_come_up_and_half_of_them_mirrored() -> None:
    indices, image = one_image_many_times()
    augmented, _ = batches(distinct(image)).augmented(indices)
    pixels = augmented[:, 0].round().long()
    # Where the image is seen, a step to the right is one up, or one down where it is mirrored.
    steps = pixels[:, :, 1:] - pixels[:, :, :-1]
    inside = (pixels[:, :, 1:] > 0) & (pixels[:, :, :-1] > 0)
    mirrored = ((steps == -1) & inside).flatten(1).any(1)
    assert 0.45 < mirrored.float().mean() < 0.55
    seen = {tuple(crop.flatten().tolist()) for crop in pixels}
    assert len(seen) == 2 * 81


def test_unless_told_otherwise_the_padding_fits_the_size() -> None:
    indices, image = one_image_many_times()
    augmented, _ = batches(distinct(image), crop_padding=None).augmented(indices)
    assert len(set(map(tuple, augmented.flatten(1).tolist()))) == 2 * 9


def test_without_flips_none_is_mirrored() -> None:
    indices, image = one_image_many_times()
    augmented, _ = batches(distinct(image), is_flipping=False).augmented(indices)
    assert len(set(map(tuple, augmented.flatten(1).tolist()))) == 81


def test_cutout_reaches_every_pixel_alike_but_for_the_borders() -> None:
    indices, image = one_image_many_times()
    dataset = replace(distinct(image), mean=(2.0, 2.0, 2.0))  # so that only cutout makes zeros
    augmented, _ = batches(dataset, cutout_length=4).augmented(indices)
    blanked = (augmented[:, 0] == 0).float().mean(0)
    # The centre is uniform: 4 of 8 rows and as many columns blank a pixel in the middle.
    torch.testing.assert_close(blanked[3, 3], torch.tensor(0.25), atol=0.03, rtol=0)
    torch.testing.assert_close(blanked[0, 0], torch.tensor(9 / 64), atol=0.03, rtol=0)


def test_without_cutout_nothing_is_blanked() -> None:
    indices, image = one_image_many_times()
    augmented, _ = batches(replace(distinct(image), mean=(2.0, 2.0, 2.0))).augmented(indices)
    assert (augmented != 0).all()


def test_chance_follows_from_the_generator() -> None:
    indices = torch.arange(24)
    one, same, other = (
        batches(make_dataset(), cutout_length=3, seed=seed).augmented(indices).images
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
