"""What is wrong with a page for people with disabilities, or on a narrow screen."""

from pathlib import Path
from typing import Literal
from zlib import crc32

from axe_playwright_python.sync_playwright import Axe

from tests.browser.support.watched_page import WatchedPage
from tests.support.selection import is_everything_wanted

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 390)


def look_at_every_size(page: WatchedPage, pictures: Path | None, name: str) -> None:
    """The page must fit its screen and have no serious fault in any theme.

    Unless all is wanted, in one of them: each page in that which its name chooses.
    """
    for theme in THEMES if is_everything_wanted() else [THEMES[crc32(name.encode()) % 2]]:
        page.raw.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.raw.set_viewport_size({"width": width, "height": 900})
            assert page.raw.evaluate("document.documentElement.scrollWidth") <= width
            if pictures is not None:
                path = pictures / f"{name}-{theme}-{width}.png"
                page.raw.screenshot(path=path, full_page=True)
        assert serious_faults(page) == []


def serious_faults(page: WatchedPage) -> list[str]:
    """Return what axe-core finds serious or critical."""
    found = Axe().run(page.raw, options={"resultTypes": ["violations"]})
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
