"""Matrix products of many maps at once.

Maps of C channels lie side by side in one tensor, [N, U·C, H, W]. Its pixels are rows
[P, U·C], P = N·H·W, without a copy where channels come last in memory. Maps may be divided among
several such tensors, since copying them together does not always pay; what belongs to each map,
such as matrices [U, O, C], is in their order.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from pdarts_core.blocks.joining import pays_to_join


def side_by_side(maps: Sequence[Tensor], channels: int) -> Sequence[Tensor]:
    """Copy maps of so many channels into one tensor, [N, U·C, H, W], where that pays."""
    if len(maps) == 1 or not pays_to_join(maps[0][:, :channels]):
        return maps
    return (torch.cat(tuple(maps), dim=1),)


def one_by_one(tensors: Sequence[Tensor], channels: int) -> list[Tensor]:
    """Return each map of C channels in several tensors as one of its own, [N, C, H, W].

    A tensor may have no channels, and so no map.
    """
    return [y for several in tensors if several.shape[1] for y in _maps_of(several, channels)]


def _maps_of(several: Tensor, channels: int) -> Sequence[Tensor]:
    return (several,) if several.shape[1] == channels else torch.split(several, channels, dim=1)


def as_rows(y: Tensor, dtype: torch.dtype) -> Tensor:
    """View [N, C, H, W] as pixels [N·H·W, C]; no copy where channels come last in memory."""
    return y.permute(0, 2, 3, 1).reshape(-1, y.shape[1]).to(dtype)


def as_map(rows: Tensor, sizes: Sequence[int]) -> Tensor:
    """View pixels [N·H·W, C] as [N, C, H, W], of height and width given; C may be 0."""
    height, width = sizes
    images = len(rows) // (height * width)
    return rows.view(images, height, width, rows.shape[1]).permute(0, 3, 1, 2)


def in_a_row(parts: Sequence[Tensor]) -> Tensor:
    """Return what belongs to the maps of each tensor, [n, …], as that of all, [U, …]."""
    return parts[0] if len(parts) == 1 else torch.cat(tuple(parts))


def in_one_row(matrices: Tensor) -> Tensor:
    """Return U matrices [U, O, C] side by side, [O, U·C]."""
    return matrices.transpose(0, 1).reshape(matrices.shape[1], -1)


def squares(rows: Sequence[Tensor], channels: int, images: int) -> Tensor:
    """Return yᵀ y, [U, C, C], of every map of C channels."""
    return in_a_row([_products_each(y, y, (channels, channels), images) for y in rows])


def affine_each(rows: Sequence[Tensor], matrices: Tensor, biases: Tensor) -> list[Tensor]:
    """Return A y + b for each map: matrices [U, O, C], biases [U, O], results [P, n·O]."""
    channels = matrices.shape[2]
    divided = zip(
        rows, _divided(rows, channels, matrices), _divided(rows, channels, biases), strict=True
    )
    return [_affine_each(y, matrix, bias) for y, matrix, bias in divided]


def affine_sum(rows: Sequence[Tensor], matrices: Tensor, bias: Tensor) -> Tensor:
    """Return the sum over all maps of A y, and b, [P, O]: matrices [O, U·C], bias [O]."""
    (first, *others), (of_first, *of_others) = rows, _as_wide_as(rows, matrices)
    total = torch.addmm(bias, first, of_first.T)
    for y, matrix in zip(others, of_others, strict=True):
        total.addmm_(y, matrix.T)
    return total


def affine_gradients(
    rows: Sequence[Tensor],
    grads: Sequence[Tensor],
    channels: Sequence[int],
    images: int,
    *,
    summed: bool,
) -> tuple[Tensor, Tensor]:
    """Return the gradients of A [U, O, C] and b [U, O], or [1, O] where it is the same for all.

    Args:
        rows: the maps that were given to `affine_each` or `affine_sum`.
        grads: of what was returned, [P, n·O] each, or [P, O] for a sum.
        channels: O and C.
        images: N.
        summed: whether it was `affine_sum`.
    """
    outs, _ = channels
    biases = in_a_row([grad.sum(0).view(-1, outs) for grad in grads])
    if summed:
        grads = [*grads] * len(rows)
    matrices = [
        _products_each(grad, y, channels, images) for grad, y in zip(grads, rows, strict=True)
    ]
    return in_a_row(matrices), biases


def sum_gradients(
    rows: Sequence[Tensor], grad: Tensor, matrices: Tensor, constant: Tensor
) -> list[Tensor]:
    """Return Aᵀ g + c for each map, divided as they are: g [P, O], A [O, U·C], c [U, C]."""
    biases = _as_wide_as(rows, constant.reshape(1, -1))
    divided = zip(_as_wide_as(rows, matrices), biases, strict=True)
    return [torch.addmm(bias[0], grad, matrix) for matrix, bias in divided]


def add_products(
    totals: Sequence[Tensor], rows: Sequence[Tensor], symmetric: Tensor, factor: float
) -> None:
    """Add factor · S y to each map in totals, divided as rows are: S [U, C, C] is symmetric."""
    of_y = _divided(rows, symmetric.shape[2], symmetric)
    for total, y, matrices in zip(totals, rows, of_y, strict=True):
        _add_product(total, y, matrices, factor)


def _products_each(left: Tensor, right: Tensor, channels: Sequence[int], images: int) -> Tensor:
    """Return leftᵀ right, [U, O, C], of [P, U·O] or, for all maps the same, [P, O], and [P, U·C].

    Where products can be taken image by image and then summed, they are: many small ones keep
    every processor busy where one with a long sum would not.
    """
    outs, ins = channels
    if left.shape[1] != outs:
        return torch.bmm(_apart(left, outs).mT, _apart(right, ins))
    left, right = (rows.view(images, -1, rows.shape[1]) for rows in (left, right))
    return torch.bmm(left.mT, right).sum(0).view(outs, -1, ins).transpose(0, 1)


def _affine_each(rows: Tensor, matrices: Tensor, biases: Tensor) -> Tensor:
    if matrices.shape[0] == 1:
        return torch.addmm(biases[0], rows, matrices[0].T)
    result = biases.reshape(1, -1).expand(rows.shape[0], -1).contiguous()
    _add_product(result, rows, matrices)
    return result


def _add_product(total: Tensor, rows: Tensor, matrices: Tensor, factor: float = 1.0) -> None:
    """Add factor · A y to each map in total [P, U·O]; matrices are [U, O, C]."""
    units, outs, ins = matrices.shape
    if units == 1:
        total.addmm_(rows, matrices[0].T, alpha=factor)
    else:
        _apart(total, outs).baddbmm_(_apart(rows, ins), matrices.mT, alpha=factor)


def _apart(rows: Tensor, channels: int) -> Tensor:
    """View pixels of maps side by side, [P, U·C], as [U, P, C]."""
    return rows.view(rows.shape[0], -1, channels).transpose(0, 1)


def _divided(rows: Sequence[Tensor], channels: int, per_map: Tensor) -> Sequence[Tensor]:
    """Divide [U, …] among tensors as their maps of C channels are."""
    if len(rows) == 1:
        return (per_map,)
    return torch.split(per_map, [y.shape[1] // channels for y in rows])


def _as_wide_as(rows: Sequence[Tensor], wide: Tensor) -> Sequence[Tensor]:
    """Divide [O, U·C] among tensors [P, n·C] as their columns are."""
    if len(rows) == 1:
        return (wide,)
    return torch.split(wide, [y.shape[1] for y in rows], dim=1)
