"""How to use a network that was downloaded, as Markdown: commands for the unpacked folder."""

from collections.abc import Sequence

from pdarts_core.forms.description import ModelDescription

_PROGRAM = """\
```bash
pip install torch numpy safetensors pillow
python network.py photo.jpg
python network.py --top 3 photo.jpg
```"""
_FROM_PYTHON = """\
```python
import network

trained = network.load("model.safetensors")
probabilities = network.classify(trained, ["photo.jpg"])[0]
print(network.CLASS_NAMES[probabilities.argmax()])
```"""
_FROM_ONNX = """\
```python
import json

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession("model.onnx")
names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
image = Image.open("photo.jpg").convert("RGB")
image = ImageOps.fit(image, ({width}, {height}), method=Image.Resampling.BILINEAR){crop}
pixels = np.asarray(image).transpose(2, 0, 1)[None]
(logits,) = session.run(["logits"], {{"images": pixels}})
print(names[logits[0].argmax()])
```"""
_FILES = {
    "network.py": "a program of one file: builds the network, loads `model.safetensors`, "
    "classifies images",
    "model.safetensors": "the weights",
    "model.pt": "the same weights, for `torch.load(…, weights_only=True)`",
    "model.onnx": "network, weights and normalisation, for any ONNX runtime: `images` "
    "[batch, 3, height, width], uint8, in; `logits` [batch, classes] out",
    "genotype.json": "the cells; POST /genotypes takes it",
    "genotype.svg": "a drawing of the cells",
    "result.json": "all figures, with the confusion matrix",
    "confusion.svg": "a picture of the confusion matrix",
}


def use_section(model: ModelDescription, *, has_onnx: bool) -> Sequence[str]:
    """Return how to use the network."""
    parts = [
        "## How to use it",
        "With PyTorch, from the command line, in this folder. Nothing else is needed:",
        _PROGRAM,
        "From your own program:",
        _FROM_PYTHON,
    ]
    if has_onnx:
        height, width = model.seen
        top, left = (model.height - height) // 2, (model.width - width) // 2
        box = f"({left}, {top}, {left + width}, {top + height})"
        crop = f"\nimage = image.crop({box})" if model.recipe.crop_size else ""
        code = _FROM_ONNX.format(width=model.width, height=model.height, crop=crop)
        wanted = "With ONNX Runtime (`pip install onnxruntime numpy pillow`), without PyTorch:"
        parts += [wanted, code]
    return parts


def files_section(*, has_onnx: bool) -> Sequence[str]:
    """Return what each file is."""
    told = {name: what for name, what in _FILES.items() if has_onnx or name != "model.onnx"}
    return ["## Files", "\n".join(f"- `{name}`: {what}" for name, what in told.items())]
