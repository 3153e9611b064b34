"""How the programs log."""

import json
import logging
import sys
import threading
from contextvars import copy_context

from hypothesis import given
from hypothesis import strategies as st

from store.logs import add_context as context_filter
from store.logs import add_fields, make_formatter, set_process_fields, without_secrets

SECRETS = st.text("abcXYZ0129_-", min_size=8, max_size=60)


def record(message: str, *words: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("api.test", logging.WARNING, __file__, 1, message, words, None)
    vars(made).update(fields)
    context_filter(made)
    return made


def json_line(made: logging.LogRecord) -> dict[str, object]:
    members: dict[str, object] = json.loads(make_formatter("json").format(made))
    return members


class TestJson:
    def test_a_line_tells_when_how_bad_who_and_what(self) -> None:
        members = json_line(record("%d things", 3))
        assert str(members.pop("time")).endswith("+00:00")
        assert members == {"level": "WARNING", "logger": "api.test", "message": "3 things"}

    def test_further_members_are_kept(self) -> None:
        assert json_line(record("done", route="/livez", ms=1.5))["ms"] == 1.5

    def test_a_traceback_stays_on_its_line(self) -> None:
        made = record("failed\nbadly")
        try:
            int("boom")
        except ValueError:
            made.exc_info = sys.exc_info()
        line = make_formatter("json").format(made)
        assert "\n" not in line
        assert "ValueError: invalid literal" in json.loads(line)["exc_info"]


def test_a_line_of_text_names_what_it_belongs_to_at_its_end() -> None:
    made = record("done", search_id="srch_1", request_id="r1", route="/livez")
    line = make_formatter("text").format(made)
    assert line.endswith("WARNING api.test: done [request_id=r1 search_id=srch_1]")


def test_nobody_writes_a_line_of_their_own_into_the_log() -> None:
    made = record("no data set %s", "a\n2026-11-27 ERROR api: forged\x1b[2J")
    line = make_formatter("text").format(made)
    assert line.endswith(r"no data set a\n2026-11-27 ERROR api: forged\x1b[2J")
    try:
        int("boom")
    except ValueError:
        made.exc_info = sys.exc_info()
    assert "\nValueError: invalid literal" in make_formatter("text").format(made)


class TestContext:
    def test_it_is_that_of_the_task(self) -> None:
        def line() -> dict[str, object]:
            return json_line(record("done"))

        def request() -> dict[str, object]:
            add_fields(request_id="r1")
            add_fields(search_id="srch_1")
            return line()

        members = copy_context().run(request)
        assert (members["request_id"], members["search_id"]) == ("r1", "srch_1")
        assert "request_id" not in line()

    def test_that_of_the_process_is_told_in_every_thread(self) -> None:
        lines: list[dict[str, object]] = []
        set_process_fields(worker_id="wrk_1")
        thread = threading.Thread(target=lambda: lines.append(json_line(record("done"))))
        thread.start()
        thread.join()
        set_process_fields(worker_id=None)
        lines.append(json_line(record("done")))
        assert [members.get("worker_id") for members in lines] == ["wrk_1", None]


class TestSecrets:
    @given(SECRETS)
    def test_they_are_left_out_wherever_they_stand(self, secret: str) -> None:
        for before in ("pdk_", "key pdk_", "whsec_", "Authorization: Bearer ", "redis://:"):
            line = f"{before}{secret}@host"
            assert secret not in without_secrets(line)
            assert secret not in make_formatter("json").format(record("%s", line))

    def test_what_is_around_them_stays(self) -> None:
        line = "no postgresql://pdarts:s3cret@host/db: http://host:80/a"
        assert without_secrets(line) == "no postgresql://pdarts:…@host/db: http://host:80/a"
