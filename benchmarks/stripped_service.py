"""What the API is compared with: the same reads and creates, stripped to FastAPI and one statement.

Same tables, same database, same bodies. What is left out: the check of query parameters and ids,
request ids, problem documents, capacity and estimates, Idempotency-Key, the history, the message to
a worker. A create writes a job and no search: that is what one statement can do.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, contains_eager

from api.http.bodies import Page
from api.schemas.events import EventBody, event_body
from api.schemas.searches import SearchBody, search_body
from api.schemas.specs import SearchRequest
from api.services.datasets import Shelf
from api.services.specs import complete
from store.database import Database
from store.ids import IdKind, new_id
from store.kinds import SEARCH
from store.settings import get_settings
from store.states import JobState, Status
from store.tables import Event, Job, Search

OWNER = "local"


def read_session(request: Request) -> Iterator[Session]:
    """Open a session that reads."""
    with request.app.state.database.read() as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    """Open a session that commits before the answer."""
    with request.app.state.database.write() as session:
        yield session


ReadDep = Annotated[Session, Depends(read_session, scope="function")]
WriteDep = Annotated[Session, Depends(write_session, scope="function")]


_SEARCHES = (
    select(Search).join(Search.job).options(contains_eager(Search.job)).where(Job.owner == OWNER)
)
routes = APIRouter()


def create_app() -> FastAPI:
    """Make the stripped service."""
    app = FastAPI()
    app.state.database = Database(get_settings().database_url)
    app.include_router(routes)
    return app


@routes.get("/livez")
async def live() -> None:
    """Tell that the process serves."""


@routes.get("/v1/searches/{search_id}")
def read(
    search_id: str,
    session: ReadDep,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> SearchBody:
    """Read a search."""
    search = session.scalar(_SEARCHES.where(Search.id == search_id))
    if search is None:
        raise HTTPException(404)
    tag = f'"{search.job.version}"'
    if if_none_match == tag:
        raise HTTPException(304)
    response.headers["ETag"] = tag
    return search_body(search, None)


@routes.get("/v1/searches")
def list_all(
    session: ReadDep,
    after: str | None = None,
    status: Status | None = None,
    dataset: str | None = None,
    limit: int = 50,
) -> Page[SearchBody]:
    """List searches."""
    rows = _SEARCHES.order_by(Job.id.desc()).limit(limit + 1)
    if after is not None:
        rows = rows.where(Job.id < after)
    if status is not None:
        rows = rows.where(Job.state == JobState(status.value))
    if dataset is not None:
        rows = rows.where(Job.dataset == dataset)
    found = session.scalars(rows).all()
    return Page(
        data=[search_body(search, None) for search in found[:limit]],
        next_cursor=found[limit - 1].id if len(found) > limit else None,
    )


@routes.get("/v1/searches/{search_id}/events")
def list_events(
    search_id: str, session: ReadDep, after: int = 0, limit: int = 200
) -> Page[EventBody]:
    """List the events of a search."""
    rows = select(Event).join(Job).where(Job.id == search_id, Job.owner == OWNER)
    rows = rows.where(Event.seq > after).order_by(Event.seq).limit(limit + 1)
    found = session.scalars(rows).all()
    return Page(
        data=[event_body(event) for event in found[:limit]],
        next_cursor=str(found[limit - 1].seq) if len(found) > limit else None,
    )


@routes.post("/v1/searches", status_code=202)
def create(body: SearchRequest, session: WriteDep, response: Response) -> SearchBody:
    """Submit a search."""
    spec = complete(body, Shelf(data_dir=get_settings().data_dir))
    search_id = new_id(IdKind.SEARCH)
    job = session.scalars(
        insert(Job).returning(Job),
        [{"id": search_id, "kind": SEARCH.name, "owner": OWNER, "spec": spec.document}],
    ).one()
    response.headers["Location"] = f"/v1/searches/{search_id}"
    return search_body(Search(id=search_id, job=job), None)
