"""What the terminal shows of the logs."""

from pathlib import Path

from cli.log_lines import LogTail


def test_only_warnings_and_errors_written_since_the_last_look_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("ERROR of yesterday\n")
    tail = LogTail(log)
    with log.open("a") as file:
        file.write("[12:00: INFO/MainProcess] ready\n[12:01: WARNING/MainProcess] no broker\n")
    assert tail.noteworthy() == ["[12:01: WARNING/MainProcess] no broker"]
    assert tail.noteworthy() == []


def test_a_line_is_shown_once_it_is_complete(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    tail = LogTail(log)
    log.write_text("ERROR: half a")
    assert tail.noteworthy() == []
    with log.open("a") as file:
        file.write(" line\n")
    assert tail.noteworthy() == ["ERROR: half a line"]


def test_a_log_that_was_put_aside_is_followed_from_its_new_start(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("INFO: a long line of the former log\n")
    tail = LogTail(log)
    log.replace(tmp_path / "api.log.1")
    log.write_text("ERROR: new\n")
    assert tail.noteworthy() == ["ERROR: new"]


def test_lines_of_json_are_told_in_words(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    tail = LogTail(log)
    log.write_text(
        '{"level": "INFO", "logger": "store.queue", "message": "no WARNING"}\n'
        '{"level": "WARNING", "logger": "store.queue", "message": "no broker", "ms": 1}\n'
        '{"level": "ERROR"}\n'
        "{ERROR, and no JSON}\n"
    )
    assert tail.noteworthy() == [
        "WARNING store.queue: no broker",
        "ERROR : ",
        "{ERROR, and no JSON}",
    ]
