"""API keys in the database: created, rotated with an overlap, expired, revoked."""

import datetime as dt
import stat
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from wellhead.calendars import now
from wellhead.database.serving.api_keys import note_uses
from wellhead.errors import InputError, SettingsError
from wellhead.settings import get_settings
from wellhead.workflows.access.keys import (
    Scope,
    all_keys,
    create_key,
    find_scopes,
    revoke_key,
    rotate_key,
)
from wellhead.workflows.access.pepper import pepper
from wellhead.workflows.access.tokens import digest

pytestmark = pytest.mark.usefixtures("database")


def test_a_key_is_stored_without_its_text(database: sa.Engine) -> None:
    issued = create_key("report", [Scope.READ, Scope.INFER], days=30)
    with database.connect() as connection:
        stored = connection.scalar(sa.text("SELECT api_keys::text FROM api_keys"))
    secret = issued.text.split("_")[2]
    assert secret not in stored
    assert secret[:32] not in stored
    (key,) = all_keys()
    assert key == issued.key
    assert key.digest == digest(issued.text, pepper())
    assert key.scopes == {Scope.READ, Scope.INFER}
    assert key.state(now()) == "active"
    assert key.state(now() + pd.Timedelta(days=30)) == "expired"


@pytest.mark.parametrize("days", [0.0, 1.0, 7.0])
def test_a_rotated_key_stays_valid_for_the_overlap(days: float) -> None:
    old = create_key("report", [Scope.READ]).key
    issued = rotate_key(old.key_id, overlap_days=days)
    keys = {key.key_id: key for key in all_keys()}
    assert issued.key.application == "report"
    assert issued.key.scopes == {Scope.READ}
    replaced = keys[old.key_id]
    assert replaced.replaced_by == issued.key.key_id
    ends = now() + pd.Timedelta(days=days)
    assert replaced.state(ends + pd.Timedelta(seconds=5)) == "expired"
    assert replaced.state(ends - pd.Timedelta(seconds=60)) == "active"


def test_a_rotation_prolongs_nothing() -> None:
    old = create_key("report", days=2).key
    issued = rotate_key(old.key_id, overlap_days=7)
    assert issued.key.expires_at == old.expires_at
    assert next(key for key in all_keys() if key.key_id == old.key_id).expires_at == old.expires_at


@pytest.mark.parametrize("days", [-0.1, 7.1, float("nan")])
def test_an_overlap_is_0_to_7_days(days: float) -> None:
    with pytest.raises(InputError, match="0 to 7 days"):
        rotate_key(create_key("report").key.key_id, overlap_days=days)


def test_a_revoked_key_stays_revoked() -> None:
    key = create_key("report").key
    revoked = revoke_key(key.key_id)
    assert revoked.state(now()) == "revoked"
    assert revoke_key(key.key_id).revoked_at == revoked.revoked_at
    with pytest.raises(InputError, match="is revoked: create a new one"):
        rotate_key(key.key_id)


@pytest.mark.parametrize("name", ["", " report", "a" * 65, "a\nb", "<script>", "naïve"])
def test_an_application_has_a_plain_name(name: str) -> None:
    with pytest.raises(InputError, match="write 1 to 64 letters"):
        create_key(name)
    assert all_keys() == []


def test_a_key_allows_something_known() -> None:
    with pytest.raises(InputError, match="without a scope"):
        create_key("report", [])
    with pytest.raises(InputError, match="choose from read, infer, admin"):
        find_scopes(["read", "write"])
    with pytest.raises(InputError, match="there is no key 'unknown'"):
        revoke_key("unknown")


def test_the_newest_use_is_kept() -> None:
    key = create_key("report").key
    noon = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
    for moment in (noon, noon - dt.timedelta(hours=1)):
        note_uses({key.key_id: moment})
    assert all_keys()[0].last_used_at == noon
    note_uses({})


def test_the_pepper_is_made_once_for_its_owner_alone() -> None:
    first = pepper()
    path = get_settings().var / "api-key-pepper"
    assert path.read_bytes() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in Path(path.parent).glob("api-key-pepper*")] == [path.name]


def test_a_pepper_of_ones_own_is_long(point_at) -> None:
    point_at(WELLHEAD_API_KEY_PEPPER="short and secret")
    with pytest.raises(SettingsError, match="shorter than 32") as refused:
        pepper()
    assert "short and secret" not in str(refused.value)
    point_at(WELLHEAD_API_KEY_PEPPER="p" * 32)
    assert pepper() == b"p" * 32
