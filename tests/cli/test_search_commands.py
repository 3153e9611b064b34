"""`pdarts search …`, as people and scripts type it."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.client import Retries
from pdarts_core.config import PRESETS
from store.database import Database
from tests.support.played_search import play_search
from tests.support.servers import free_port, wait_until
from tests.support.service import PDARTS, STOP_SECONDS, clean_environment

Typing = Callable[..., Any]
CREATE = ("search", "create", "--dataset", "digits", "--preset", "quick")


def played(database: Database, until: tuple[int, int] | None = None) -> str:
    with database.write() as session:
        return play_search(session, PRESETS["quick"], until=until)


def test_a_search_is_created_listed_shown_and_cancelled(typed: Typing) -> None:
    created = typed(*CREATE, "--name", "mine", "--seed", "7")
    search_id = created.output.strip()
    assert created.code == 0
    assert search_id.startswith("srch_")
    assert search_id in typed("search", "list", "--status", "queued").output
    shown = typed("search", "show", search_id).output
    assert "queued" in shown
    assert "quick on digits, seed 7" in shown
    assert typed("search", "cancel", search_id).output == f"{search_id}  cancelled\n"
    assert typed("search", "delete", search_id).code == 0
    assert typed("search", "show", search_id).code == 7


def test_for_programs_everything_is_an_object_a_line(typed: Typing) -> None:
    (created,) = typed(*CREATE, "--json").objects
    typed(*CREATE)
    listed = typed("search", "list", "--json").objects
    assert len(listed) == 2
    assert typed("search", "list", "--limit", "1", "--json").objects == listed[:1]
    (shown,) = typed("search", "show", created["id"], "--json").objects
    assert shown["spec"] == created["spec"]
    (paused,) = typed("search", "pause", created["id"], "--json").objects
    assert paused["status"] == "paused"
    events = typed("search", "logs", created["id"], "--json").objects
    assert [event["type"] for event in events] == ["submitted", "paused"]


def test_epochs_are_set_in_every_stage_without_json(typed: Typing) -> None:
    (created,) = typed(*CREATE, "--epochs", "4", "--warmup-epochs", "1", "--json").objects
    stages = created["spec"]["stages"]
    assert [(one["epochs"], one["warmup_epochs"]) for one in stages] == [(4, 1)] * 3
    assert [one["num_to_keep"] for one in stages] == [
        stage.num_to_keep for stage in PRESETS["quick"].stages
    ]
    own = '{"dataset": "digits", "stages": [{"num_to_keep": 4}, {"num_to_keep": 1, "layers": 8}]}'
    words = ("search", "create", "--spec", "-", "--epochs", "12", "--dry-run", "--json")
    (planned,) = typed(*words, stdin=own).objects
    told = [(one["epochs"], one["num_to_keep"]) for one in planned["spec"]["stages"]]
    assert told == [(12, 4), (12, 1)]


def test_epochs_of_a_wrong_preset_or_stage_are_refused_by_the_service(typed: Typing) -> None:
    assert typed("search", "create", "--preset", "none", "--epochs", "4").code == 2
    assert typed(*CREATE, "--set", "stages=3", "--epochs", "4").code == 2
    refused = typed(*CREATE, "--epochs", "2", "--warmup-epochs", "3")
    assert refused.code == 2
    assert "warmup_epochs" in refused.messages


def test_a_list_is_of_a_part_of_a_name_and_oldest_first_where_asked_for(typed: Typing) -> None:
    first, second = (typed(*CREATE, "--name", f"The {n}").output.strip() for n in (1, 2))
    typed(*CREATE, "--name", "third")
    words = ("search", "list", "--name-contains", "the", "--oldest-first", "--json")
    assert [one["id"] for one in typed(*words).objects] == [first, second]


def test_for_programs_each_search_that_is_deleted_is_named(typed: Typing) -> None:
    search_ids = [typed(*CREATE).output.strip() for _ in range(2)]
    typed("search", "cancel", *search_ids)
    deleted = typed("search", "delete", *search_ids, "--json")
    assert deleted.code == 0
    assert deleted.objects == [{"id": search_id, "deleted": True} for search_id in search_ids]
    assert typed("search", "list", "--json").objects == []


def test_a_spec_comes_from_a_file_and_options_win(typed: Typing, tmp_path: Path) -> None:
    spec = {"dataset": "digits", "preset": "quick", "seed": 1, "metadata": {"a": 1}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    options = ["--seed", "5", "--set", "batch_size=8", "--set", "name=no JSON", "--json"]
    (created,) = typed("search", "create", "--spec", str(tmp_path / "spec.json"), *options).objects
    found = created["spec"]
    assert (found["seed"], found["batch_size"], found["name"]) == (5, 8, "no JSON")
    assert found["metadata"] == {"a": 1}
    piped = typed("search", "create", "--spec", "-", "--json", stdin=json.dumps(spec))
    assert piped.objects[0]["spec"]["seed"] == 1


def test_a_dry_run_tells_what_it_would_take_and_submits_nothing(typed: Typing) -> None:
    assert "stage 3: " in typed(*CREATE, "--dry-run").output
    assert typed(*CREATE, "--dry-run", "--json").objects[0]["epochs"] > 0
    assert typed("search", "list", "--json").objects == []


def test_what_speaks_against_a_spec_is_told_besides_the_result(typed: Typing) -> None:
    bad = (*CREATE, "--set", "arch_learning_rate=1e-30")
    created = typed(*bad)
    search_id = created.output.strip()
    assert search_id.startswith("srch_")
    assert "warning: In stages 1, 2 and 3 alphas can hardly move" in created.messages
    for told in (typed(*bad, "--dry-run").output, typed("search", "show", search_id).output):
        assert "warning: In stages 1, 2 and 3 alphas can hardly move" in told
    assert typed(*bad, "--json").messages == ""


def test_one_key_submits_one_search(typed: Typing) -> None:
    ids = {typed(*CREATE, "--idempotency-key", "nightly").output for _ in range(2)}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("search", "create", "--dataset", "no_such"), 2, "no_such"),
        (("search", "create", "--set", "seed"), 2, "NAME=VALUE"),
        (("search", "create", "--spec", "/no/such/file"), 2, "cannot read"),
        (("search", "list", "--status", "lost"), 2, "lost"),
        (("search", "show", "srch_0"), 7, "srch_0"),
    ],
)
def test_what_cannot_be_is_told_with_its_code(
    typed: Typing, words: tuple[str, ...], code: int, reason: str
) -> None:
    refused = typed(*words)
    assert refused.code == code
    assert reason in refused.messages
    assert refused.output == ""


def test_a_move_that_the_search_cannot_make_has_its_own_code(typed: Typing) -> None:
    search_id = typed(*CREATE).output.strip()
    assert typed("search", "resume", search_id).code == 8
    assert typed("search", "pause", search_id).code == 0
    assert typed("search", "resume", search_id).code == 0
    assert typed("search", "retry", search_id).code == 8


def test_no_service_has_its_own_code(typed: Typing, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PDARTS_URL", url)
    monkeypatch.setattr("cli.connection.RETRIES", Retries(attempts=1))
    refused = typed("search", "list")
    assert refused.code == 5
    assert url in refused.messages
    monkeypatch.setenv("PDARTS_URL", "localhost:8000")
    assert typed("search", "list").code == 2


def test_a_search_is_watched_to_its_end(typed: Typing, database: Database) -> None:
    search_id = played(database)
    watched = typed("search", "watch", search_id)
    assert watched.code == 0
    assert "stage 3/3" in watched.output
    assert f"pdarts genotype get {search_id}" in watched.messages
    events = typed("search", "watch", search_id, "--json").objects
    assert events[-1]["type"] == "succeeded"
    assert typed("search", "logs", search_id).output.count("epoch_finished") > 3


def test_whether_it_found_anything_is_told_wherever_it_is_shown(
    typed: Typing, database: Database
) -> None:
    search_id = played(database)
    for shown in (typed("search", "show", search_id), typed("search", "watch", search_id)):
        told = shown.output + shown.messages
        assert "Signal clear: what was found stands out from chance." in told
        assert "standard errors from chance" in told
    head, row = typed("search", "list").output.splitlines()
    assert head.split()[:4] == ["ID", "STATUS", "DONE", "SIGNAL"]
    assert row.split()[3] == "clear"


def test_another_end_than_success_has_its_own_code(typed: Typing) -> None:
    search_id = typed(*CREATE).output.strip()
    typed("search", "cancel", search_id)
    assert typed("search", "watch", search_id).code == 9
    assert typed("search", "watch", search_id, "--json").code == 9


def test_ctrl_c_leaves_the_search_running_and_tells_how_to_go_on(
    typed: Typing, database: Database, service_url: str, tmp_path: Path
) -> None:
    search_id = played(database, until=(2, 1))
    said = tmp_path / "said"
    with said.open("wb") as output:
        watching = subprocess.Popen(
            # Tests that run in the background were told to ignore Ctrl-C.
            ["env", "--default-signal=INT", *PDARTS, "search", "watch", search_id],
            env=clean_environment(tmp_path, PDARTS_URL=service_url),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "stage 2/3" in said.read_text(), "the epochs", 120)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(STOP_SECONDS) == 130
    assert f"pdarts search watch {search_id}" in said.read_text()
    assert "running" in typed("search", "show", search_id).output


def test_a_name_cannot_steer_the_terminal(typed: Typing) -> None:
    typed(*CREATE, "--name", "\x1b[2Jgone")
    for shown in (typed("search", "list"), typed("search", "list", "--json")):
        assert "gone" in shown.output
        assert "\x1b" not in shown.output


def test_a_name_cannot_forge_a_line(typed: Typing) -> None:
    forged = "one\nsrch_2  succeeded\u2028\u202e"
    search_id = typed(*CREATE, "--name", forged).output.strip()
    _, row = typed("search", "list").output.splitlines()
    assert r"one\nsrch_2  succeeded\u2028\u202e" in row
    shown = typed("search", "show", search_id).output
    assert r"one\nsrch_2" in shown
    assert not any(line.startswith("srch_2") for line in shown.splitlines())
