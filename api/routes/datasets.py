"""The data sets that a search can use."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import DatasetsUnavailable, NotFound
from api.schemas.datasets import DatasetBody, dataset_body
from api.services import datasets

router = APIRouter(prefix="/datasets", tags=["catalogue"], route_class=ApiRoute)


@router.get("", responses=problems(DatasetsUnavailable))
def list_datasets(_: CallerDep, resources: ResourcesDep) -> Page[DatasetBody]:
    """List the built-in data sets, and the folders of images in the data folder."""
    found = datasets.list_datasets(resources.settings.data_dir)
    return Page(data=[dataset_body(info) for info in found])


@router.get("/{name}", responses=problems(NotFound, DatasetsUnavailable))
def get_dataset(
    _: CallerDep,
    resources: ResourcesDep,
    name: Annotated[str, Path(description="The data set's name", examples=["digits"])],
) -> DatasetBody:
    """Read what is known about a data set."""
    return dataset_body(datasets.find_dataset(resources.settings.data_dir, name))
