"""Searches written as a worker writes them, with numbers made up instead of trained."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.pruning import (
    derive_genotypes,
    dropped_operations,
    prune,
    prune_last,
    recommend,
    weighted,
)
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.verdict import Signal, StageEvidence, Verdict, judge
from pdarts_core.space.cells import AlphaTable, CellPair, KeptOperations, all_operations
from pdarts_core.space.operations import SKIP_CONNECT
from pdarts_core.stages.events import (
    EpochFinished,
    EpochMetrics,
    GenotypesDerived,
    OperationsPruned,
    PrunedCell,
    StageStarted,
)
from pdarts_core.stages.schedule import phase_of
from store.lease import Lease, Progress, claim, record, succeed
from store.tables import Search, Stage
from store.types import db_now
from tests.support.factories import make_search
from worker.kinds.search.rows import (
    epoch_finished,
    epoch_row,
    genotype_rows,
    genotypes_derived,
    operations_pruned,
    pruned_cell,
    signal_document,
    stage_row,
    stage_started,
    succeeded,
)

_PARAMETERS = 1_234_567
_SECONDS_LEFT = 5000.0


def play_search(
    session: Session,
    config: SearchConfig,
    *,
    name: str | None = None,
    owner: str = "local",
    worker_id: str = "wrk_played",
    until: tuple[int, int] | None = None,
    finding: Verdict = "clear",
) -> str:
    """Write a search of digits, to its end or until an epoch of a stage has ended."""
    around: dict[str, Any] = {"dataset": "digits", "preset": "quick", "name": name, "metadata": {}}
    around |= {"image_size": None, "max_images": None, "priority": 0}
    around |= {"device": "auto", "device_count": 1}
    search_id = make_search(session, spec=config.to_dict() | around, owner=owner, name=name)
    lease = claim(session, search_id, worker_id=worker_id, lease_seconds=3600)
    assert lease is not None
    _Player(session=session, config=config, lease=lease, finding=finding).play(until)
    return search_id


@dataclass(kw_only=True)
class _Player:
    session: Session
    config: SearchConfig
    lease: Lease
    finding: Verdict
    kept: CellPair[KeptOperations] = field(
        default_factory=lambda: CellPair(normal=all_operations(), reduce=all_operations())
    )

    def play(self, until: tuple[int, int] | None) -> None:
        self.random = random.Random(self.config.seed)
        for number, stage in enumerate(self.config.stages, start=1):
            self._start(number, stage)
            alphas = None
            for epoch, alphas in self._epochs(stage):
                self._end_epoch(number, epoch, stage, alphas)
                if (number, epoch) == until:
                    return
            assert alphas is not None
            self._prune(number, stage, alphas)
        self._derive()

    def _start(self, number: int, stage: StageConfig) -> None:
        event = StageStarted(
            stage=number,
            stages=len(self.config.stages),
            layers=stage.layers,
            epochs=stage.epochs,
            init_channels=self.config.channels_of(number - 1),
            steps_per_epoch=10,
            parameters=_PARAMETERS,
            accumulation=1,
            kept=self.kept,
        )
        self.session.add(stage_row(self.lease.job_id, event))
        record(self.session, self.lease, event=stage_started(event))

    def _epochs(self, stage: StageConfig) -> Iterator[tuple[int, CellPair[AlphaTable]]]:
        """Yield the alphas after each epoch: noise that grows, with a liking for skip-connects."""
        tables = {kind: [[0.0] * len(names) for names in kept] for kind, kept in self.kept.items()}
        for epoch in range(1, stage.epochs + 1):
            for kind, kept in self.kept.items():
                for row, names in zip(tables[kind], kept, strict=True):
                    for place, name in enumerate(names):
                        liking = 0.05 if name == SKIP_CONNECT and kind == "normal" else 0.0
                        row[place] += self.random.gauss(liking, 0.12)
            frozen = {kind: tuple(tuple(row) for row in rows) for kind, rows in tables.items()}
            yield epoch, CellPair(normal=frozen["normal"], reduce=frozen["reduce"])

    def _end_epoch(
        self, number: int, epoch: int, stage: StageConfig, alphas: CellPair[AlphaTable]
    ) -> None:
        share = epoch / stage.epochs
        accuracy = 0.3 + 0.1 * number + 0.3 * (1 - math.exp(-3 * share))
        accuracy += self.random.gauss(0, 0.006)
        is_late = epoch > stage.epochs - 5
        event = EpochFinished(
            stage=number,
            epoch=epoch,
            phase=phase_of(stage, epoch - 1),
            metrics=_metrics(accuracy, measured=is_late),
            alphas=alphas,
            collapse=None,
            snapshot=_no_checkpoint,
        )
        self.session.add(epoch_row(self.lease.job_id, event))
        done = sum(one.epochs for one in self.config.stages[: number - 1]) + epoch
        progress = Progress(
            fraction=done / sum(one.epochs for one in self.config.stages),
            place={"stage": number, "epoch": epoch, "phase": event.phase},
            remaining_seconds=_SECONDS_LEFT,
        )
        line = epoch_finished(event, epochs=stage.epochs)
        record(self.session, self.lease, event=line, progress=progress)

    def _prune(self, number: int, stage: StageConfig, alphas: CellPair[AlphaTable]) -> None:
        cells = {
            kind: self._pruned(kept, table, stage)
            for (kind, kept), (_, table) in zip(self.kept.items(), alphas.items(), strict=True)
        }
        pair = CellPair(normal=cells["normal"], reduce=cells["reduce"])
        event = OperationsPruned(
            stage=number, cells=pair, signal=_signal(self.finding), snapshot=_no_checkpoint
        )
        row = self.session.get_one(Stage, (self.lease.job_id, number))
        row.normal, row.reduce = pruned_cell(pair.normal), pruned_cell(pair.reduce)
        row.signal = signal_document(event.signal)
        self.session.flush()
        self.session.execute(
            update(Stage)
            .where(Stage.search_id == self.lease.job_id, Stage.stage == number)
            .values(finished_at=db_now())
        )
        record(self.session, self.lease, event=operations_pruned(event))
        self.last = pair
        self.kept = CellPair(normal=pair.normal.kept_after, reduce=pair.reduce.kept_after)

    def _pruned(self, kept: KeptOperations, table: AlphaTable, stage: StageConfig) -> PrunedCell:
        is_last = stage.num_to_keep == 1
        after = (
            prune_last(kept, table)
            if is_last
            else prune(kept, table, len(kept[0]) - stage.num_to_keep)
        )
        dropped = dropped_operations(kept, after, table)
        decided = dropped[::2] if self.finding == "clear" else ()
        return PrunedCell(
            alphas=table,
            kept_before=kept,
            kept_after=after,
            dropped=dropped,
            decided=frozenset((drop.edge, drop.operation) for drop in decided),
        )

    def _derive(self) -> None:
        normal, reduce, signal = self.last.normal, self.last.reduce, _signal(self.finding)
        kept = CellPair(normal=normal.kept_before, reduce=reduce.kept_before)
        alphas = CellPair(normal=normal.alphas, reduce=reduce.alphas)
        derived = tuple(
            weighted(limit, genotype, kept, alphas)
            for limit, genotype in derive_genotypes(
                normal.kept_before, reduce.kept_before, normal.alphas, reduce.alphas
            )
        )
        event = GenotypesDerived(
            genotypes=derived,
            recommended=recommend(derived, self.config.max_skip_connects),
            signal=signal,
        )
        self.session.add_all(genotype_rows(self.lease.job_id, event))
        record(self.session, self.lease, event=genotypes_derived(event))
        self.session.get_one(Search, self.lease.job_id).signal = signal_document(signal)
        succeed(self.session, self.lease, succeeded(signal))


def _metrics(accuracy: float, *, measured: bool) -> EpochMetrics:
    return EpochMetrics(
        learning_rate=0.02,
        dropout_rate=0.1,
        train_loss=2.4 * (1 - accuracy),
        train_accuracy=accuracy,
        train_top5=min(1.0, accuracy + 0.3),
        valid_loss=2.6 * (1 - accuracy) if measured else None,
        valid_accuracy=accuracy - 0.03 if measured else None,
        valid_top5=accuracy if measured else None,
        valid_classes=_counts(accuracy - 0.03) if measured else None,
        seconds=61.5,
        images_per_second=800.0,
        memory_bytes=None,
    )


def _counts(accuracy: float) -> ClassCounts:
    hits = round(100 * accuracy)
    return ClassCounts(images=(100,) * 10, hits=(hits,) * 10, predictions=(100,) * 10)


def _signal(finding: Verdict) -> Signal:
    evidence = StageEvidence(
        decided=40,
        undecided=44,
        fall=0.3,
        agreement=8.0,
        steps=3_900,
        counts=_counts(0.7),
        free_alphas=196,
    )
    clear = judge([evidence])
    if finding == "clear":
        return clear
    return replace(clear, verdict=finding, decided=0, undecided=84, reason="It moved by noise.")


def _no_checkpoint() -> Any:
    raise NotImplementedError
