"""The least memory of training is no more than what training is seen to keep."""

import pytest
import torch

from pdarts_core.estimates.evaluation_needs import least_training_memory
from pdarts_core.estimates.network_size import NetworkShape
from pdarts_core.network import Network
from pdarts_core.space.layout import Stem
from tests.support.evaluations import GENOTYPE


@pytest.mark.parametrize(("stem", "side"), [("cifar", 16), ("imagenet", 64)])
def test_a_step_keeps_at_least_that_much(stem: Stem, side: int) -> None:
    shape = NetworkShape(layers=3, init_channels=4, image_size=side, num_classes=5, stem=stem)
    network = Network(
        GENOTYPE, init_channels=4, num_classes=5, layers=3, auxiliary=False, stem=stem
    )
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logits, _ = network(torch.zeros(2, 3, side, side))
    assert logits.requires_grad
    weights = sum(tensor.nbytes for tensor in network.parameters())
    least = least_training_memory(GENOTYPE, shape, images_at_once=2)
    assert 3 * weights < least < 3 * weights + sum(kept.values())
