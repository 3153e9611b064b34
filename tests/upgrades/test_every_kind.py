"""Jobs of every kind, and what owners sent, from earlier revisions; see README.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from store.database import Database
from store.settings import Settings
from store.states import JobState
from store.tables import Job
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import evaluation_record_of
from tests.support.http_service import serve
from tests.support.image_archives import archive_of_digits
from tests.support.jobs import event_types, job_of, record_of
from tests.support.servers import RedisServer
from tests.upgrades.archives import upgraded_home
from tests.upgrades.comparing import assert_same, leaves, names

ARCHIVES = sorted(Path(__file__).parent.glob("every_kind_from_*.zip"))
SENT = archive_of_digits({1: "one", 7: "seven"}, images=8)
"""What the half of an upload is the beginning of."""
DIGESTS = {"digests"}
"""Of files that may be written otherwise today."""
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True, kw_only=True)
class Home:
    """An old home after its upgrade, and its service. Its stopped jobs have gone on."""

    database: Database
    client: httpx.Client

    def named(self, kind: str, name: str) -> str:
        """Return a job's id."""
        found = select(Job.id).where(Job.kind == kind, Job.name == name)
        with self.database.read() as session:
            return session.scalars(found).one()

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.stem)
def home(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    redis_server: RedisServer,
) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    url = upgraded_home(request.param, folder)
    database = Database(url)
    for _ in ("check", "search", "evaluation"):
        run_attempt(database, folder)
    settings = Settings(home=folder, database_url=url, redis_url=redis_server.url)
    with serve(settings) as client:
        yield Home(database=database, client=client)
    database.close()


@pytest.mark.parametrize("kind", ["search", "evaluation"])
def test_a_stopped_job_goes_on_from_its_checkpoint_to_the_result_of_an_uninterrupted_one(
    home: Home, kind: str
) -> None:
    whole, stopped = (home.named(kind, name) for name in ("uninterrupted", "stopped"))
    job = job_of(home.database, stopped)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    types = event_types(home.database, stopped)
    assert "checkpoint_rejected" not in types
    assert types.count("epoch_finished") == event_types(home.database, whole).count(
        "epoch_finished"
    )
    expected, found = (result_of(home.database, kind, job_id) for job_id in (whole, stopped))
    assert_same(found, expected)


def result_of(database: Database, kind: str, job_id: str) -> dict[str, Any]:
    of_kind: Any = {"search": record_of, "evaluation": evaluation_record_of}[kind]
    record = vars(of_kind(database, job_id))
    return dict(leaves({name: value for name, value in record.items() if name not in DIGESTS}))


PARTS = {
    "search": ["", "/stages", "/epochs", "/genotypes", "/genotype", "/pruning"],
    "evaluation": ["", "/epochs", "/result"],
}


@pytest.mark.parametrize("kind", PARTS)
def test_old_rows_answer_with_every_field(home: Home, kind: str) -> None:
    paths = {"search": "searches", "evaluation": "evaluations"}
    old, resumed = (home.named(kind, name) for name in ("uninterrupted", "stopped"))
    for part in PARTS[kind]:
        of_old, of_resumed = (home.get(f"/{paths[kind]}/{one}{part}") for one in (old, resumed))
        assert names(of_old) == names(of_resumed), part
    spec = home.get(f"/{paths[kind]}/{old}")["spec"]
    wish = {"dataset": "digits", "preset": "quick"}
    wish |= {"search": home.named("search", "uninterrupted")} if kind == "evaluation" else {}
    planned = home.client.post(f"/{paths[kind]}?dry_run=true", json=wish).raise_for_status().json()
    assert spec.keys() == planned["spec"].keys()


def test_a_model_is_still_taken_home(home: Home) -> None:
    path = f"/evaluations/{home.named('evaluation', 'uninterrupted')}/model"
    for form in ("safetensors", "torch", "onnx", "python", "zip"):
        assert home.client.get(path, params={"format": form}).raise_for_status().content


def test_a_data_set_that_was_checked_is_as_one_that_is_checked_today(home: Home) -> None:
    old, new = (home.get(f"/datasets/{name}") for name in ("pets", "later"))
    assert (old["state"], new["state"]) == ("ready", "ready")
    assert names(old) == names(new)
    assert home.client.get("/datasets/pets/samples").raise_for_status().content


def test_weights_that_were_sent_are_still_shown(home: Home) -> None:
    (shown,) = home.get("/weights")["data"]
    schemas = home.get("/openapi.json")["components"]["schemas"]
    assert shown.keys() == schemas["WeightsBody"]["properties"].keys()


def test_an_upload_goes_on_where_it_was(home: Home) -> None:
    (upload,) = home.get("/uploads")["data"]
    come = upload["offset"]
    assert 0 < come < len(SENT)
    said = {**TUS, "Upload-Offset": str(come), "Content-Type": "application/offset+octet-stream"}
    home.client.patch(
        f"/uploads/{upload['id']}", content=SENT[come:], headers=said
    ).raise_for_status()
    made = home.client.post("/datasets", json={"name": "sent", "upload": upload["id"]})
    assert made.raise_for_status().json()["digest"] == home.get("/datasets/later")["digest"]
