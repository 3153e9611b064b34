"""API keys as clients see them: without the key itself, but for the one time it is made."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from fastapi.openapi.models import Example
from pydantic import AfterValidator, Field, model_validator

from api.http.bodies import BASE, WHOLE, Body, Input, described
from api.schemas.times import Moment
from store.keys import LONGEST_KEY_NAME, OWNER_PATTERN, MintedKey
from store.scopes import Scope
from store.tables import ApiKey

_LONGEST_DAYS = 3650
_LAST_YEAR = 9000


def _in_the_future(moment: datetime) -> datetime:
    if moment.year > _LAST_YEAR or moment <= datetime.now(UTC):
        raise ValueError(f"must be in the future and before the year {_LAST_YEAR}")
    return moment


def _without_doubles(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("lists a scope twice")
    return scopes


_Scope = Annotated[Scope, Field(strict=False)]


class KeyRequest(Input):
    """A key to create. Without an expiry it is valid until it is revoked."""

    owner: str = described(
        "Whose jobs and data it can see and create", pattern=OWNER_PATTERN, examples=["ada"]
    )
    name: str = described(
        "What it is for", min_length=1, max_length=LONGEST_KEY_NAME, examples=["nightly runs"]
    )
    scopes: Annotated[list[_Scope], AfterValidator(_without_doubles)] = described(
        "`read`: every GET except those of keys; `submit`: create, change, end and delete jobs, "
        "genotypes, data sets and the like; `admin`: both, keys of every owner, draining workers",
        min_length=1,
        max_length=len(Scope),
        json_schema_extra={"uniqueItems": True},
    )
    expires_at: Annotated[Moment, AfterValidator(_in_the_future)] | None = described(
        "When it expires, a time in the future", default=None
    )
    expires_in_days: Annotated[int, Field(ge=1, le=_LONGEST_DAYS), WHOLE] | None = described(
        "Or the number of days after which it expires", default=None
    )

    @model_validator(mode="after")
    def _refuse_two_ends(self) -> Self:
        if self.expires_at is not None and self.expires_in_days is not None:
            raise ValueError("give expires_at or expires_in_days, not both")
        return self

    def end(self) -> datetime | None:
        """Return when the key is to end; None for never."""
        if self.expires_in_days is not None:
            return datetime.now(UTC) + timedelta(days=self.expires_in_days)
        return self.expires_at


class KeyBody(Body):
    """What is known about a key, but not its secret text."""

    id: str = described("The key's ID")
    owner: str = described("Whose jobs and data it can see and create")
    name: str = described("What it is for")
    hint: str = described("The first and last characters of the key", examples=["pdk_1a2b…x9y8"])
    scopes: list[Scope] = described("What it allows")
    created_at: datetime = described("When it was created")
    expires_at: datetime | None = described("When it expires; null: never")
    revoked_at: datetime | None = described("When it was revoked; null if it was not")
    last_used_at: datetime | None = described("When it was last used, to the minute")


class NewKeyBody(KeyBody):
    """A key that was just created."""

    key: str | None = described(
        "The key itself; it won't be shown again. Null if this answer is repeated for its "
        "Idempotency-Key"
    )


def key_path(key_id: str) -> str:
    """Return where a key lies."""
    return f"{BASE}/keys/{key_id}"


def key_body(row: ApiKey) -> KeyBody:
    """Return what clients are shown of a key."""
    return KeyBody(**_columns(row))


def new_key_body(minted: MintedKey) -> NewKeyBody:
    """Return what the client that made a key is shown."""
    return NewKeyBody(**_columns(minted.row), key=minted.text)


def _columns(row: ApiKey) -> dict[str, Any]:
    return {name: getattr(row, name) for name in KeyBody.model_fields}


EXAMPLE_KEYS: dict[str, Example] = {
    "person": {
        "summary": "Somebody who searches",
        "value": {"owner": "ada", "name": "laptop", "scopes": ["read", "submit"]},
    },
    "dashboard": {
        "summary": "A screen that shows, for 90 days",
        "value": {
            "owner": "ada",
            "name": "wall screen",
            "scopes": ["read"],
            "expires_in_days": 90,
        },
    },
}
