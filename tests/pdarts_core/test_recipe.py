"""Recipes: what they may be, their schedules, and one step of training, against slow versions."""

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pdarts_core.config_fields import ConfigError
from pdarts_core.evaluation import (
    EVALUATION_PRESETS,
    EvaluationConfig,
    drop_path_prob,
    learning_rate,
    make_optimizer,
    training_step,
)
from pdarts_core.genotype import from_dict
from pdarts_core.images.batches import Batch
from pdarts_core.interop import load_published_weights
from pdarts_core.network import Network
from pdarts_core.recipe.batches import RecipeBatches, draw_share, mixup
from pdarts_core.recipe.generators import Generators
from pdarts_core.recipe.step import EvaluationStep
from tests.support.evaluations import GENOTYPE, make_config
from tests.support.networks import make_images, published_images, published_weights
from tests.support.searches import make_dataset

TRAINED = json.loads((Path(__file__).parent / "conformance" / "evaluation.json").read_text())[
    "training"
]
CPU = torch.device("cpu")


class TestConfig:
    def test_every_field_says_what_it_means(self) -> None:
        assert all(item.metadata["description"] for item in fields(EvaluationConfig))

    @pytest.mark.parametrize("name", EVALUATION_PRESETS)
    def test_presets_are_read_back_from_json(self, name: str) -> None:
        preset = EVALUATION_PRESETS[name]

        assert EvaluationConfig.from_dict(json.loads(json.dumps(preset.to_dict()))) == preset

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"batch_size": 1}, ("batch_size",)),
            ({"valid_portion": 1.0}, ("valid_portion",)),
            ({"stem": "mnist"}, ("stem",)),
            ({"schedule": "linear", "epochs": 5}, ("epochs",)),
            ({"crop_size": 8}, ("crop_size",)),
            ({"momentum": math.nan}, ("momentum",)),
            ({"bach_size": 5}, ("bach_size",)),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(
        self, changes: dict[str, Any], path: tuple[str]
    ) -> None:
        with pytest.raises(ConfigError) as refused:
            EvaluationConfig.from_dict(changes)

        assert refused.value.path == path


class TestSchedules:
    """Epochs' values as the design's formulas give them."""

    def rates(self, config: EvaluationConfig) -> list[float]:
        return [learning_rate(config, epoch) for epoch in range(config.epochs)]

    def test_a_cosine_falls_to_0(self) -> None:
        rates = self.rates(EVALUATION_PRESETS["paper-cifar10"])

        halfway, three_quarters = math.sqrt(2), -math.sqrt(2)
        assert rates[0] == 0.025
        assert rates[300] == pytest.approx(0.0125)
        assert rates[150] == pytest.approx(0.025 * (2 + halfway) / 4)
        assert rates[450] == pytest.approx(0.025 * (2 + three_quarters) / 4)
        assert rates == sorted(rates, reverse=True)
        assert 0 < rates[599] < 1e-6

    def test_a_line_is_flatter_in_the_last_five_epochs(self) -> None:
        rates = self.rates(EVALUATION_PRESETS["paper-imagenet"])

        assert rates[0] == 0.1
        assert rates[1] == pytest.approx(0.1 * 244 / 245)
        assert rates[244] == pytest.approx(0.1 / 245)
        assert rates[245:] == pytest.approx([0.1 * left / (245 * 5) for left in (5, 4, 3, 2, 1)])

    def test_large_batches_are_warmed_up(self) -> None:
        paper = EVALUATION_PRESETS["paper-imagenet"].to_dict() | {"learning_rate": 0.5}
        large = EvaluationConfig.from_dict(paper | {"batch_size": 1024})
        small = EvaluationConfig.from_dict(paper | {"batch_size": 256})

        shares = [a / b for a, b in zip(self.rates(large), self.rates(small), strict=True)]

        assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8] + [1.0] * 246)

    def test_drop_path_grows_from_0(self) -> None:
        config = EVALUATION_PRESETS["paper-cifar10"]

        assert drop_path_prob(config, 0) == 0
        assert drop_path_prob(config, 300) == pytest.approx(0.15)
        assert drop_path_prob(config, 599) == pytest.approx(0.3 * 599 / 600)
        assert drop_path_prob(EVALUATION_PRESETS["paper-imagenet"], 249) == 0


@pytest.mark.parametrize("case", TRAINED, ids=lambda case: case["kind"])
def test_steps_compute_the_published_figures(case: dict[str, Any]) -> None:
    named = ("learning_rate", "momentum", "weight_decay", "grad_clip")
    more = ("auxiliary_weight", "label_smoothing")
    config = EvaluationConfig(**{name: case[name] for name in (*named, *more)})
    network = Network(
        from_dict(case["genotype"]),
        init_channels=case["channels"],
        num_classes=case["num_classes"],
        layers=case["layers"],
        stem=case["kind"],
    ).double()
    load_published_weights(network, published_weights(case["state_dict"]))
    optimizer = make_optimizer(network, config)
    images = np.random.Generator(np.random.Philox(case["input_seed"]))

    for step in case["steps"]:
        batch = images.standard_normal((case["batch"], 3, case["size"], case["size"]))
        result = training_step(
            network, optimizer, torch.from_numpy(batch), torch.tensor(step["targets"]), config
        )
        published = [step["loss"], step["auxiliary_loss"], step["gradient_norm"]]
        assert torch.stack(result).tolist() == pytest.approx(published, rel=1e-8)

    logits, _ = network.eval()(published_images(2, case["size"], case["eval_input_seed"]))
    expected = torch.tensor(case["logits_eval"], dtype=torch.float64)
    torch.testing.assert_close(logits, expected, rtol=1e-8, atol=1e-10)


def make_network(*, auxiliary: bool = True) -> Network:
    return Network(
        GENOTYPE,
        init_channels=2,
        num_classes=3,
        layers=3,
        auxiliary=auxiliary,
        generator=torch.Generator().manual_seed(0),
    ).double()


def slow_cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Image by image and class by class; labels are classes or shares of them."""
    images, classes = logits.shape
    total = logits.new_zeros(())
    for image in range(images):
        norm = torch.log(sum((torch.exp(logits[image, c]) for c in range(classes)), total * 0))
        for c in range(classes):
            share = labels[image, c] if labels.ndim == 2 else float(labels[image] == c)
            target = (1 - smoothing) * share + smoothing / classes
            total = total - target * (logits[image, c] - norm)
    return total / images


class TestStep:
    images, labels = make_images(5), torch.tensor([0, 1, 2, 1, 0])

    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    @pytest.mark.parametrize("kind", ["classes", "shares"])
    def test_losses_gradients_and_weights_are_those_of_a_slow_version(
        self, smoothing: float, kind: str
    ) -> None:
        shares = torch.softmax(make_images(5)[:, 0, :3, 0], dim=1)
        labels = self.labels if kind == "classes" else shares
        config = make_config(label_smoothing=smoothing, grad_clip=0.5, weight_decay=0.01)
        network, slow = make_network(), make_network()
        optimizer = make_optimizer(network, config)
        momenta = [torch.zeros_like(p) for p in slow.parameters()]

        for step in range(2):
            result = training_step(network, optimizer, self.images, labels, config)

            for parameter in slow.parameters():
                parameter.grad = None
            main, auxiliary = (
                slow_cross_entropy(logits, labels, smoothing)
                for logits in slow.train()(self.images)
            )
            torch.autograd.backward(main + 0.4 * auxiliary)
            gradients = [p.grad for p in slow.parameters() if p.grad is not None]
            norm = math.sqrt(sum(float((g * g).sum()) for g in gradients))
            factor = min(1.0, 0.5 / (norm + 1e-6))  # as the published figures have it
            with torch.no_grad():
                for p, g, v in zip(slow.parameters(), gradients, momenta, strict=True):
                    decayed = factor * g + 0.01 * p
                    v.copy_(decayed if step == 0 else 0.9 * v + decayed)
                    p.sub_(0.1 * v)
            assert norm > 0.5
            expected = [main.item(), auxiliary.item(), norm]
            assert torch.stack(result).tolist() == pytest.approx(expected, rel=1e-9)
        for own, other in zip(network.parameters(), slow.parameters(), strict=True):
            torch.testing.assert_close(own, other, rtol=1e-9, atol=1e-12)

    def test_small_gradients_are_not_clipped(self) -> None:
        config = make_config(grad_clip=1e3)
        network = make_network()

        result = training_step(
            network, make_optimizer(network, config), self.images, self.labels, config
        )

        gradients = [p.grad for p in network.parameters()]
        assert all(gradient is not None for gradient in gradients)
        norm = torch.nn.utils.get_total_norm([g for g in gradients if g is not None])
        assert float(norm) == pytest.approx(float(result.gradient_norm))

    def test_without_an_auxiliary_head_its_loss_is_0(self) -> None:
        network = make_network(auxiliary=False)
        optimizer = make_optimizer(network, make_config())

        result = training_step(network, optimizer, self.images, self.labels, make_config())

        assert float(result.auxiliary_loss) == 0

    def test_paths_are_drawn_from_the_generator(self) -> None:
        def loss(seed: int, probability: float) -> float:
            network = make_network()
            result = training_step(
                network,
                make_optimizer(network, make_config()),
                self.images,
                self.labels,
                make_config(),
                drop_path_prob=probability,
                generator=torch.Generator().manual_seed(seed),
            )
            return float(result.loss)

        assert loss(0, 0.5) == loss(0, 0.5) != loss(1, 0.5)
        assert loss(0, 0.0) == loss(1, 0.0)

    def test_a_batch_in_parts_is_the_same_step_but_for_batch_norm(self) -> None:
        # The same two images in each part, so that batch norm sees the same.
        images, labels = self.images[:2].repeat(3, 1, 1, 1), self.labels[:2].repeat(3)
        config = make_config()
        results = []
        for parts in (1, 3, 64):
            network = make_network()
            step = EvaluationStep(network, make_optimizer(network, config), config, parts)
            answered = step(images, labels, drop_path_prob=0.0, generator=None)
            results.append(
                [*torch.stack(answered.result).tolist(), *answered.logits.flatten().tolist()]
            )

        assert results[1] == pytest.approx(results[0])
        assert results[2] == pytest.approx(results[0])


class TestMixup:
    def test_images_and_labels_are_mixed_with_their_partners(self) -> None:
        batch = Batch(make_images(3), torch.tensor([0, 2, 2]))

        images, labels = mixup(batch, torch.tensor([1, 2, 0]), 0.25, num_classes=3)

        for place, partner in enumerate((1, 2, 0)):
            mixed = 0.25 * batch.images[place] + 0.75 * batch.images[partner]
            torch.testing.assert_close(images[place], mixed)
        assert labels.tolist() == [[0.25, 0, 0.75], [0, 0, 1], [0.75, 0, 0.25]]

    @pytest.mark.parametrize("strength", [0.2, 1.0])
    def test_shares_follow_the_beta_distribution(self, strength: float) -> None:
        generator = torch.Generator().manual_seed(0)
        shares = torch.tensor([draw_share(strength, generator) for _ in range(4000)])

        assert shares.mean() == pytest.approx(0.5, abs=0.03)
        assert shares.var() == pytest.approx(0.25 / (2 * strength + 1), abs=0.01)


class TestBatches:
    dataset = make_dataset(size=12)
    everything = torch.arange(len(dataset))

    def batches(self, **changes: Any) -> RecipeBatches:
        return RecipeBatches(self.dataset, make_config(mixup=0.0, **changes), Generators.of(0, CPU))

    def slowly_normalised(self, images: Tensor) -> Tensor:
        mean, std = (torch.tensor(c)[:, None, None] for c in (self.dataset.mean, self.dataset.std))
        return (images.float() / 255 - mean) / std

    def test_without_augmentation_images_are_only_normalised(self) -> None:
        batches = self.batches(augmentation="none", cutout=False)

        images, labels = batches.augmented(self.everything)

        expected = self.slowly_normalised(self.dataset.images)
        torch.testing.assert_close(images, expected, rtol=1e-5, atol=1e-5)
        assert torch.equal(labels, self.dataset.labels)
        assert torch.equal(images, batches.plain(self.everything).images)

    def test_crops_are_windows_of_the_padded_image_or_its_mirror(self) -> None:
        images, _ = self.batches(cutout=False, crop_padding=4).augmented(self.everything)

        mirrored = 0
        for image, result in zip(self.dataset.images, images, strict=True):
            padded = torch.nn.functional.pad(image, (4, 4, 4, 4))
            windows = [
                window if not turned else window.flip(2)
                for turned in (False, True)
                for y in range(9)
                for window in [padded[:, y : y + 12, x : x + 12] for x in range(9)]
            ]
            distances = [(result - self.slowly_normalised(w)).abs().max() for w in windows]
            best = min(range(len(windows)), key=lambda place: distances[place])
            assert distances[best] < 1e-4
            mirrored += best >= 81
        assert 0 < mirrored < len(images)

    @pytest.mark.parametrize(("channels", "is_last"), [(2, False), (3, False), (8, True)])
    def test_channels_are_last_in_memory_where_the_network_has_enough(
        self, channels: int, is_last: bool
    ) -> None:
        images, _ = self.batches(init_channels=channels).augmented(self.everything)
        assert images.is_contiguous(memory_format=torch.channels_last) is is_last

    def test_without_flips_no_window_is_mirrored(self) -> None:
        batches = self.batches(cutout=False, crop_padding=0, flip=False)

        images, _ = batches.augmented(self.everything)

        assert torch.equal(images, batches.plain(self.everything).images)

    def test_cutout_leaves_half_of_a_small_image(self) -> None:
        images, _ = self.batches(augmentation="none", cutout_length=16).augmented(self.everything)

        plain = self.batches().plain(self.everything).images
        assert (images != plain).any(1).sum((1, 2)).max() <= 6 * 6

    def test_cutout_blanks_a_square_after_normalisation(self) -> None:
        images, _ = self.batches(augmentation="none", cutout_length=4).augmented(self.everything)

        for image, plain in zip(images, self.batches().plain(self.everything).images, strict=True):
            blank = (image == 0).all(0) & (plain != 0).any(0)
            rows, columns = blank.any(1), blank.any(0)
            assert 2 <= rows.sum() <= 4
            assert 2 <= columns.sum() <= 4
            assert torch.equal(blank, rows[:, None] & columns)
            assert torch.equal(image[:, ~blank], plain[:, ~blank])

    def test_resized_crops_have_the_size_of_the_middle_that_is_tested(self) -> None:
        batches = self.batches(
            augmentation="resized_crop", crop_size=8, color_jitter=0.4, cutout=False
        )

        plain = batches.plain(self.everything).images
        changed = batches.augmented(self.everything).images

        assert changed.shape == plain.shape == (24, 3, 8, 8)
        middle = self.slowly_normalised(self.dataset.images[:, :, 2:10, 2:10])
        torch.testing.assert_close(plain, middle, rtol=1e-5, atol=1e-5)
        black, white = (self.slowly_normalised(torch.full((1, 3, 8, 8), v)) for v in (0, 255))
        assert (changed >= black - 1e-4).all()
        assert (changed <= white + 1e-4).all()

    def test_images_that_are_too_small_are_refused(self) -> None:
        with pytest.raises(ValueError, match="crop_size is 13, but the images have 12×12 pixels"):
            self.batches(augmentation="resized_crop", crop_size=13)

    def test_mixing_is_drawn_anew_for_each_batch(self) -> None:
        config = make_config(mixup=1.0)
        batches = RecipeBatches(self.dataset, config, Generators.of(0, CPU))

        shares = [batches.augmented(self.everything).labels.amax(1).min() for _ in range(5)]

        assert len(set(map(float, shares))) == 5
