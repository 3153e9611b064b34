"""On the same machine: SQLite's file is deleted under the running service.

What is accepted afterwards would be gone after a restart, so nothing may be. On PostgreSQL there is
no file to delete, and the database is read-only for a while.
"""

from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.attacks.attack import Attack, Outcome, Target, one_each, post_search

_HIDE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "


def _attack(target: Target) -> Outcome:
    with target.client(target.key) as client:
        before = post_search(client)
        _take_away(target.database_url)
        statuses = [post_search(client) for _ in range(5)]
        ready = client.get("/readyz").status_code
    return Outcome(
        said=f"POST: {before} before, then {one_each(statuses)}; /readyz {ready}",
        held=before == 202 and set(statuses) == {503} and ready == 503,
    )


def _take_away(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).unlink()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        reads_only = f"ALTER DATABASE {url.database} SET default_transaction_read_only = on"
        connection.execute(text(reads_only))
    with engine.connect() as connection:
        connection.execute(text(f"{_HIDE} AND pid <> pg_backend_pid()"))
    engine.dispose()


ATTACK = Attack(
    name="the database is deleted (SQLite) or read-only (PostgreSQL)",
    row=8,
    run=_attack,
    seconds=10.0,
    spares_others=False,
)
