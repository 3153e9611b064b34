"""docs/webhooks.md names every event that webhooks can be sent, and no other."""

import re
from pathlib import Path

from store import kinds
from store.webhooks import PING

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
KINDS = [kind for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)]
"""Those of the service; tests register one of their own besides."""
TABLE = PAGE.partition("| event | when |\n| --- | --- |\n")[2].partition("\n\n")[0]


def test_every_event_is_explained() -> None:
    cells = [row.strip("| ").partition(" | ")[0] for row in TABLE.splitlines()]
    told = [event for cell in cells for event in re.findall(r"`([\w.]+)`", cell)]
    sent = [event for kind in KINDS for event in kind.webhook_events.values()]
    assert sorted(told) == sorted([*sent, PING])


def test_every_kind_says_what_the_id_of_its_jobs_is_called() -> None:
    assert [kind.id_field for kind in KINDS if f"`{kind.id_field}`" not in PAGE] == []
