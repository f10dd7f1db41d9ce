"""API keys of applications: create, list, rotate, revoke."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pandas as pd

from wellhead.calendars import now
from wellhead.database.query_frames import Row
from wellhead.database.serving.api_keys import add_key, change_key, read_keys
from wellhead.errors import InactiveKeyError, InputError, UnknownKeyError
from wellhead.workflows.access.pepper import pepper
from wellhead.workflows.access.tokens import digest, new_token

NAME = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"
"""The form of an application's name."""
LONGEST_OVERLAP = 7  # days


class Scope(StrEnum):
    """What a key allows."""

    READ = "read"
    """Read prices, forecasts, scores and everything else that is stored."""
    INFER = "infer"
    """Run a registered model on request."""
    ADMIN = "admin"
    """Create, rotate and revoke keys."""


def find_scopes(names: Collection[str]) -> frozenset[Scope]:
    """The scopes with these names. Raises InputError with the known names."""
    unknown = sorted(set(names) - set(Scope))
    if unknown:
        raise InputError(f"scope {unknown[0][:32]!r} is not known: choose from {', '.join(Scope)}.")
    return frozenset(map(Scope, names))


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret."""

    key_id: str
    application: str
    scopes: frozenset[Scope]
    digest: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None
    last_used_at: datetime | None

    def state(self, moment: datetime) -> str:
        """'active', 'expired' or 'revoked' at a moment."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= moment else "active"


@dataclass(frozen=True)
class IssuedKey:
    """A new key with its text, which nobody can read again."""

    key: ApiKey
    text: str


def all_keys() -> list[ApiKey]:
    """Every key that was ever created, by application and age."""
    return [_key(row) for row in read_keys()]


def create_key(
    application: str, scopes: Collection[Scope] = (Scope.READ,), *, days: int | None = None
) -> IssuedKey:
    """Create a key for an application; it expires after `days`, or never.

    Raises InputError for a name that is not 1 to 64 letters, digits, spaces and `._-`, for no scope
    and for fewer than one day.
    """
    if not re.fullmatch(NAME, application):
        raise InputError(
            f"application {application[:64]!r}: write 1 to 64 letters, digits, spaces, dots, "
            "hyphens or underscores, and begin with a letter or digit."
        )
    if not scopes:
        raise InputError("a key without a scope allows nothing: name one or more.")
    if days is not None and not 1 <= days <= 3650:
        raise InputError(f"a key is valid for 1 to 3650 days, not {days}.")
    expires = None if days is None else now() + pd.Timedelta(days=days)
    return _issue(application, scopes, expires)


def rotate_key(key_id: str, *, overlap_days: float = 1) -> IssuedKey:
    """Create a key for the same application and scopes; the old one stays valid for the overlap.

    The new key expires when the old one would have. Raises InputError for an overlap that is not 0
    to 7 days, and for a key that is not active.
    """
    if not 0 <= overlap_days <= LONGEST_OVERLAP:
        raise InputError(f"the overlap is 0 to {LONGEST_OVERLAP} days, not {overlap_days:g}.")
    old = _active(key_id)
    issued = _issue(old.application, old.scopes, old.expires_at)
    ends = now() + pd.Timedelta(days=overlap_days)
    if old.expires_at is not None:
        ends = min(ends, pd.Timestamp(old.expires_at))
    change_key(key_id, expires_at=ends.to_pydatetime(), replaced_by=issued.key.key_id)
    return issued


def revoke_key(key_id: str) -> ApiKey:
    """Refuse a key from now on; repeatable. Raises InputError if there is no such key."""
    key = _find(key_id)
    if key.revoked_at is None:
        change_key(key_id, revoked_at=now().to_pydatetime())
    return _find(key_id)


def _issue(application: str, scopes: Collection[Scope], expires: datetime | None) -> IssuedKey:
    token = new_token()
    add_key(
        {
            "key_id": token.key_id,
            "application": application,
            "scopes": " ".join(sorted(scopes)),
            "digest": digest(token.text, pepper()),
            "created_at": now(),
            "expires_at": expires,
        }
    )
    return IssuedKey(_find(token.key_id), token.text)


def _find(key_id: str) -> ApiKey:
    for key in all_keys():
        if key.key_id == key_id:
            return key
    raise UnknownKeyError(f"there is no key {key_id[:16]!r}: `wellhead keys list` shows all.")


def _active(key_id: str) -> ApiKey:
    key = _find(key_id)
    if (state := key.state(now())) != "active":
        raise InactiveKeyError(
            f"key {key_id} is {state}: create a new one with `wellhead keys create`."
        )
    return key


def _key(row: Row) -> ApiKey:
    fields = {name: value for name, value in row._mapping.items() if name != "recorded_at"}
    return ApiKey(**{**fields, "scopes": frozenset(map(Scope, row.scopes.split()))})
