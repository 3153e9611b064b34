"""The data sets that a search can use."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import NotFound
from api.schemas.datasets import DatasetBody, dataset_body
from store.catalogue import UnknownDatasetError, find_dataset, list_datasets

router = APIRouter(prefix="/datasets", tags=["catalogue"], route_class=ApiRoute)


@router.get("", name="list_datasets")
def list_known_datasets(_: CallerDep, resources: ResourcesDep) -> Page[DatasetBody]:
    """List the built-in data sets, and the folders of images in the data folder."""
    found = list_datasets(resources.settings.data_dir)
    return Page(data=[dataset_body(info) for info in found])


@router.get("/{name}", responses=problems(NotFound))
def get_dataset(
    _: CallerDep,
    resources: ResourcesDep,
    name: Annotated[str, Path(description="The data set's name", examples=["digits"])],
) -> DatasetBody:
    """Read what is known of a data set."""
    try:
        return dataset_body(find_dataset(resources.settings.data_dir, name))
    except UnknownDatasetError as error:
        raise NotFound(str(error)) from error
