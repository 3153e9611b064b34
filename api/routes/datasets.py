"""The data sets that a search can use."""

from fastapi import APIRouter

from api.dependencies import CallerDep, ResourcesDep
from api.schemas.base import Page
from api.schemas.datasets import DatasetBody, dataset_body
from store.catalogue import list_datasets

router = APIRouter(prefix="/datasets", tags=["catalogue"])


@router.get("", name="list_datasets")
def list_known_datasets(_: CallerDep, resources: ResourcesDep) -> Page[DatasetBody]:
    """List the built-in data sets, and the folders of images in the data folder."""
    found = list_datasets(resources.settings.data_dir)
    return Page(data=[dataset_body(info) for info in found])
