"""How soon the web page can be used after its answer.

    python -m benchmarks.page_load

A Chromium with an empty cache opens the list of 500 searches, and one search of three stages of 75
epochs each, from a service on this machine. Counted is the time from the last byte of the page's
HTML until all that it shows first is there.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from migrations.schema import upgrade
from pdarts_core.config import SearchConfig, StageConfig
from store.database import Database
from store.settings import Settings
from tests.support.http_service import serve
from tests.support.played_search import play_search
from tests.support.servers import RedisServer

SEARCHES = 500
EPOCHS = 75

_LIST = {"table.searches tbody tr": 25}
_SEARCH = {".heat-map": 2, "line-chart .line": 4, "[role=log] li": 1, "cell-drawing img": 2}

_WAIT = """(wanted) => new Promise((resolve) => {
  const look = () => {
    const found = ([selector, least]) => document.querySelectorAll(selector).length >= least;
    if (!Object.entries(wanted).every(found)) return requestAnimationFrame(look);
    const [navigation] = performance.getEntriesByType("navigation");
    resolve(performance.now() - navigation.responseEnd);
  };
  look();
})"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a database, serve it, and print the times of each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="times that each page is opened")
    repeats: int = parser.parse_args(arguments).repeats
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium found on this machine")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        _settings(Path(folder)) as settings,
        serve(settings) as client,
        sync_playwright() as playwright,
    ):
        search_id = _fill(settings)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {"/ui": _LIST, f"/ui/searches/{search_id}": _SEARCH}
        times = {
            path.replace(search_id, "{id}"): [
                _time(browser, str(client.base_url.join(path)), wanted) for _ in range(repeats)
            ]
            for path, wanted in pages.items()
        }
        browser.close()
    _report(times)
    return 0


def _report(times: dict[str, list[float]]) -> None:
    print(f"{'page':20} median, ms  shortest   longest")
    table = {
        path: {"median": statistics.median(of), "shortest": min(of), "longest": max(of)}
        for path, of in times.items()
    }
    for path, row in table.items():
        print(f"{path:20} {row['median']:10.0f} {row['shortest']:9.0f} {row['longest']:9.0f}")
    print(json.dumps(table))


@contextmanager
def _settings(folder: Path) -> Iterator[Settings]:
    url = f"sqlite:///{folder / 'pdarts.db'}"
    upgrade(url)
    redis = RedisServer(folder)
    redis.start()
    try:
        yield Settings(home=folder, database_url=url, redis_url=redis.url)
    finally:
        redis.stop()


def _fill(settings: Settings) -> str:
    """Write the searches and return the id of the long one."""
    short = SearchConfig(stages=(StageConfig(layers=5, num_to_keep=1, epochs=4, warmup_epochs=2),))
    kept = ((5, 5, 0.0), (11, 3, 0.4), (17, 1, 0.7))
    stages = tuple(
        StageConfig(
            layers=layers, num_to_keep=keep, epochs=EPOCHS, warmup_epochs=10, dropout_rate=rate
        )
        for layers, keep, rate in kept
    )
    database = Database(settings.database_url)
    with database.write() as session:
        for _ in range(SEARCHES - 1):
            play_search(session, short)
        search_id = play_search(session, SearchConfig(stages=stages))
    database.close()
    return search_id


def _time(browser: Browser, url: str, wanted: dict[str, int]) -> float:
    """Return the milliseconds from the answer to a page that can be used."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    milliseconds: float = page.evaluate(_WAIT, wanted)
    context.close()
    return milliseconds


if __name__ == "__main__":
    sys.exit(main())
