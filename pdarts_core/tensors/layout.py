"""Which network tensors are of, as far as their names and shapes tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pdarts_core.space.layout import STEM_MULTIPLIER, Stem
from pdarts_core.tensors.fit import some_of
from pdarts_core.tensors.names import Layout, plain_name, project_name, published_name
from pdarts_core.tensors.shapes import Shape

_OF_A_LAYER = r"(weight|bias|running_mean|running_var)"
_REDUCES = rf"(even|odd)\.weight|norm\.{_OF_A_LAYER}"
_KNOWN = re.compile(
    rf"stem[01]?\.[0-4]\.{_OF_A_LAYER}"
    rf"|cells\.\d{{1,4}}\.preprocess[01]\.(layers\.[12]\.{_OF_A_LAYER}|{_REDUCES})"
    rf"|cells\.\d{{1,4}}\.entries\.\d{{1,2}}\.(layers\.[1-7]\.{_OF_A_LAYER}|{_REDUCES})"
    rf"|auxiliary_head\.(features\.[0-6]\.{_OF_A_LAYER}|classifier\.(weight|bias))"
    r"|classifier\.(weight|bias)"
)
"""The names that a discrete network's tensors can have, in this project's naming."""
_CELL = re.compile(r"cells\.(\d{1,4})\.")
_CIFAR, _IMAGENET, _CLASSIFIER = "stem.0.weight", "stem1.1.weight", "classifier.weight"
_LARGEST = 1_000_000
"""Channels and classes; more than any network has."""
_DIMENSIONS = {_CIFAR: 4, _IMAGENET: 4, _CLASSIFIER: 2}


class LayoutUnknown(ValueError):
    """The tensors are not those of a discrete network; the message names some that are none."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What names and shapes tell of a network."""

    layout: Layout
    """How its tensors are named."""
    stem: Stem
    init_channels: int
    layers: int
    num_classes: int
    auxiliary: bool
    """Whether there is anything of an auxiliary head."""


def recognise(given: Mapping[str, Shape]) -> Recognised:
    """Return which network tensors are of.

    Args:
        given: the shapes of the tensors in a file, by their names.

    Raises:
        LayoutUnknown: a name is none of a network's, or too much is missing.
    """
    plain = {found: shape for name, shape in given.items() if (found := plain_name(name))}
    unknown = {
        "project": [name for name in plain if not _KNOWN.fullmatch(name)],
        "published": [name for name in plain if not _is_published(name)],
    }
    layout: Layout = min(("project", "published"), key=lambda name: len(unknown[name]))
    if unknown[layout]:
        names = unknown[layout]
        raise LayoutUnknown(
            f"no network of P-DARTS, DARTS or this project has {len(names)} of these {len(plain)}"
            f" names: {some_of([f'{name:.80}' for name in names])}"
        )
    own = {project_name(name): shape for name, shape in plain.items()}
    stem: Stem = "imagenet" if _IMAGENET in own else "cifar"
    first = _IMAGENET if stem == "imagenet" else _CIFAR
    cells = [int(match[1]) for name in own if (match := _CELL.match(name))]
    missing = [name for name in (first, _CLASSIFIER) if len(own.get(name, ())) != _DIMENSIONS[name]]
    if missing or not cells:
        raise LayoutUnknown(f"the file lacks {', '.join(missing) or 'the cells'}")
    width, classes = own[first][0], own[_CLASSIFIER][0]
    channels = width if stem == "imagenet" else width // STEM_MULTIPLIER
    if not (1 <= channels <= _LARGEST and 1 <= classes <= _LARGEST):
        raise LayoutUnknown(f"no network has {channels} channels and {classes} classes")
    return Recognised(
        layout=layout,
        stem=stem,
        init_channels=channels,
        layers=max(cells) + 1,
        num_classes=classes,
        auxiliary=any(name.startswith("auxiliary_head.") for name in own),
    )


def _is_published(name: str) -> bool:
    own = project_name(name)
    return published_name(own) == name and _KNOWN.fullmatch(own) is not None
