"""Which files evaluations have ended with: models, and pictures of what they were wrong about."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.model_files import ModelFile, model_folder, sheet_key, sheet_prefix
from store.tables import Evaluation
from store.types import json_member
from worker.work import Results


def _prefixes(evaluation_id: str) -> tuple[str, ...]:
    return f"{model_folder(evaluation_id)}/", sheet_prefix(evaluation_id)


def _named(session: Session, evaluation_ids: Sequence[str]) -> set[str]:
    sheet = json_member(Evaluation.details, "wrong_sheet")
    found = select(Evaluation.id, Evaluation.models, sheet).where(Evaluation.id.in_(evaluation_ids))
    named: set[str] = set()
    for evaluation_id, models, sha256 in session.execute(found):
        named |= {ModelFile.from_row(file).key for file in models or ()}
        if sha256 is not None:
            named.add(sheet_key(evaluation_id, sha256))
    return named


RESULTS = Results(prefixes=_prefixes, named=_named)
