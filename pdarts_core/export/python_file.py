"""A trained network as one readable Python file, which needs nothing of this project."""

from importlib.resources import files

from pdarts_core.export.model import Model
from pdarts_core.genotype import GeneEntry

_BEGIN, _END = "# <<< settings\n", "# >>> settings\n"


def export_python(model: Model) -> str:
    """Return a program that builds the network, loads its weights and classifies images.

    Its weights are those that `save_weights` writes as safetensors in the project's names.
    """
    source = (files("pdarts_core.export") / "standalone.py").read_text(encoding="utf-8")
    before, _, rest = source.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _settings(model) + after


def _settings(model: Model) -> str:
    genotype, recipe = model.genotype, model.recipe
    lines = [
        "CLASS_NAMES = [",
        *(f"    {name!r}," for name in model.class_names),
        "]",
        *_entries("NORMAL", genotype.normal),
        f"NORMAL_CONCAT = {list(genotype.normal_concat)}",
        *_entries("REDUCE", genotype.reduce),
        f"REDUCE_CONCAT = {list(genotype.reduce_concat)}",
        f"LAYERS = {recipe.layers}",
        f"INIT_CHANNELS = {recipe.init_channels}",
        f"STEM = {recipe.stem!r}",
        f"MEAN = {list(model.mean)}",
        f"STD = {list(model.std)}",
        f"LOADED_SIZE = {(model.height, model.width)}  # height and width, resized to",
        f"SEEN_SIZE = {model.seen}  # height and width of the middle that the network sees",
    ]
    return "\n".join(lines) + "\n"


def _entries(name: str, entries: list[GeneEntry]) -> list[str]:
    rows = (f"    ({operation!r}, {source})," for operation, source in entries)
    return [
        f"{name} = [  # for each node two operations, and the states that they read",
        *rows,
        "]",
    ]
