"""Addresses of databases, and what a wrong one says."""

import pytest

from wellhead.database.engine import database_url, dispose, get_engine
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings


@pytest.fixture
def with_address(monkeypatch: pytest.MonkeyPatch):
    """Sets DATABASE_URL for one test."""

    def set_address(address: str) -> None:
        monkeypatch.setenv("DATABASE_URL", address)
        get_settings.cache_clear()
        dispose()

    yield set_address
    monkeypatch.undo()
    get_settings.cache_clear()
    dispose()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost/wellhead", "not an address"),
        ("mysql://user:secret@host/name", "names 'mysql'; Wellhead needs PostgreSQL"),
    ],
)
def test_a_wrong_address_is_one_line_without_the_password(address, words, with_address) -> None:
    with_address(address)
    with pytest.raises(SettingsError, match=words) as caught:
        database_url()
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_one_line_that_names_the_setting(with_address) -> None:
    with_address("postgresql://user:secret@127.0.0.1:1/name")
    with pytest.raises(StorageError, match="Check DATABASE_URL") as caught:
        get_engine()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
