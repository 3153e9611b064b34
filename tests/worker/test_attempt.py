"""What becomes of a search in one attempt, or in several."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import torch
from sqlalchemy.orm import Session
from tenacity import stop_after_attempt

from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import CONCAT, EDGES, INPUTS_PER_NODE
from store.database import Database
from store.lifecycle import request_cancel, request_pause, resume
from store.states import ErrorCode, JobState
from tests.support.attempts import CONTROL_SECONDS, run_attempt
from tests.support.databases import fresh_database
from tests.support.jobs import (
    NEVER_ENDING,
    TINY_STAGES,
    SearchRecord,
    end_wait,
    event_types,
    events_of,
    job_of,
    queue_search,
    record_of,
    state_of,
    take_from_its_worker,
)
from worker.checkpoints import CheckpointKeeper


@dataclass(frozen=True)
class FinishedSearch:
    database: Database
    id: str

    @cached_property
    def record(self) -> SearchRecord:
        return record_of(self.database, self.id)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def finished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FinishedSearch]:
    """A search that ran in one go; the tests that look at it share it."""
    folder = tmp_path_factory.mktemp("finished")
    with fresh_database(request, folder) as url:
        database = Database(url)
        search_id = queue_search(database)
        run_attempt(database, folder)
        yield FinishedSearch(database, search_id)
        database.close()


class TestFinishedSearch:
    def test_history_tells_every_step_of_the_way(self, finished: FinishedSearch) -> None:
        per_stage = [
            ["stage_started", *["epoch_finished"] * stage.epochs, "operations_pruned"]
            for stage in TINY_STAGES
        ]
        assert event_types(finished.database, finished.id) == [
            "submitted",
            "attempt_started",
            "dataset_ready",
            *(line for stage in per_stage for line in stage),
            "genotypes_derived",
            "succeeded",
        ]

    def test_job_is_done_and_nobodys(self, finished: FinishedSearch) -> None:
        job = job_of(finished.database, finished.id)
        assert (job.state, job.progress_fraction, job.lease_until) == (JobState.SUCCEEDED, 1, None)

    def test_every_epoch_has_its_row(self, finished: FinishedSearch) -> None:
        assert [(row["stage"], row["epoch"]) for row in finished.record.epochs] == [
            (number, epoch)
            for number, stage in enumerate(TINY_STAGES, start=1)
            for epoch in range(1, stage.epochs + 1)
        ]

    @pytest.mark.parametrize("kind", ["normal", "reduce"])
    def test_every_stage_tells_its_pruning(self, finished: FinishedSearch, kind: str) -> None:
        alive = [len(PRIMITIVES), *(stage.num_to_keep for stage in TINY_STAGES)]
        for row, before, after in zip(finished.record.stages, alive, alive[1:], strict=False):
            cell = row[kind]
            assert {len(names) for names in cell["kept_before"]} == {before}
            assert {len(names) for names in cell["kept_after"]} == {after}
            assert len(cell["dropped"]) == len(EDGES) * (before - after)

    @pytest.mark.parametrize("kind", ["normal", "reduce"])
    def test_stage_is_pruned_by_the_alphas_of_its_last_epoch(
        self, finished: FinishedSearch, kind: str
    ) -> None:
        last_epochs = {row["stage"]: row for row in finished.record.epochs}
        for stage in finished.record.stages:
            last = last_epochs[stage["stage"]][f"alphas_{kind}"]
            assert stage[kind]["alphas"] == last

    def test_genotypes_come_in_order_with_one_recommended(self, finished: FinishedSearch) -> None:
        genotypes = finished.record.genotypes
        limits = [row["skip_limit"] for row in genotypes]
        assert limits[0] is None
        assert limits[1:] == sorted(limits[1:], reverse=True)
        assert [row["recommended"] for row in genotypes].count(True) == 1

    @pytest.mark.parametrize("kind", ["normal", "reduce"])
    def test_edge_weights_are_the_shares_of_the_last_alphas(
        self, finished: FinishedSearch, kind: str
    ) -> None:
        cell = finished.record.stages[-1][kind]
        shares = [torch.tensor(row).softmax(0).tolist() for row in cell["alphas"]]
        for row in finished.record.genotypes:
            entries = row["genotype"][kind]
            for position, (operation, source) in enumerate(entries):
                edge = EDGES.index((source, CONCAT[position // INPUTS_PER_NODE]))
                share = shares[edge][cell["kept_before"][edge].index(operation)]
                assert row["edge_weights"][kind][position] == pytest.approx(share)


class TestStoppedSearch:
    @pytest.mark.slow
    def test_released_after_every_step_it_ends_as_if_it_never_was(
        self, finished: FinishedSearch, tmp_path: Path
    ) -> None:
        database = finished.database
        search_id = queue_search(database)
        attempts = 0
        while state_of(database, search_id) is JobState.QUEUED:
            run_attempt(database, tmp_path, at_step=lambda _: True)
            attempts += 1
        assert attempts > sum(stage.epochs for stage in TINY_STAGES)
        assert record_of(database, search_id) == finished.record
        assert job_of(database, search_id).attempts_without_progress == 0

    def test_paused_search_goes_on_exactly_where_it_was(
        self, finished: FinishedSearch, tmp_path: Path
    ) -> None:
        database = finished.database
        search_id = queue_search(database)

        def pause(step: int) -> bool:
            if step == 2:
                with database.write() as session:
                    request_pause(session, search_id)
                time.sleep(10 * CONTROL_SECONDS)
            return False

        run_attempt(database, tmp_path, at_step=pause)
        assert state_of(database, search_id) is JobState.PAUSED
        with database.write() as session:
            resume(session, search_id)
        run_attempt(database, tmp_path)
        assert record_of(database, search_id) == finished.record

    def test_it_stops_between_two_batches_of_a_validation(
        self, database: Database, tmp_path: Path
    ) -> None:
        search_id = queue_search(database)
        steps = 2
        run_attempt(database, tmp_path, at_step=lambda stop: stop == steps + 1)
        assert event_types(database, search_id)[-2:] == ["stage_started", "released"]

    @pytest.mark.slow
    def test_it_waits_while_a_folder_of_checkpoints_cannot_be_read(
        self, finished: FinishedSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = finished.database
        search_id = queue_search(database)
        run_attempt(database, tmp_path, at_step=lambda step: step == 5)
        folder, hidden = tmp_path / "artifacts" / search_id, tmp_path / "hidden"
        folder.rename(hidden)
        folder.symlink_to(folder)
        for read in (CheckpointKeeper._before, CheckpointKeeper._get):
            monkeypatch.setattr(read.retry, "stop", stop_after_attempt(1))
        run_attempt(database, tmp_path)
        assert event_types(database, search_id)[-1] == "released"
        folder.unlink()
        hidden.rename(folder)
        end_wait(database, search_id)
        run_attempt(database, tmp_path)
        assert "checkpoint_rejected" not in event_types(database, search_id)
        assert record_of(database, search_id) == finished.record

    def test_pause_that_was_taken_back_does_not_hold_the_search_up(
        self, database: Database, tmp_path: Path
    ) -> None:
        search_id = queue_search(database, stages=NEVER_ENDING)

        def ask_and_take_back(step: int) -> bool:
            with database.write() as session:
                if step == 1:
                    request_pause(session, search_id)
                elif step == 2:
                    resume(session, search_id)
            return step > 4

        run_attempt(database, tmp_path, at_step=ask_and_take_back, control_seconds=60)
        assert state_of(database, search_id) is JobState.QUEUED

    @pytest.mark.parametrize(
        ("wish", "state"),
        [(request_cancel, JobState.CANCELLED), (request_pause, JobState.PAUSED)],
    )
    def test_a_worker_that_leaves_follows_the_wish_that_it_has_not_heard_of(
        self,
        database: Database,
        tmp_path: Path,
        wish: Callable[[Session, str], None],
        state: JobState,
    ) -> None:
        search_id = queue_search(database, stages=NEVER_ENDING)

        def wish_and_leave(step: int) -> bool:
            with database.write() as session:
                wish(session, search_id)
            return True

        run_attempt(database, tmp_path, at_step=wish_and_leave, control_seconds=60)
        assert state_of(database, search_id) is state

    def test_cancelled_search_stops(self, database: Database, tmp_path: Path) -> None:
        search_id = queue_search(database, stages=NEVER_ENDING)

        def cancel(step: int) -> bool:
            if step == 1:
                with database.write() as session:
                    request_cancel(session, search_id)
            return False

        run_attempt(database, tmp_path, at_step=cancel)
        assert state_of(database, search_id) is JobState.CANCELLED
        assert event_types(database, search_id)[-2:] == ["cancel_requested", "cancelled"]

    def test_lost_search_is_written_to_no_more(self, database: Database, tmp_path: Path) -> None:
        search_id = queue_search(database, stages=NEVER_ENDING)
        lost_at = 0

        def lose(step: int) -> bool:
            nonlocal lost_at
            if step == 2:
                take_from_its_worker(database, search_id)
                lost_at = job_of(database, search_id).version
            return False

        run_attempt(database, tmp_path, at_step=lose)
        job = job_of(database, search_id)
        assert (job.state, job.version) == (JobState.QUEUED, lost_at)


class TestFailedSearch:
    def test_images_that_cannot_be_read_are_named(self, database: Database, tmp_path: Path) -> None:
        for label in ("cat", "dog"):
            folder = tmp_path / "data" / "pets" / "train" / label
            folder.mkdir(parents=True)
            for number in range(2):
                (folder / f"{number}.png").write_bytes(b"no image")
        search_id = queue_search(database, dataset="pets")
        run_attempt(database, tmp_path)
        job = job_of(database, search_id)
        assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DATASET_UNAVAILABLE)
        assert job.error_message is not None
        assert "0.png" in job.error_message

    def test_loss_that_is_no_number_means_divergence(
        self, database: Database, tmp_path: Path
    ) -> None:
        search_id = queue_search(database, learning_rate=10.0, grad_clip=1e6, weight_decay=1.0)
        run_attempt(database, tmp_path)
        assert job_of(database, search_id).error_code is ErrorCode.DIVERGED

    def test_defect_leaves_its_traceback(self, database: Database, tmp_path: Path) -> None:
        search_id = queue_search(database, stages="none")
        run_attempt(database, tmp_path)
        assert job_of(database, search_id).error_code is ErrorCode.INTERNAL
        assert "Traceback" in events_of(database, search_id)[-1].data["trace"]
