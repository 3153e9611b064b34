"""What a network is exported as computes what the network computes."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors.torch
import torch
from PIL import Image
from safetensors.torch import load as load_tensors
from torch import Tensor

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.export import Model, export_onnx, export_python, save_weights
from pdarts_core.forms.layouts import publish_safetensors, publish_torch_file
from pdarts_core.forms.onnx_file import OnnxTooLarge, Pixels
from pdarts_core.images.augmentation import normalise
from pdarts_core.images.resized_crop import centre_crop
from pdarts_core.network import Network
from pdarts_core.space.layout import Stem
from tests.support.genotypes import random_genotype
from tests.support.searches import make_images
from worker.datasets.decoding import decode_image

NAMES = ("cat", 'the "dog"', "größer")
CLOSELY: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-4}


def make_model(seed: int = 1, *, stem: Stem = "cifar", size: int = 16, crop: int = 0) -> Model:
    recipe = EvaluationConfig(
        init_channels=4,
        layers=3,
        stem=stem,
        augmentation="resized_crop" if crop else "crop",
        crop_size=crop,
    )
    genotype = random_genotype(seed)
    network = Network(
        genotype,
        init_channels=4,
        num_classes=3,
        layers=3,
        stem=stem,
        generator=torch.Generator().manual_seed(seed),
    )
    for _ in range(3):  # statistics of batch norm that are not those of a new network
        network(make_images(8, size=32, seed=seed).float() / 255)
    return Model(
        genotype=genotype,
        recipe=recipe,
        weights=network.state_dict(),
        class_names=NAMES,
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.25, 0.3),
        height=size,
        width=size,
    )


@torch.no_grad()
def logits_of(model: Model, images: Tensor) -> Tensor:
    seen = centre_crop(images, model.recipe.crop_size) if model.recipe.crop_size else images
    logits, _ = model.network()(normalise(seen, torch.tensor(model.mean), torch.tensor(model.std)))
    assert isinstance(logits, Tensor)
    return logits


class TestOnnx:
    @pytest.mark.parametrize(
        ("stem", "size", "crop", "pixels"),
        [
            ("cifar", 16, 0, "uint8"),
            ("cifar", 15, 0, "float32"),
            ("imagenet", 16, 12, "uint8"),
            ("imagenet", 33, 0, "uint8"),
        ],
    )
    @pytest.mark.parametrize("seed", [0, 2])  # between them, the genotypes have every operation
    def test_onnxruntime_answers_as_torch_does(
        self, stem: Stem, size: int, crop: int, pixels: Pixels, seed: int
    ) -> None:
        model = make_model(seed, stem=stem, size=size, crop=crop)
        images = make_images(7, size=size, seed=5)
        seen = centre_crop(images, crop) if crop else images

        data = export_onnx(model, pixels=pixels)

        onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
        session = onnxruntime.InferenceSession(data)

        fed = seen if pixels == "uint8" else seen.float() / 255
        for batch in (1, 7):
            (logits,) = session.run(["logits"], {"images": fed[:batch].numpy()})
            torch.testing.assert_close(
                torch.from_numpy(logits), logits_of(model, images[:batch]), **CLOSELY
            )
        kept = session.get_modelmeta().custom_metadata_map
        assert json.loads(kept["class_names"]) == list(NAMES)
        assert json.loads(kept["recipe"]) == model.recipe.to_dict()
        assert session.get_inputs()[0].shape == ["batch", 3, *model.seen]

    def test_the_same_network_has_the_same_bytes(self) -> None:
        assert export_onnx(make_model()) == export_onnx(make_model())

    def test_more_weights_than_a_file_can_hold_are_refused(self) -> None:
        model = make_model()
        huge = torch.zeros(1).expand(2**29)  # which takes no memory
        with pytest.raises(OnnxTooLarge, match="2 GiB"):
            export_onnx(replace(model, weights={**model.weights, "auxiliary_head.huge": huge}))


class TestPublishedLayout:
    def test_tensors_have_the_names_of_the_published_code(self) -> None:
        weights = make_model(2).weights
        named = load_tensors(publish_safetensors(save_weights(weights)))

        expected = load_tensors(save_weights(weights, layout="published"))
        assert named.keys() == expected.keys() != weights.keys()
        assert all(torch.equal(named[name], expected[name]) for name in expected)

    @pytest.mark.parametrize("mmap", [False, True])
    def test_a_torch_file_is_renamed_without_torch(self, tmp_path: Path, *, mmap: bool) -> None:
        weights = make_model(2).weights
        file = tmp_path / "published.pt"
        file.write_bytes(publish_torch_file(save_weights(weights, form="torch")))

        named = torch.load(file, weights_only=True, mmap=mmap)

        expected = load_tensors(save_weights(weights, layout="published"))
        assert named.keys() == expected.keys()
        assert all(torch.equal(named[name], expected[name]) for name in expected)
        assert all(tensor.data_ptr() % 64 == 0 for tensor in named.values())


def write_images(folder: Path, count: int, size: int) -> list[Path]:
    files = [folder / f"{number}.png" for number in range(count)]
    for file, pixels in zip(files, make_images(count, size=size, seed=7), strict=True):
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(file)
    return files


def exported(model: Model, folder: Path) -> Path:
    program = folder / "network.py"
    program.write_text(export_python(model), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(save_weights(model.weights))
    return program


class TestPython:
    def namespace(self, program: Path) -> dict[str, object]:
        scope: dict[str, object] = {"__name__": "network", "__file__": str(program)}
        exec(compile(program.read_text(encoding="utf-8"), str(program), "exec"), scope)  # noqa: S102
        return scope

    @pytest.mark.parametrize(("stem", "crop"), [("cifar", 0), ("imagenet", 12)])
    @pytest.mark.parametrize("seed", [1, 4])
    def test_it_answers_as_the_network_does(
        self, stem: Stem, crop: int, seed: int, tmp_path: Path
    ) -> None:
        model = make_model(seed, stem=stem, crop=crop)
        program = exported(model, tmp_path)
        files = write_images(tmp_path, 4, size=16)
        odd = tmp_path / "odd.jpg"
        Image.fromarray(make_images(1, size=50)[0].permute(1, 2, 0).numpy()).save(odd)
        images = torch.stack([torch.from_numpy(decode_image(f, 16).copy()) for f in [*files, odd]])

        scope = self.namespace(program)
        load, classify = scope["load"], scope["classify"]
        assert callable(load)
        assert callable(classify)
        shares = classify(load(tmp_path / "model.safetensors"), [*files, odd])

        torch.testing.assert_close(shares, logits_of(model, images).softmax(1), **CLOSELY)

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "I;16", "CMYK"])
    def test_images_of_every_kind_look_as_they_did_in_training(
        self, mode: str, tmp_path: Path
    ) -> None:
        program = exported(make_model(), tmp_path)
        file = tmp_path / "image.tiff"
        noise = make_images(1, size=40)[0].permute(1, 2, 0).numpy()
        if mode == "I;16":
            Image.fromarray(noise[:, :, 0].astype(np.uint16) * 257).save(file)
        else:
            Image.fromarray(noise).convert(mode).save(file)

        prepare = self.namespace(program)["prepare"]
        assert callable(prepare)
        prepared = prepare(file)

        pixels = torch.from_numpy(decode_image(file, 16).copy())[None]
        expected = normalise(pixels, torch.tensor((0.5, 0.4, 0.3)), torch.tensor((0.2, 0.25, 0.3)))
        torch.testing.assert_close(prepared, expected[0])

    @pytest.mark.slow
    def test_it_runs_from_the_command_line_without_this_project(self, tmp_path: Path) -> None:
        model = make_model()
        program = exported(model, tmp_path)
        files = write_images(tmp_path, 2, size=16)
        images = torch.stack([torch.from_numpy(decode_image(file, 16).copy()) for file in files])
        likeliest = logits_of(model, images).argmax(1).tolist()

        # Isolated (-I): neither the current folder nor PYTHONPATH is searched.
        told = subprocess.run(
            [sys.executable, "-I", program, *files],
            cwd=tmp_path,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )

        lines = told.stdout.splitlines()
        assert [line.rpartition(" ")[0] for line in lines] == [
            f"{file}: {NAMES[place]}" for file, place in zip(files, likeliest, strict=True)
        ]

    def test_it_imports_nothing_of_this_project(self) -> None:
        tree = ast.walk(ast.parse(export_python(make_model())))
        imported = {
            name.partition(".")[0]
            for node in tree
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }

        assert imported == {"argparse", "numpy", "pathlib", "PIL", "safetensors", "torch"}


def test_the_networks_weights_are_those_of_the_file(tmp_path: Path) -> None:
    model = make_model()
    exported(model, tmp_path)

    tensors = safetensors.torch.load_file(tmp_path / "model.safetensors")

    assert tensors.keys() == model.weights.keys()
