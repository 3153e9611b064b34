"""The data sets that a search can use."""

from collections.abc import Sequence
from pathlib import Path

from api.http.errors import DatasetsUnavailable, NotFound
from store import catalogue
from store.catalogue import DatasetInfo, DatasetUnavailableError, UnknownDatasetError


def list_datasets(data_dir: Path) -> Sequence[DatasetInfo]:
    """Return the built-in data sets, then the folders of images.

    Raises:
        DatasetsUnavailable: the data folder cannot be read. A list without the folders in it would
            look as if they were gone.
    """
    try:
        return catalogue.list_datasets(data_dir)
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error


def find_dataset(data_dir: Path, name: str) -> DatasetInfo:
    """Return the data set of this name. Raises NotFound, DatasetsUnavailable."""
    try:
        return catalogue.find_dataset(data_dir, name)
    except UnknownDatasetError as error:
        raise NotFound(str(error)) from error
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error
