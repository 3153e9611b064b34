"""What an evaluation reports, as rows and lines of its job's history. Pure functions."""

from dataclasses import asdict
from typing import Any

from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationEpochFinished,
    EvaluationProcessesChanged,
    EvaluationStarted,
    EvaluationTested,
)
from pdarts_core.recipe.figures import EvaluationResult, Figure, Measured
from store.history import NewEvent
from store.states import EventLevel
from store.tables import EvaluationEpoch
from store.wording import number_of
from worker.kinds.shared_events import devices_changed

_FIGURES = ("accuracy", "top5", "loss", "balanced_accuracy")


def evaluation_started(event: EvaluationStarted) -> NewEvent:
    """Return the line for a network that is trained from the start."""
    message = f"{event.parameters:,} parameters, "
    if event.epochs:
        message += f"{number_of(event.epochs, 'epoch')} on "
        message += number_of(event.train_images, "image")
    else:
        message += "only tested"
    if event.valid_images:
        message += f", {number_of(event.valid_images, 'image')} held out"
    return NewEvent(type="training_started", message=message, data=asdict(event))


def processes_changed(event: EvaluationProcessesChanged) -> NewEvent:
    """Return the line for another number of processes than before."""
    return devices_changed(before=event.before, now=event.now, epochs=event.epochs)


def batch_halved(event: EvaluationBatchHalved) -> NewEvent:
    """Return the line for an evaluation that goes back and on with less in memory."""
    where = f"going on from epoch {event.epochs}" if event.epochs else "starting again"
    message = (
        f"ran out of memory: {where} with {number_of(event.images_at_once, 'image')} of each batch"
        " at a time"
    )
    data = {
        "epochs": event.epochs,
        "images_at_once": event.images_at_once,
        "accumulation": event.accumulation,
    }
    return NewEvent(type="batch_halved", message=message, level=EventLevel.WARNING, data=data)


def epoch_row(evaluation_id: str, event: EvaluationEpochFinished) -> EvaluationEpoch:
    """Return the row of a finished epoch."""
    return EvaluationEpoch(
        evaluation_id=evaluation_id, epoch=event.epoch, **_figures_of_epoch(event)
    )


def epoch_finished(event: EvaluationEpochFinished) -> NewEvent:
    """Return the line for a finished epoch."""
    metrics = event.metrics
    message = (
        f"epoch {event.epoch} of {event.epochs}: loss {metrics.train_loss:.4f},"
        f" training accuracy {metrics.train_accuracy:.1%}"
    )
    if metrics.validation is not None:
        message += f", {metrics.validation.accuracy.value:.1%} on the held-out images"
    place = {"epoch": event.epoch, "epochs": event.epochs}
    data = place | _figures_of_epoch(event)
    return NewEvent(type="epoch_finished", message=message, data=data)


def _figures_of_epoch(event: EvaluationEpochFinished) -> dict[str, Any]:
    told = vars(event.metrics) | {}
    measured = told.pop("validation")
    for name in ("loss", "accuracy", "top5"):
        told[f"valid_{name}"] = None if measured is None else getattr(measured, name).value
    return told


def evaluation_tested(event: EvaluationTested) -> NewEvent:
    """Return the line for a test that is over."""
    message = f"tested on {number_of(event.images, 'image')}; storing the network"
    return NewEvent(type="tested", message=message, data={"images": event.images})


def succeeded(result: EvaluationResult) -> NewEvent:
    """Return the line for an evaluation that has come to its end."""
    accuracy = result.measured.accuracy
    low, high = accuracy.interval
    images = "test image" if result.source == "test" else "held-out image"
    message = (
        f"{accuracy.value:.2%} of {number_of(accuracy.images, images)} right,"
        f" 95% interval {low:.2%} to {high:.2%}"
    )
    data = {
        "source": result.source,
        "accuracy": accuracy.value,
        "images": accuracy.images,
        "low": low,
        "high": high,
    }
    return NewEvent(type="succeeded", message=message, data=data)


def result_document(result: EvaluationResult) -> dict[str, Any]:
    """Return the figures of the end as the row keeps them, without those of each class."""
    best = result.best and {
        "epoch": result.best.epoch,
        "accuracy": _figure(result.best.accuracy),
    }
    return _measured(result.measured) | {
        "source": result.source,
        "validation": result.validation and _measured(result.validation),
        "last_epochs": result.last_epochs and _figure(result.last_epochs),
        "best": best,
        "parameters": result.parameters,
        "multiply_adds": result.multiply_adds,
        "train_images": result.train_images,
        "seconds": result.seconds,
        "images_per_second": result.images_per_second,
    }


def details_document(result: EvaluationResult) -> dict[str, Any]:
    """Return the figures of each class, their confusion, and the surest mistakes."""
    measured = result.measured
    classes = [
        {
            "name": one.name,
            "images": one.images,
            "hits": one.hits,
            "predictions": one.predictions,
            "accuracy": one.accuracy and _figure(one.accuracy),
        }
        for one in measured.classes
    ]
    names = [one.name for one in measured.classes]
    wrong = [
        {
            "place": one.place,
            "class_name": names[one.true_class],
            "taken_for": names[one.taken_for],
            "probability": one.probability,
        }
        for one in result.wrong
    ]
    return {"classes": classes, "confusion": measured.confusion, "wrong": wrong}


def _measured(measured: Measured) -> dict[str, Any]:
    figures = {name: _figure(getattr(measured, name)) for name in _FIGURES}
    return figures | {"chance_accuracy": measured.chance_accuracy}


def _figure(figure: Figure) -> dict[str, Any]:
    low, high = figure.interval
    return {"value": figure.value, "images": figure.images, "low": low, "high": high}
