"""Data sets that owners send: kept, checked, used, replaced and deleted."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.http.errors import DatasetReplaced
from api.resources.security import LOCAL_CALLER
from api.services.datasets import Shelf, hold
from store.artifact_stores import open_artifacts
from store.catalogue import list_datasets
from store.database import Database
from store.datasets import FoundDataset, find_row, info_of
from store.scopes import Scope
from store.settings import Settings
from store.tables import Check
from tests.api.calls import QUICK, pointers, problem
from tests.support.as_nobody import as_nobody
from tests.support.attempts import run_attempt
from tests.support.http_service import serve
from tests.support.image_archives import PETS, archive_of, files_of, zip_of
from tests.support.keys import SignIn
from tests.support.servers import wait_until

USES = QUICK | {"dataset": "pets"}


def send(client: httpx.Client, archive: bytes | None = None, name: str = "pets") -> dict[str, Any]:
    answer = client.put(f"/datasets/{name}", content=archive_of() if archive is None else archive)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def shown(client: httpx.Client, name: str = "pets") -> dict[str, Any]:
    answer = client.get(f"/datasets/{name}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def folders(settings: Settings) -> list[str]:
    """Return where images of data sets lie, among the artifacts."""
    found = open_artifacts(settings.artifacts_url).folders()
    return [name for name in found if name.startswith("ds_")]


@pytest.fixture(autouse=True)
def _no_images_before(settings: Settings) -> Iterator[None]:
    artifacts = open_artifacts(settings.artifacts_url)
    for folder in folders(settings):
        artifacts.delete_folder(folder)
    yield
    assert not list(settings.home.glob("tmp*"))


@pytest.fixture
def check(database: Database, settings: Settings) -> Any:
    """Runs the check that waits first, in a worker of its own home."""

    def run() -> None:
        run_attempt(database, settings.home)

    return run


class TestSending:
    def test_images_are_kept_and_their_check_waits(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        answer = client.put("/datasets/pets", content=archive_of({**PETS, "test/dog": 2}))
        assert answer.status_code == 202
        assert answer.headers["location"] == "/v1/datasets/pets"
        body = answer.json()
        assert body == shown(client)
        told = {"name": "pets", "kind": "sent", "state": "checking", "classes": 2, "images": 8}
        assert told.items() <= body.items()
        assert body["id"].startswith("ds_")
        assert body["image_size"] == {"height": 8, "width": 8}
        assert body["test_images"] == 2
        assert body["class_counts"] == [
            {"name": "cat", "train": 4, "test": 0},
            {"name": "dog", "train": 4, "test": 2},
        ]
        assert body["check"]["status"] == "queued"
        assert len(folders(settings)) == 1

    def test_it_is_listed_after_those_that_all_share(self, client: httpx.Client) -> None:
        send(client)
        names = [one["name"] for one in client.get("/datasets").json()["data"]]
        assert names[0] == "digits"
        assert names[-1] == "pets"

    def test_the_same_images_sent_again_change_nothing(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        first = send(client)
        shuffled = dict(reversed(files_of().items()))
        assert send(client, zip_of(shuffled)) == first
        assert len(folders(settings)) == 1

    def test_the_same_images_sent_again_are_whole_again(
        self, client: httpx.Client, settings: Settings, check: Any
    ) -> None:
        send(client)
        artifacts = open_artifacts(settings.artifacts_url)
        (folder,) = folders(settings)
        (key,) = artifacts.keys(folder)
        artifacts.put(key, b"damaged")
        send(client)
        assert artifacts.keys(folder) == [key]
        assert folders(settings) == [folder]
        check()
        assert shown(client)["state"] == "ready"

    def test_other_images_replace_them(self, client: httpx.Client, settings: Settings) -> None:
        first = send(client)
        second = send(client, archive_of(seed=1))
        assert second["id"] == first["id"]
        assert second["digest"] != first["digest"]
        assert second["check"]["id"] != first["check"]["id"]
        wait_until(lambda: len(folders(settings)) == 1, "the old images to go")

    def test_images_to_test_with_are_set_aside_class_by_class(self, client: httpx.Client) -> None:
        archive = archive_of({"train/cat": 10, "train/dog": 5})
        params = {"test_portion": 0.2}
        body = client.put("/datasets/pets", content=archive, params=params).json()
        assert body["class_counts"] == [
            {"name": "cat", "train": 8, "test": 2},
            {"name": "dog", "train": 4, "test": 1},
        ]
        assert "3 images were set aside to test with, 20% of each class." in body["notes"]
        again = client.put("/datasets/pets", content=archive, params=params).json()
        assert again["digest"] == body["digest"]

    @pytest.mark.parametrize(
        ("folders", "portion", "told"),
        [
            ({**PETS, "test/cat": 1}, 0.2, "has test images"),
            ({"train/cat": 9, "train/dog": 2}, 0.2, "too few"),
            (PETS, 0.9, "too few"),
        ],
    )
    def test_images_that_cannot_be_set_aside_are_not(
        self, client: httpx.Client, folders: Mapping[str, int], portion: float, told: str
    ) -> None:
        params = {"test_portion": portion}
        answer = client.put("/datasets/pets", content=archive_of(folders), params=params)
        assert problem(answer) == (422, "dataset_layout")
        assert told in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("digits", (409, "dataset_shared")),
            (".hidden", (422, "invalid_request")),
            ("x" * 101, (422, "invalid_request")),
            ("a%00b", (422, "invalid_request")),
        ],
    )
    def test_a_name_that_it_cannot_have_is_refused(
        self, client: httpx.Client, name: str, refusal: tuple[int, str]
    ) -> None:
        assert problem(client.put(f"/datasets/{name}", content=archive_of())) == refusal

    def test_the_name_of_a_folder_is_taken(self, client: httpx.Client, settings: Settings) -> None:
        (settings.data_dir / "taken" / "train" / "a").mkdir(parents=True)
        answer = client.put("/datasets/taken", content=archive_of())
        assert problem(answer) == (409, "dataset_shared")

    @pytest.mark.parametrize(
        ("body", "headers", "refusal"),
        [
            (b"", {}, (400, "empty_body")),
            (b"once upon a time", {}, (415, "archive_unknown")),
            (b"x", {"Content-Type": "application/json"}, (415, "unsupported_media_type")),
            (archive_of({"train/cat": 4}), {}, (422, "dataset_layout")),
            (zip_of({"../a/b.png": b"x"}), {}, (422, "archive_unsafe")),
            (archive_of()[:-30], {}, (422, "archive_damaged")),
        ],
    )
    def test_what_is_no_data_set_leaves_nothing(
        self,
        client: httpx.Client,
        settings: Settings,
        body: bytes,
        headers: Mapping[str, str],
        refusal: tuple[int, str],
    ) -> None:
        answer = client.put("/datasets/pets", content=body, headers=headers)
        assert problem(answer) == refusal
        assert folders(settings) == []
        assert problem(client.get("/datasets/pets")) == (404, "not_found")

    def test_there_is_room_for_so_many_images_of_an_owner(
        self, settings: Settings, client: httpx.Client
    ) -> None:
        limits = {"dataset_files_per_owner": 10}
        with serve(settings.model_copy(update=limits)) as narrow:
            send(narrow)
            assert send(narrow, archive_of(seed=1))["state"] == "checking"
            answer = narrow.put("/datasets/more", content=archive_of())
        assert problem(answer) == (409, "too_many_images")
        told = "this data set has 8 images, and your other data sets leave room for 2; delete some"
        assert told in answer.text
        wait_until(lambda: len(folders(settings)) == 1, "the old images to go")
        assert client.get("/datasets/more").status_code == 404

    def test_there_is_room_for_so_many_data_sets_of_an_owner(self, settings: Settings) -> None:
        with serve(settings.model_copy(update={"datasets_per_owner": 1})) as narrow:
            send(narrow)
            send(narrow, archive_of(seed=1))
            answer = narrow.put("/datasets/more", content=b"not even an archive")
        assert problem(answer) == (409, "too_many_images")
        assert "1 of at most 1 data sets" in answer.json()["detail"]

    def test_checks_count_among_the_active_jobs(self, settings: Settings) -> None:
        with serve(settings.model_copy(update={"active_jobs": 1})) as narrow:
            send(narrow)
            train = settings.data_dir / "zoo" / "train"
            for label in ("cat", "dog"):
                (train / label).mkdir(parents=True)
            answer = narrow.post("/datasets/zoo/check")
            assert problem(answer) == (429, "quota_exceeded")
            assert narrow.get("/datasets/zoo").json()["check"] is None
        shutil.rmtree(settings.data_dir)

    def test_they_are_listed_page_by_page(self, client: httpx.Client, settings: Settings) -> None:
        for folder in ("ants/train/x", "bees/train/x", "no images/x"):
            (settings.data_dir / folder).mkdir(parents=True)
        for name in ("pets", "cows"):
            send(client, name=name)
        whole = [one["name"] for one in client.get("/datasets").json()["data"]]
        assert whole[-4:] == ["ants", "bees", "cows", "pets"]
        paged: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            after = {"after": cursor} if cursor else {}
            page = client.get("/datasets", params={"limit": 2, **after}).json()
            assert len(page["data"]) <= 2
            paged += [one["name"] for one in page["data"]]
            cursor = page["next_cursor"]
        assert paged == whole
        shutil.rmtree(settings.data_dir)

    @pytest.mark.parametrize("after", ["sent/zzz", "folder/zzz"])
    def test_after_the_last_one_a_page_is_empty(self, client: httpx.Client, after: str) -> None:
        page = client.get("/datasets", params={"after": after}).json()
        assert page == {"data": [], "next_cursor": None}

    @pytest.mark.parametrize("after", ["digits", "sent/", "sent/a\0b", "Sent/a", "builtin/nix"])
    def test_what_is_no_place_in_the_list_is_refused(
        self, client: httpx.Client, after: str
    ) -> None:
        answer = client.get("/datasets", params={"after": after})
        assert problem(answer) == (422, "invalid_request")


class TestChecked:
    def test_what_the_check_found_is_shown(self, client: httpx.Client, check: Any) -> None:
        send(client)
        check()
        body = shown(client)
        assert body["state"] == "ready"
        assert body["check"]["status"] == "succeeded"
        assert body["sizes"]["equal"]
        assert len(body["mean"]) == 3

    def test_images_that_cannot_be_used_are_refused_before_anything_is_queued(
        self, client: httpx.Client, check: Any
    ) -> None:
        send(client, zip_of(files_of() | {"train/cat/torn.png": b"\x89PNG\r\n\x1a\n and no more"}))
        check()
        body = shown(client)
        assert body["state"] == "invalid"
        (error,) = [found for found in body["findings"] if found["level"] == "error"]
        assert error["files"] == ["train/cat/torn.png"]
        assert body["class_counts"][0] == {"name": "cat", "train": 4, "test": 0}
        for params in ({}, {"dry_run": True}):
            answer = client.post("/searches", json=USES, params=params)
            assert problem(answer) == (422, "invalid_request")
            assert pointers(answer) == ["/dataset"]
            assert "/v1/datasets/pets" in answer.json()["detail"]
        assert client.get("/searches").json()["data"] == []

    def test_warnings_are_repeated_to_whoever_uses_it(
        self, client: httpx.Client, check: Any
    ) -> None:
        files = files_of()
        send(client, zip_of(files | {"train/dog/copy.png": files["train/cat/0.png"]}))
        check()
        warned = [found for found in shown(client)["findings"] if found["level"] == "warning"]
        told = client.post("/searches", json=USES, params={"dry_run": True}).json()["warnings"]
        assert warned
        codes = {warning["code"] for warning in told}
        assert {f"dataset_{finding['code']}" for finding in warned} <= codes

    def test_images_of_different_sizes_need_a_size(self, client: httpx.Client, check: Any) -> None:
        send(client, zip_of(files_of({"train/cat": 4}) | files_of({"train/dog": 4}, side=10)))
        check()
        answer = client.post("/searches", json=USES)
        assert pointers(answer) == ["/image_size"]
        accepted = client.post("/searches", json=USES | {"image_size": 8})
        assert accepted.status_code == 202
        assert "dataset_unequal_sizes" not in {one["code"] for one in accepted.json()["warnings"]}

    def test_a_search_may_be_submitted_while_it_is_checked(self, client: httpx.Client) -> None:
        send(client)
        answer = client.post("/searches", json=USES)
        assert answer.status_code == 202
        assert "dataset_checking" in {one["code"] for one in answer.json()["warnings"]}

    def test_samples_are_a_picture_with_a_row_a_class(
        self, client: httpx.Client, check: Any
    ) -> None:
        send(client)
        too_early = client.get("/datasets/pets/samples")
        assert problem(too_early) == (409, "no_samples")
        assert "its check, which has not ended yet" in too_early.json()["detail"]
        check()
        sheet = client.get("/datasets/pets/samples")
        assert sheet.headers["content-type"] == "image/png"
        row = client.get("/datasets/pets/samples", params={"class": "dog"})
        assert row.content != sheet.content
        missing = client.get("/datasets/pets/samples", params={"class": "horse"})
        assert problem(missing) == (404, "not_found")

    def test_a_second_check_waits_only_once(self, client: httpx.Client, check: Any) -> None:
        first = send(client)["check"]["id"]
        assert client.post("/datasets/pets/check").json()["check"]["id"] == first
        check()
        again = client.post("/datasets/pets/check").json()["check"]["id"]
        assert again != first
        assert client.post("/datasets/pets/check").json()["check"]["id"] == again
        assert problem(client.post("/datasets/digits/check")) == (409, "dataset_shared")

    def test_of_old_checks_only_the_newest_are_kept(
        self, client: httpx.Client, database: Database, check: Any
    ) -> None:
        checks = [send(client)["check"]["id"]]
        for _ in range(2):
            check()
            checks.append(client.post("/datasets/pets/check").json()["check"]["id"])
        check()
        checks.append(client.post("/datasets/pets/check").json()["check"]["id"])
        with database.read() as session:
            assert session.scalars(select(Check.id).order_by(Check.id)).all() == checks[-2:]
        check()
        assert shown(client)["state"] == "ready"


def test_built_in_sets_say_why_they_are_neither_checked_nor_drawn(client: httpx.Client) -> None:
    for answer in (client.post("/datasets/digits/check"), client.get("/datasets/digits/samples")):
        assert "built in" in answer.json()["detail"]


class TestAFolder:
    @pytest.fixture(autouse=True)
    def zoo(self, settings: Settings) -> Iterator[Path]:
        for name, image in files_of().items():
            path = settings.data_dir / "zoo" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image)
        yield settings.data_dir / "zoo"
        shutil.rmtree(settings.data_dir)

    def test_is_checked_when_it_is_first_used(self, client: httpx.Client, check: Any) -> None:
        assert shown(client, "zoo")["state"] == "unchecked"
        assert client.post("/searches", json=USES | {"dataset": "zoo"}).status_code == 202
        assert shown(client, "zoo")["state"] == "checking"
        check()
        body = shown(client, "zoo")
        assert body["state"] == "ready"
        assert body["digest"]

    def test_a_dry_run_says_that_nobody_has_looked_at_it(
        self, client: httpx.Client, check: Any
    ) -> None:
        def codes() -> set[str]:
            of_zoo = USES | {"dataset": "zoo"}
            answer = client.post("/searches", json=of_zoo, params={"dry_run": True})
            return {warning["code"] for warning in answer.json()["warnings"]}

        assert "dataset_unchecked" in codes()
        client.post("/datasets/zoo/check")
        check()
        assert "dataset_unchecked" not in codes()

    def test_is_unchecked_again_once_it_has_changed(
        self, client: httpx.Client, check: Any, zoo: Path
    ) -> None:
        client.post("/datasets/zoo/check")
        check()
        assert shown(client, "zoo")["state"] == "ready"
        (zoo / "train" / "cat" / "new.png").write_bytes(b"torn")
        body = shown(client, "zoo")
        assert body["state"] == "unchecked"
        assert body["check"]["is_current"] is False

    @pytest.mark.usefixtures("zoo")
    def test_has_no_samples_before_somebody_begins_its_check(self, client: httpx.Client) -> None:
        answer = client.get("/datasets/zoo/samples")
        assert problem(answer) == (409, "no_samples")
        assert "POST /v1/datasets/zoo/check begins one" in answer.json()["detail"]

    def test_shows_what_was_found_before_while_it_is_checked_again(
        self, client: httpx.Client, check: Any, zoo: Path
    ) -> None:
        client.post("/datasets/zoo/check")
        check()
        torn = zoo / "train" / "cat" / "1.png"
        whole = torn.read_bytes()
        torn.write_bytes(b"torn")  # in its place, which nobody notices
        client.post("/datasets/zoo/check")
        check()
        before = shown(client, "zoo")
        assert before["state"] == "invalid"
        torn.write_bytes(whole)
        meanwhile = client.post("/datasets/zoo/check").json()
        assert meanwhile["state"] == "checking"
        changing = {"state", "check"}
        assert {name: meanwhile[name] for name in before.keys() - changing} == {
            name: before[name] for name in before.keys() - changing
        }
        assert client.get("/datasets/zoo/samples").status_code == 200
        assert client.post("/searches", json=USES | {"dataset": "zoo"}).status_code == 202
        check()
        assert shown(client, "zoo")["state"] == "ready"

    def test_is_found_by_its_name_in_any_form_of_unicode(
        self, client: httpx.Client, check: Any, zoo: Path
    ) -> None:
        zoo.rename(zoo.with_name("cafe\u0301"))
        assert shown(client, "caf\xe9")["state"] == "unchecked"
        client.post("/datasets/caf\xe9/check")
        check()
        assert shown(client, "caf\xe9")["state"] == "ready"

    def test_is_listed_where_it_cannot_be_read(self, zoo: Path) -> None:
        shelf = Shelf(data_dir=zoo.parent)
        with as_nobody(zoo / "train" / "cat"):
            (info,) = [one for one in list_datasets(zoo.parent) if one.name == "zoo"]
            found = [shelf.with_shared(info), shelf.find("zoo")]
        assert [one.info.fault for one in found] == [
            "zoo/train/cat cannot be read: Permission denied"
        ] * 2


class TestUse:
    def test_a_search_names_the_digest_of_its_images(self, client: httpx.Client) -> None:
        digest = send(client)["digest"]
        assert client.post("/searches", json=USES).json()["dataset_digest"] == digest

    def test_images_in_use_are_neither_replaced_nor_deleted(self, client: httpx.Client) -> None:
        send(client)
        search = client.post("/searches", json=USES).json()["id"]
        for answer in (
            client.put("/datasets/pets", content=archive_of(seed=1)),
            client.delete("/datasets/pets"),
        ):
            assert problem(answer) == (409, "dataset_in_use")
            assert search in answer.json()["detail"]
        client.post(f"/searches/{search}/cancel")
        assert client.delete("/datasets/pets").status_code == 204

    def test_one_deleted_and_sent_again_meanwhile_is_not_the_one_that_was_found(
        self, client: httpx.Client, database: Database
    ) -> None:
        send(client)
        with database.read() as session:
            row = find_row(session, LOCAL_CALLER.owner, "pets")
        assert row is not None
        client.delete("/datasets/pets")
        send(client)
        with database.write() as session, pytest.raises(DatasetReplaced):
            hold(session, LOCAL_CALLER, FoundDataset(info=info_of(row), row=row))

    def test_a_deleted_one_is_gone_with_its_checks(
        self, client: httpx.Client, settings: Settings, check: Any
    ) -> None:
        send(client)
        check()
        assert client.delete("/datasets/pets").status_code == 204
        assert problem(client.get("/datasets/pets")) == (404, "not_found")
        assert problem(client.delete("/datasets/pets")) == (404, "not_found")
        wait_until(lambda: folders(settings) == [], "its images to go")
        assert problem(client.delete("/datasets/digits")) == (409, "dataset_shared")

    def test_it_is_its_owners_alone(self, sign_in: SignIn) -> None:
        ann, bob = (sign_in(name, *Scope) for name in ("ann", "bob"))
        send(ann)
        assert problem(bob.get("/datasets/pets")) == (404, "not_found")
        assert pointers(bob.post("/searches", json=USES)) == ["/dataset"]
        send(bob, archive_of(seed=1))
        assert shown(ann)["digest"] != shown(bob)["digest"]
