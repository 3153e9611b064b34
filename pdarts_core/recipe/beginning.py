"""What an evaluation begins with: whether its checkpoint and weights belong to it; its images."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.images.sampling import Halves, split_by_class
from pdarts_core.interop import load_network_weights
from pdarts_core.network import Network
from pdarts_core.recipe.checkpoint import (
    CheckpointMismatch,
    EvaluationCheckpoint,
    EvaluationState,
)
from pdarts_core.recipe.training import make_network
from pdarts_core.stages.checkpoint import check_device, check_processes
from pdarts_core.stages.fingerprint import canonical, digest_of
from pdarts_core.stages.generators import make_generator


def begin_with(
    given: EvaluationCheckpoint | None,
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    weights: Mapping[str, Tensor] | None,
    *,
    device: torch.device,
    processes: int,
) -> EvaluationCheckpoint:
    """Return the given checkpoint, or that of an evaluation to which nothing has happened yet.

    Raises:
        CheckpointMismatch: the checkpoint belongs to another evaluation or type of device, or was
            taken within an epoch by another number of processes.
    """
    mark = _fingerprint(config, genotype, train, weights)
    if given is None:
        return EvaluationCheckpoint(fingerprint=mark, state=None)
    if given.fingerprint != mark:
        raise CheckpointMismatch("the checkpoint belongs to another recipe, genotype or data set")
    if given.state is not None:
        _check_state(given.state, config, genotype, train.num_classes, device)
        check_processes(
            before=given.state.processes,
            now=processes,
            is_between_epochs=given.state.is_between_epochs,
        )
    return given


def check_weights(
    config: EvaluationConfig, genotype: Genotype, num_classes: int, weights: Mapping[str, Tensor]
) -> None:
    """Refuse weights that do not fit the network.

    Raises:
        PublishedWeightsError: they do not.
    """
    load_network_weights(_trial_network(config, genotype, num_classes), weights)


def split_images(config: EvaluationConfig, train: ImageDataset) -> Halves:
    """Return the images to train on, `weights`, and those that are held out, `alphas`.

    Raises:
        ValueError: fewer than two are left to train on.
    """
    if not config.valid_portion:
        parts = Halves(torch.arange(len(train)), torch.arange(0))
    else:
        generator = make_generator(config.seed, "evaluation", "split")
        parts = split_by_class(train.labels, 1 - config.valid_portion, generator)
    if config.epochs and len(parts.weights) < LEAST_IMAGES_AT_ONCE:
        raise ValueError("an evaluation needs at least two training images")
    return parts


def _fingerprint(
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    weights: Mapping[str, Tensor] | None,
) -> str:
    form = {
        "config": canonical(config),
        "genotype": to_dict(genotype),
        "dataset": train.fingerprint(),
        "weights": weights and _digest(weights),
    }
    return digest_of(form)


def _digest(weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(repr((name, tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _check_state(
    state: EvaluationState,
    config: EvaluationConfig,
    genotype: Genotype,
    num_classes: int,
    device: torch.device,
) -> None:
    check_device(before=state.device_type, now=device.type)
    network = _trial_network(config, genotype, num_classes)
    shapes = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if shapes != {name: tensor.shape for name, tensor in state.network.items()}:
        raise CheckpointMismatch("the checkpoint belongs to another version of the network")


def _trial_network(config: EvaluationConfig, genotype: Genotype, num_classes: int) -> Network:
    """Return a network to see whether weights fit; it changes no random numbers."""
    with torch.random.fork_rng(devices=[]):
        return make_network(config, genotype, num_classes)
