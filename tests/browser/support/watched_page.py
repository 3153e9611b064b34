"""A page of a browser, with all that it complains of."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""


_SIZE = ViewportSize(width=1280, height=900)
_PATIENCE = 60_000
"""Milliseconds that a busy machine may take for what must happen."""


class WatchedPage:
    """A page, and its console errors, exceptions, policy reports and requests to other hosts."""

    def __init__(self, page: Page, origin: str) -> None:
        self.raw = page
        self._origin = origin.rstrip("/")
        self._complaints: list[str] = []
        self._expected: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)
        page.on("request", self._note_request)

    def expect_complaint(self, *parts: str) -> None:
        """Expect complaints that contain one of these."""
        self._expected += parts

    def unexpected_complaints(self) -> list[str]:
        return [
            complaint
            for complaint in self._complaints
            if not any(part in complaint for part in self._expected)
        ]

    def open(self, path: str) -> None:
        """Open the page at an address below /ui."""
        self.raw.goto(f"/ui{path}")

    def rest(self) -> None:
        """Wait until the page has all that it asked for: what is deleted now, nothing asks for."""
        self.raw.wait_for_load_state("networkidle")

    def find(self, selector: str, *, text: str | re.Pattern[str] | None = None) -> Locator:
        return self.raw.locator(selector, has_text=text)

    def role(self, role: str, name: str) -> Locator:
        """What a screen reader finds by its role and its whole name."""
        return self.raw.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]

    def label(self, name: str) -> Locator:
        return self.raw.get_by_label(name, exact=True)

    def leave(self) -> None:
        """Leave the tab as a new one is, but for what it keeps in its cache."""
        for event, note in (
            ("console", self._note_message),
            ("pageerror", self._note_error),
            ("request", self._note_request),
        ):
            self.raw.remove_listener(event, note)
        self.raw.unroute_all(behavior="ignoreErrors")
        if self.raw.url.startswith(self._origin):
            self.raw.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.raw.goto("about:blank")
        self.raw.context.clear_cookies()
        self.raw.emulate_media(color_scheme="light", media="null")
        self.raw.set_viewport_size(_SIZE)

    def _note_error(self, error: Error) -> None:
        self._complaints.append(str(error))

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"{message.text} {message.location['url']}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "blob:", "data:")):
            self._complaints.append(f"request to another host: {request.url}")


def open_tab(browser: Browser, url: str) -> Page:
    """Return a tab for a service, in a context of its own, which `tab.context` closes."""
    expect.set_options(timeout=_PATIENCE)
    context = browser.new_context(base_url=url, viewport=_SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(_PATIENCE)
    context.add_init_script(_REPORT_VIOLATIONS)
    tab = context.new_page()
    # Playwright asks Chromium for file choosers when somebody listens: often after the click.
    tab.on("filechooser", lambda _: None)
    return tab


@contextmanager
def watched(tab: Page, url: str) -> Iterator[WatchedPage]:
    """Yield a page of a service; a complaint that the test does not expect fails the test."""
    page = WatchedPage(tab, url)
    yield page
    page.leave()
    unexpected = page.unexpected_complaints()
    assert not unexpected, unexpected
