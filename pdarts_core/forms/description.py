"""What one must know of a trained network to use it, besides its weights."""

import json
from dataclasses import dataclass

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, to_dict

PerChannel = tuple[float, float, float]
"""A value for each of red, green and blue, for pixels between 0 and 1."""


@dataclass(frozen=True, kw_only=True)
class ModelDescription:
    """What its network is, and what images it takes."""

    genotype: Genotype
    recipe: EvaluationConfig
    class_names: tuple[str, ...]
    mean: PerChannel
    std: PerChannel
    height: int
    """Of the data set's images in pixels, before a crop that the recipe asks for."""
    width: int

    @property
    def seen(self) -> tuple[int, int]:
        """Height and width of the images that the network sees, in pixels."""
        crop = self.recipe.crop_size
        return (crop, crop) if crop else (self.height, self.width)

    def metadata(self) -> dict[str, str]:
        """Return what is kept with the weights: values as JSON."""
        told = {
            "class_names": list(self.class_names),
            "genotype": to_dict(self.genotype),
            "recipe": self.recipe.to_dict(),
            "mean": list(self.mean),
            "std": list(self.std),
            "image_size": list(self.seen),
        }
        return {name: json.dumps(value) for name, value in told.items()}
