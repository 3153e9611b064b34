import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from store.database import Database
from store.tables import Job
from tests.support.databases import postgres_database
from tests.support.factories import make_search
from tests.support.servers import PostgresServer, wait_until

WRITERS = 8
WRITES = 25


def test_a_block_that_raises_writes_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as session:
            make_search(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_many_writers_lose_no_update(database: Database, database_url: str) -> None:
    with database.write() as session:
        job_id = make_search(session)

    def write(own: Database) -> None:
        for _ in range(WRITES):
            with own.write() as session:
                # Having read, a transaction that did not begin as a writer's can no longer wait.
                session.scalar(select(Job.priority).where(Job.id == job_id))
                session.execute(
                    update(Job).where(Job.id == job_id).values(priority=Job.priority + 1)
                )

    # Every other writer has an engine of its own, as another process would.
    engines = [database if number % 2 else Database(database_url) for number in range(WRITERS)]
    threads = [threading.Thread(target=write, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.close()
    with database.read() as session:
        assert session.scalar(select(Job.priority)) == WRITERS * WRITES


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as session:
        make_search(session)
        with database.read() as reader:
            assert reader.scalar(select(func.count()).select_from(Job)) == 0


def test_it_answers_a_ping(database: Database) -> None:
    database.ping()


def test_a_connection_that_the_server_closed_is_replaced(postgres_server: PostgresServer) -> None:
    with postgres_database(postgres_server) as url:
        database = Database(url)
        with database.read() as session:
            backend = session.scalar(select(func.pg_backend_pid()))
        postgres_server.execute(f"SELECT pg_terminate_backend({backend})")
        wait_until(lambda: not Path(f"/proc/{backend}").exists(), "the end of the connection")
        with database.read() as session:
            assert session.scalar(select(func.pg_backend_pid())) != backend
        database.close()


def test_a_session_that_reads_holds_no_transaction(postgres_server: PostgresServer) -> None:
    state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with postgres_database(postgres_server) as url:
        database = Database(url)
        with database.read() as session, database.read() as other:
            backend = session.scalar(select(func.pg_backend_pid()))
            assert other.scalar(state, {"pid": backend}) == "idle"
        database.close()
