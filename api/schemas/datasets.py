"""A data set as clients see it."""

from typing import Literal

from api.http.bodies import Body, described
from store.catalogue import DatasetInfo


class ImageSizeBody(Body):
    """The size of an image."""

    height: int = described("In pixels")
    width: int = described("In pixels")


class DatasetBody(Body):
    """What is known about a data set without decoding it."""

    name: str = described("Use it as `dataset` in a spec", examples=["digits"])
    kind: Literal["builtin", "folder"] = described(
        "`folder`: a folder of images in the data folder"
    )
    classes: int = described("Number of classes")
    images: int | None = described("Number of training images; null if counting would take long")
    image_size: ImageSizeBody | None = described("For a folder, the size of its first image")
    available: bool = described(
        "Whether it is on this machine; if not, it is downloaded on first use"
    )


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
