"""A data set as clients see it."""

from typing import Literal

from api.http.bodies import Body, described
from store.catalogue import DatasetInfo


class ImageSizeBody(Body):
    """Pixels."""

    height: int = described("In pixels")
    width: int = described("In pixels")


class DatasetBody(Body):
    """What can be told of a data set without decoding it."""

    name: str = described("For the `dataset` of a spec", examples=["digits"])
    kind: Literal["builtin", "folder"] = described("`folder`: one of images in the data folder")
    classes: int = described("Kinds of image to tell apart")
    images: int | None = described("For training; null where counting would take long")
    image_size: ImageSizeBody | None = described("Of a folder, that of its first image")
    available: bool = described("On this machine; else it is downloaded on first use")


def dataset_body(info: DatasetInfo) -> DatasetBody:
    """Return what clients are shown of a data set."""
    size = info.image_size
    return DatasetBody(
        name=info.name,
        kind=info.kind,
        classes=info.classes,
        images=info.images,
        image_size=size and ImageSizeBody(height=size.height, width=size.width),
        available=info.available,
    )
