"""The client's types are those of the interface; fields that it does not name are kept."""

from typing import Any, get_type_hints

import pytest

from api.http.bodies import BASE
from api.main import create_app
from cli.client import models, spec
from cli.client.genotype_calls import ShapeFields
from cli.client.job import PatchFields
from cli.client.model import Model
from cli.client.places import BASE_PATH
from store.settings import Settings

NAMES = {
    "JobRecord": "SearchBody",
    "SearchRecord": "SearchBody",
    "Spec": "SearchSpec",
    "Failure": "SearchError",
    "TimeEstimate": "EstimateBody",
    "Plan": "DryRunBody",
    "EvaluationPlan": "EvaluationDryRun",
    "EvaluationRecord": "EvaluationBody",
    "Readiness": "ReadyBody",
    "GenotypeDocument": "GenotypeBody",
    "SearchConfig": "SearchConfigBody",
    "NetworkSize": "NetworkBody",
    "DroppedOperation": "DroppedOperation",
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    document = create_app(Settings()).openapi()
    return dict(document["components"]["schemas"])


def kinds() -> list[type[Model]]:
    found = [*vars(models).values(), *vars(spec).values()]
    own = {one for one in found if isinstance(one, type) and issubclass(one, Model)}
    return sorted(own - {Model}, key=lambda kind: kind.__name__)


def schema_of(kind: type, schemas: dict[str, Any]) -> dict[str, Any]:
    name = NAMES.get(kind.__name__, kind.__name__)
    return dict(schemas[name if name in schemas else f"{name}Body"]["properties"])


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_a_model_promises_no_field_that_the_interface_does_not_describe(
    kind: type[Model], schemas: dict[str, Any]
) -> None:
    assert set(kind.model_fields) - set(schema_of(kind, schemas)) == set()


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (spec.SpecFields, "SearchRequest"),
        (spec.StageFields, "StageRequest"),
        (spec.EvaluationFields, "EvaluationRequest"),
        (PatchFields, "SearchPatch"),
        (ShapeFields, "NetworkBody"),
    ],
)
def test_what_is_sent_is_what_the_interface_takes(
    sent: type, name: str, schemas: dict[str, Any]
) -> None:
    counted = {"parameters", "multiply_adds"} if sent is ShapeFields else set()
    assert set(get_type_hints(sent)) == set(schemas[name]["properties"]) - counted


def test_paths_begin_as_the_interface_has_them() -> None:
    assert BASE_PATH == BASE
