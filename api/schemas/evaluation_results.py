"""What an evaluation ended with, as clients see it. Shares are from 0 to 1."""

from collections.abc import Mapping
from typing import Any, Literal

from api.http.bodies import Body, described
from store.model_files import ModelFile, StoredFormat, Which


class FigureBody(Body):
    """A measured number, and what it rests on."""

    value: float = described("What was measured")
    images: int = described("How many images it rests on")
    low: float = described("Where its 95% interval begins")
    high: float = described("Where it ends")


class MeasuredBody(Body):
    """What the network did on a set of images."""

    accuracy: FigureBody = described("The share of images that were classified correctly")
    top5: FigureBody = described("The share whose class is among the five most probable")
    loss: FigureBody = described("Cross entropy (nats), without label smoothing")
    balanced_accuracy: FigureBody = described("The mean of the classes' own accuracies")
    chance_accuracy: float = described("What naming the largest class each time would give")


class BestEpochBody(Body):
    """The epoch that did best on the held-out images, the first of equals."""

    epoch: int = described("Counted from 1")
    accuracy: FigureBody = described("On the held-out images, which chose it")


class ResultBody(MeasuredBody):
    """An evaluation's final figures, with the last epoch's weights."""

    source: Literal["test", "validation"] = described(
        "What was measured on: the test images, or, where the data set has none, the held-out ones"
    )
    validation: MeasuredBody | None = described(
        "The last epoch on the held-out training images; null without any"
    )
    last_epochs: FigureBody | None = described(
        "The mean accuracy of the last five epochs on the held-out images; null without any"
    )
    best: BestEpochBody | None = described("Null without held-out images")
    parameters: int = described("Of the network, without the auxiliary head")
    multiply_adds: int = described("Of one image's forward pass")
    train_images: int = described("Images that it was trained on")
    seconds: float = described("Training, validation and test")
    images_per_second: float | None = described("In training")


class ClassFiguresBody(Body):
    """How the network does on one class."""

    name: str = described("The class")
    images: int = described("Its images")
    hits: int = described("Those that were classified correctly")
    predictions: int = described("Images of any class that were taken for it")
    accuracy: FigureBody | None = described("The share of hits; null without images")


class WrongImageBody(Body):
    """An image that the network was sure of, and wrong about."""

    place: int = described("Its place in the images that were measured on, counted from 0")
    class_name: str = described("The class that it is of")
    taken_for: str = described("The class that it was taken for")
    probability: float = described("Of the wrong class, by the network")


class ModelFileBody(Body):
    """A stored file of the network."""

    which: Which = described("`last`: of the last epoch; `best`: of the best one")
    format: StoredFormat = described("Its format")
    bytes: int = described("Its size")
    sha256: str = described("Its digest (hexadecimal)")


class WholeResultBody(ResultBody):
    """Everything that an evaluation ended with."""

    classes: list[ClassFiguresBody] = described("Class by class, in the data set's order")
    confusion: list[list[int]] = described(
        "The images of each class (a row) that were taken for each class (a column)"
    )
    wrong: list[WrongImageBody] = described(
        "Its most confident mistakes: 36 images at most, the most confident first", default=[]
    )
    models: list[ModelFileBody] = described(
        "The stored files that GET /evaluations/{id}/model sends; it makes other forms of them"
    )


def result_body(result: Mapping[str, Any]) -> ResultBody:
    """Return what clients are shown of a result as the evaluation's row keeps it."""
    return ResultBody(**result)


def whole_result_body(
    result: Mapping[str, Any], details: Mapping[str, Any], models: list[Any]
) -> WholeResultBody:
    """Return the whole result; the details are its classes and their confusion."""
    files = [ModelFile.from_row(row) for row in models]
    shown = [
        ModelFileBody(which=file.which, format=file.format, bytes=file.bytes, sha256=file.sha256)
        for file in files
    ]
    known = {name: value for name, value in details.items() if name != "wrong_sheet"}
    return WholeResultBody(**result, **known, models=shown)
