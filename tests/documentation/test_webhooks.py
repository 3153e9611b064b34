"""docs/webhooks.md names every event that webhooks can be sent, and no other."""

import re
from pathlib import Path

from store.kinds import KINDS, webhook_events
from store.webhooks import PING

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
TABLE = PAGE.partition("| event | when |\n| --- | --- |\n")[2].partition("\n\n")[0]


def test_every_event_is_explained() -> None:
    cells = [row.strip("| ").partition(" | ")[0] for row in TABLE.splitlines()]
    told = [event for cell in cells for event in re.findall(r"`([\w.]+)`", cell)]
    assert sorted(told) == sorted([*webhook_events(), PING])


def test_every_kind_says_what_the_id_of_its_jobs_is_called() -> None:
    assert [kind.id_field for kind in KINDS.values() if f"`{kind.id_field}`" not in PAGE] == []
