"""What goes with a network that is downloaded: its model card, as Markdown. Pure functions."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.services.model_card_use import files_section, use_section
from pdarts_core.forms.description import ModelDescription
from store.model_files import Which
from store.tables import Evaluation
from store.wording import number_of

Figures = Mapping[str, Any]
"""Value, images, and both ends of the interval."""

_MOST_CLASSES = 200
"""A longer table is left to result.json."""
_FEW_IMAGES = 1000
_NAMED = 5
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What a card is made of."""

    evaluation: Evaluation
    """With its details; it has a result."""
    which: Which
    model: ModelDescription
    images: int
    """That it was trained on, and that were held out, together."""
    images_sha256: str | None
    """Of all these; None where an earlier version trained it."""
    has_onnx: bool
    has_search: bool
    """Whether the search that found the genotype is still there."""
    signal: Mapping[str, Any] | None
    """Of that search, if it has one."""
    version: str
    """Of this software, which writes the card."""

    @property
    def result(self) -> Mapping[str, Any]:
        """The figures of the end, which are those of the last epoch's weights."""
        return self.evaluation.result or {}

    @property
    def given_weights(self) -> str | None:
        """The id of weights that it began with; None for a training from scratch."""
        given: str | None = self.evaluation.job.spec.get("weights")
        return given

    @property
    def is_measured(self) -> bool:
        """Tell whether the result's figures are of these weights."""
        best = self.result["best"]
        return self.which == "last" or best["epoch"] == self.model.recipe.epochs

    @property
    def accuracy(self) -> Figures:
        """The accuracy of these weights."""
        measured: Mapping[str, Any] = self.result if self.is_measured else self.result["best"]
        found: Figures = measured["accuracy"]
        return found

    @property
    def chance(self) -> float:
        """What naming the largest class each time would give, on the same images."""
        measured = self.result if self.is_measured else self.result["validation"]
        return float(measured["chance_accuracy"])

    @property
    def kind_of_images(self) -> str:
        """What the accuracy was measured on."""
        is_test = self.is_measured and self.result["source"] == "test"
        return "test image" if is_test else "held-out image"


def write_card(facts: CardFacts) -> str:
    """Return the model card of a network."""
    sections = (
        [f"# {plain(facts.evaluation.job.name or 'A network')}", *_summary(facts)],
        use_section(facts.model, has_onnx=facts.has_onnx),
        ["## How good it is", *_figures(facts)],
        _classes(facts),
        ["## What this does not say", _list(_limits(facts))],
        ["## How it was trained", *_training(facts)],
        ["## Where it comes from", _table(["", ""], _provenance(facts))],
        files_section(has_onnx=facts.has_onnx),
    )
    return "\n\n".join(part for section in sections for part in section) + "\n"


def plain(text: str) -> str:
    """Return text as Markdown that shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _summary(facts: CardFacts) -> Iterator[str]:
    accuracy, model = facts.accuracy, facts.model
    told = (
        f"{_percent(accuracy['value'])} of {number_of(accuracy['images'], facts.kind_of_images)}"
        f" right, 95% interval {_interval(accuracy)}; naming the largest class each time would"
        f" give {_percent(facts.chance)}."
    )
    if accuracy["low"] <= facts.chance:
        yield f"> **No better than guessing.** {told} Do not use it to tell anything apart."
    else:
        yield f"**{told}**"
    height, width = model.seen
    yield (
        f"A network that tells {len(model.class_names)} classes of images apart: {_cells(facts)}, "
        f"{_training_in_words(facts)}. It sees images of {height}×{width} pixels (height × width) "
        f"and has {facts.result['parameters']:,} parameters; an image takes "
        f"{facts.result['multiply_adds']:,} multiply-adds."
    )
    if facts.which == "best":
        epoch = facts.result["best"]["epoch"]
        yield (
            f"These are the weights of epoch {epoch} of {model.recipe.epochs}, the one that did "
            "best on the held-out images."
        )


def _cells(facts: CardFacts) -> str:
    recipe = facts.model.recipe
    found = facts.evaluation.search_id is not None
    origin = "found by a P-DARTS search" if found else "of a given genotype"
    return f"{recipe.layers} cells {origin}, starting with {recipe.init_channels} channels"


def _training_in_words(facts: CardFacts) -> str:
    dataset = f"the data set {plain(facts.evaluation.job.dataset or '')}"
    if facts.given_weights and not facts.model.recipe.epochs:
        return f"with given weights, which were only tested here, on {dataset}"
    begun = "from given weights" if facts.given_weights else "from scratch"
    images = number_of(facts.result["train_images"], "image")
    return f"trained {begun} on {images} of {dataset}"


def _figures(facts: CardFacts) -> Iterator[str]:
    yield _what_was_measured(facts)
    header = ["Figure", "Value", "95% interval", "Images"]
    yield _table(header, _rows_of_figures(facts))
    yield (
        f"Chance, that is naming the largest class each time, would give {_percent(facts.chance)} "
        "accuracy."
    )


def _what_was_measured(facts: CardFacts) -> str:
    if not facts.is_measured:
        return (
            "**These weights have not been tested.** Their accuracy was measured on held-out "
            "training images, and they were chosen from all epochs because of it, so it is too "
            "optimistic. The other figures in `result.json` are those of the last epoch's weights."
        )
    if facts.result["source"] == "test":
        return (
            "Measured on the data set's test images. They were used once, when training was "
            "over, and no weights were chosen with them."
        )
    chosen = (
        "These weights were chosen with them from all epochs, so the figures are too optimistic."
        if facts.which == "best"
        else "No weights were chosen with them."
    )
    return (
        "**The data set has no test images.** The figures were measured on training images that "
        f"were held out. {chosen} If you chose a recipe or a genotype with them, the figures are "
        "too optimistic for that reason, too."
    )


def _rows_of_figures(facts: CardFacts) -> Iterator[list[str]]:
    result = facts.result
    if not facts.is_measured:
        yield _row("Accuracy on held-out images, which chose these weights", facts.accuracy)
        return
    yield _row("Accuracy", result["accuracy"])
    yield _row("Right class among the five most probable", result["top5"])
    yield _row("Accuracy, mean over the classes", result["balanced_accuracy"])
    yield _row("Loss (cross entropy, nats)", result["loss"], as_text="{:.4f}".format)
    if result["source"] == "test" and result["validation"]:
        yield _row("Accuracy on held-out images", result["validation"]["accuracy"])
    if result["last_epochs"]:
        name = "Accuracy on held-out images, mean of the last five epochs"
        yield _row(name, result["last_epochs"])


def _row(name: str, figure: Figures, as_text: Any = None) -> list[str]:
    shown = as_text or _percent
    interval = f"{shown(figure['low'])} to {shown(figure['high'])}"
    return [name, shown(figure["value"]), interval, f"{figure['images']:,}"]


def _classes(facts: CardFacts) -> Sequence[str]:
    classes = (facts.evaluation.details or {})["classes"]
    if not facts.is_measured or len(classes) > _MOST_CLASSES:
        return []
    rows = (
        [
            plain(one["name"]),
            f"{one['images']:,}",
            _percent(one["accuracy"]["value"]) if one["accuracy"] else "not measured",
            _interval(one["accuracy"]) if one["accuracy"] else "",
            f"{one['predictions']:,}",
        ]
        for one in classes
    )
    header = ["Class", "Images", "Right", "95% interval", "Images of any class taken for it"]
    return ["### Class by class", _table(header, rows)]


def _limits(facts: CardFacts) -> Iterator[str]:
    accuracy = facts.accuracy
    if accuracy["low"] <= facts.chance:
        yield (
            "The interval of the accuracy reaches down to chance: nothing shows that the network "
            "has learned to tell the classes apart."
        )
    if accuracy["images"] < _FEW_IMAGES:
        yield (
            f"The accuracy rests on {number_of(accuracy['images'], 'image')}: it may well be "
            f"anything from {_interval(accuracy)}. A difference between two networks that lies "
            "within such intervals means nothing."
        )
    if missing := [one for one in (facts.evaluation.details or {})["classes"] if not one["images"]]:
        names = ", ".join(plain(one["name"]) for one in missing[:_NAMED])
        more = " and more" if len(missing) > _NAMED else ""
        yield f"There were no images to measure {names}{more} on."
    if facts.given_weights:
        yield (
            "Which images the given weights were trained on is not known here. If the test images "
            "were among them, the figures mean nothing."
        )
    yield (
        "This is one training with one seed. The interval covers only which images were drawn; "
        "another seed gives another network, whose accuracy may differ by more than that."
    )
    yield (
        "A test set is good for one look. If you compare networks by their test figures and keep "
        "the best one, its figure is too optimistic."
    )
    yield (
        "The figures hold for images like those of the data set. The network names one of its "
        f"{len(facts.model.class_names)} classes for every image, even for one that belongs to "
        "none of them, and its probabilities are not calibrated."
    )
    yield from _limits_of_origin(facts)


def _limits_of_origin(facts: CardFacts) -> Iterator[str]:
    if facts.evaluation.search_id is None:
        yield "Its cells were given, not searched for here: how they were found is not known."
    elif not facts.has_search:
        yield (
            "The search that found its cells has been deleted: whether it found more than chance "
            "is not known."
        )
    elif facts.signal is None:
        yield "Whether the search that found its cells found more than chance was not measured."
    elif facts.signal["verdict"] == "none":
        yield (
            "**The search that found its cells found nothing** (signal: none): they are no better "
            f"supported than cells drawn at random. {plain(facts.signal['reason'])}"
        )
    elif facts.signal["verdict"] == "weak":
        yield (
            "The search that found its cells found hardly more than chance (signal: weak); another "
            f"seed may well choose other cells. {plain(facts.signal['reason'])}"
        )
    else:
        yield (
            "That the search's choices stand out from chance (signal: clear) does not say that its "
            "cells are better than random ones: only training both would."
        )


def _training(facts: CardFacts) -> Iterator[str]:
    model, job = facts.model, facts.evaluation.job
    result = facts.result
    held_out = facts.images - result["train_images"]
    height, width = model.seen
    loaded = f"{model.height}×{model.width}"
    rows = [
        ["Data set", plain(job.dataset or "")],
        ["Images it was trained on", f"{result['train_images']:,}"],
        ["Training images held out", f"{held_out:,}"],
        ["Classes", ", ".join(map(plain, model.class_names))],
        ["Images are resized to (height × width)", loaded],
        ["The network sees the middle", f"{height}×{width}"],
        ["Mean of red, green, blue (0 to 1)", ", ".join(map(str, model.mean))],
        ["Standard deviation", ", ".join(map(str, model.std))],
        ["Digest of the images (sha256)", facts.images_sha256 or "not kept"],
    ]
    yield _table(["Images", ""], rows)
    recipe = [[name, plain(str(value))] for name, value in model.recipe.to_dict().items()]
    preset = job.spec.get("preset")
    yield _table(["Recipe", ""], [["preset", plain(preset or "none")], *recipe])


def _provenance(facts: CardFacts) -> Iterator[list[str]]:
    evaluation, job = facts.evaluation, facts.evaluation.job
    yield ["Evaluation", evaluation.id]
    yield ["Weights", f"{facts.which} epoch"]
    yield ["Begins with the weights", facts.given_weights or "none, from scratch"]
    yield ["Genotype", evaluation.genotype_id or "given in the request"]
    yield ["Search", evaluation.search_id or "none"]
    yield ["Signal of the search", facts.signal["verdict"] if facts.signal else "not known"]
    yield ["Digest of the data set", job.dataset_digest or "not known"]
    if job.images_skipped is not None:
        yield ["Images that could not be used, and were left out", f"{job.images_skipped:,}"]
    yield ["Seed", str(facts.model.recipe.seed)]
    yield ["Digest of the spec and the cells (sha256)", job.spec_sha256]
    for name, time in (("Submitted", job.created_at), ("Ended", job.finished_at)):
        yield [name, time.strftime("%Y-%m-%d %H:%M UTC") if time else "not known"]
    yield ["Training and measuring took", f"{facts.result['seconds']:,.0f} s"]
    yield ["This card was written by", f"pdarts {facts.version}"]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _interval(figure: Figures) -> str:
    return f"{_percent(figure['low'])} to {_percent(figure['high'])}"


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
