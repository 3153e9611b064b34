"""Whether tensors fit a network: by their names, in either naming, and by their shapes."""

from collections.abc import Mapping, Sequence

from pdarts_core.tensors.names import plain_name, published_name
from pdarts_core.tensors.shapes import Shape

_HEAD = "auxiliary_head."
_NAMED = 5
"""How many names an error spells out."""


class PublishedWeightsError(ValueError):
    """The weights do not fit the network; the message names those that do not fit."""


def fit(own: Mapping[str, Shape], given: Mapping[str, Shape]) -> dict[str, str]:
    """Return what each of a network's tensors is filled from: names of `own` to names of `given`.

    Given names may begin with `module.`, as those of parallel training do. An auxiliary head is
    filled if all of one that fits is there; else it is left out, since only training uses it.
    (That of DARTS for ImageNet lacks a batch norm.)

    Args:
        own: the shapes of a network's weights and statistics, in this project's names.
        given: the shapes of what there is, in this project's names or in the published ones.

    Raises:
        PublishedWeightsError: a name is missing or unknown, or a shape differs.
    """
    named = {plain: name for name in given if (plain := plain_name(name)) is not None}
    published = {published_name(name): name for name in own}
    wanted = {name: name for name in own}
    if len(named.keys() & published.keys()) > len(named.keys() & wanted.keys()):
        wanted = published
    if not {name for name in wanted if name.startswith(_HEAD)} <= named.keys():
        wanted = {name: tensor for name, tensor in wanted.items() if not name.startswith(_HEAD)}
    if not any(name.startswith(_HEAD) for name in wanted):
        named = {name: tensor for name, tensor in named.items() if not name.startswith(_HEAD)}
    check_fit(
        {name: own[tensor] for name, tensor in wanted.items()},
        {name: given[tensor] for name, tensor in named.items()},
    )
    return {tensor: named[name] for name, tensor in wanted.items()}


def check_fit(own: Mapping[str, Shape], given: Mapping[str, Shape]) -> None:
    """Refuse tensors unless they are those of a network, by the same names.

    Raises:
        PublishedWeightsError: a name is missing or unknown, or a shape differs.
    """
    _refuse("missing tensors", [name for name in own if name not in given])
    _refuse("unknown tensors", [name for name in given if name not in own])
    _refuse(
        "tensors of the wrong shape",
        [
            f"{name} {list(given[name])}, expected {list(shape)}"
            for name, shape in own.items()
            if tuple(given[name]) != tuple(shape)
        ],
    )


def some_of(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _refuse(problem: str, names: list[str]) -> None:
    if names:
        raise PublishedWeightsError(f"{problem} ({len(names)}): {some_of(names)}")
