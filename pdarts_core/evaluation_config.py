"""How a genotype's network is trained from scratch: frozen, checked recipes, and the named ones.

The defaults are P-DARTS' for CIFAR-10 (arXiv 1904.12760, §4.3). As in `pdarts_core.config`, every
field carries its description and its bounds. This module imports no torch, so that an HTTP service
can use it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from pdarts_core.config_fields import (
    PRECISIONS,
    ConfigError,
    Precision,
    check_bounds,
    crop_padding_setting,
    cutout_setting,
    flip_setting,
    layers_setting,
    precision_setting,
    refuse_unknown,
    seed_setting,
    setting,
)
from pdarts_core.space.layout import Stem

Schedule = Literal["cosine", "linear"]
Augmentation = Literal["none", "crop", "resized_crop"]

FLAT_EPOCHS = 5
"""The epochs at the end in which a linear schedule falls more slowly."""
LARGEST_UNWARMED_BATCH = 256
"""Images in a batch up to which there is no warm-up."""


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """A recipe. Raises ConfigError (a ValueError) for invalid values."""

    seed: int = seed_setting(0)
    epochs: int = setting(
        600, "Passes over the training images; 0 only tests weights that are given", ge=0, le=5000
    )
    batch_size: int = setting(128, "Images in each step", ge=2, le=4096)
    init_channels: int = setting(36, "Channels of the first cell", ge=1, le=512)
    layers: int = layers_setting(20)
    stem: Stem = field(
        default="cifar",
        metadata={
            "description": "What comes before the cells: `cifar` keeps the images' size,"
            " `imagenet` divides it by 8"
        },
    )
    learning_rate: float = setting(0.025, "At the start, or after the warm-up", gt=0, le=10)
    schedule: Schedule = field(
        default="cosine",
        metadata={
            "description": "How the learning rate falls to 0: `cosine`, or `linear` with the last"
            f" {FLAT_EPOCHS} epochs flatter"
        },
    )
    warmup_epochs: int = setting(
        0,
        "The epochs at the start in which the learning rate grows to its value, where a batch has"
        f" more than {LARGEST_UNWARMED_BATCH} images",
        ge=0,
        le=100,
    )
    momentum: float = setting(0.9, "Of SGD", ge=0, lt=1)
    weight_decay: float = setting(3e-4, "Of all parameters", ge=0, le=1)
    grad_clip: float = setting(5.0, "Largest norm of all gradients together", gt=0, le=1e6)
    auxiliary_weight: float = setting(
        0.4, "Of the auxiliary head's loss; 0 trains without the head", ge=0, le=10
    )
    drop_path_prob: float = setting(
        0.3, "Probability of dropping a path at the end; grows linearly from 0", ge=0, lt=1
    )
    label_smoothing: float = setting(
        0.0, "Share of each target that is spread evenly over all classes", ge=0, lt=1
    )
    augmentation: Augmentation = field(
        default="crop",
        metadata={
            "description": "`crop`: padded, cropped and flipped; `resized_crop`: a window of"
            " random size and shape, resized and flipped; `none`: images as they are"
        },
    )
    crop_padding: int | None = crop_padding_setting()
    flip: bool = flip_setting()
    crop_size: int = setting(
        0,
        "Side of the images that the network sees with `resized_crop`; in tests, the middle of each"
        " image. 0: images as large as the data set's",
        ge=0,
        le=512,
    )
    color_jitter: float = setting(
        0.0,
        "How far brightness, contrast and saturation vary, as a share; the hue varies by half as"
        " much of the colour circle",
        ge=0,
        le=1,
    )
    cutout: bool = cutout_setting(default=True)
    cutout_length: int = setting(
        16,
        "Side of the square in pixels; at most half of an image's shorter side is blanked out",
        ge=1,
        le=512,
    )
    mixup: float = setting(
        0.0, "Mixes pairs of images, by a share drawn from Beta(mixup, mixup); 0: none", ge=0, le=2
    )
    valid_portion: float = setting(
        0.0,
        "Share of the training images that are held out: they choose the best epoch, and are the"
        " result where there are no test images",
        ge=0,
        le=0.9,
    )
    precision: Precision = precision_setting()
    halve_batches: bool = setting(
        default=True,
        description="If memory runs out, start again with each batch in twice as many parts",
    )

    def __post_init__(self) -> None:
        check_bounds(self, ())
        _check_word("precision", self.precision, PRECISIONS)
        _check_word("stem", self.stem, get_args(Stem))
        _check_word("schedule", self.schedule, get_args(Schedule))
        _check_word("augmentation", self.augmentation, get_args(Augmentation))
        if self.crop_size and self.augmentation != "resized_crop":
            raise ConfigError("crop_size is for resized_crop alone", ("crop_size",))
        if self.schedule == "linear" and 0 < self.epochs <= FLAT_EPOCHS:
            raise ConfigError(
                f"a linear schedule takes more than {FLAT_EPOCHS} epochs", ("epochs",)
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "EvaluationConfig":
        """Read what `to_dict` returned; missing fields take their defaults.

        Raises:
            ConfigError: a value is out of bounds, or a field is unknown.
        """
        refuse_unknown(cls, values, ())
        return cls(**values)


def _check_word(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{name} must be one of {', '.join(known)}", (name,))


_PAPER = EvaluationConfig()

EVALUATION_PRESETS: Mapping[str, EvaluationConfig] = MappingProxyType(
    {
        "paper-cifar10": _PAPER,
        "paper-cifar100": _PAPER,
        "paper-imagenet": EvaluationConfig(
            epochs=250,
            batch_size=256,
            init_channels=48,
            layers=14,
            stem="imagenet",
            learning_rate=0.1,
            schedule="linear",
            warmup_epochs=5,
            weight_decay=3e-5,
            drop_path_prob=0.0,
            label_smoothing=0.1,
            augmentation="resized_crop",
            crop_size=224,
            color_jitter=0.4,
            cutout=False,
        ),
        "short": EvaluationConfig(
            epochs=100,
            batch_size=96,
            init_channels=32,
            layers=8,
            drop_path_prob=0.2,
            mixup=0.2,
            valid_portion=0.2,
        ),
        "quick": replace(
            _PAPER,
            epochs=10,
            batch_size=64,
            init_channels=8,
            layers=5,
            learning_rate=0.1,
            drop_path_prob=0.0,
            cutout=False,
            valid_portion=0.1,
        ),
    }
)
"""Named recipes: P-DARTS' three, NAS-Bench-301's shorter one (arXiv 2008.09777), and one that ends
within minutes on a CPU. `paper-imagenet` wants images of 256×256 pixels."""
DEFAULT_EVALUATION_PRESET = "paper-cifar10"
