"""A page of a browser, with all that it complains of."""

import re

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""


class WatchedPage:
    """A page, and its console errors, exceptions, policy reports and requests to other hosts."""

    def __init__(self, page: Page, origin: str) -> None:
        self.raw = page
        self._origin = origin.rstrip("/")
        self._complaints: list[str] = []
        self._expected: list[str] = []
        page.add_init_script(_REPORT_VIOLATIONS)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("request", self._note_request)

    def expect_complaint(self, part: str) -> None:
        """Expect complaints that contain this."""
        self._expected.append(part)

    def unexpected_complaints(self) -> list[str]:
        return [
            complaint
            for complaint in self._complaints
            if not any(part in complaint for part in self._expected)
        ]

    def open(self, path: str) -> None:
        """Open the page at an address below /ui."""
        self.raw.goto(f"/ui{path}")

    def find(self, selector: str, *, text: str | re.Pattern[str] | None = None) -> Locator:
        return self.raw.locator(selector, has_text=text)

    def role(self, role: str, name: str) -> Locator:
        """What a screen reader finds by its role and name."""
        return self.raw.get_by_role(role, name=name)  # type: ignore[arg-type]

    def label(self, name: str) -> Locator:
        return self.raw.get_by_label(name, exact=True)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "blob:", "data:")):
            self._complaints.append(f"request to another host: {request.url}")


def open_watched(browser: Browser, url: str) -> WatchedPage:
    """Return a page of a service in a context of its own, which `page.raw.context` closes."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(10_000)
    return WatchedPage(context.new_page(), url)
