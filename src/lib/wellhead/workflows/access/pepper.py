"""The secret of the server with which digests of keys are made."""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from wellhead.errors import SettingsError
from wellhead.masking import keep_secret
from wellhead.settings import get_settings

_SHORTEST = 32  # characters


def pepper() -> bytes:
    """WELLHEAD_API_KEY_PEPPER, or the content of `var/api-key-pepper`, which is made if new.

    Servers on several machines need the setting: a key is valid only where its pepper is. Raises
    SettingsError if it is too short.
    """
    named = get_settings().api_key_pepper
    if named is None:
        return _stored(get_settings().var / "api-key-pepper")
    text = named.get_secret_value()
    if len(text) < _SHORTEST:
        raise SettingsError(
            f"setting WELLHEAD_API_KEY_PEPPER is shorter than {_SHORTEST} characters. Make one: "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
    return text.encode()


@lru_cache
def _stored(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(secrets.token_urlsafe(48))
    try:
        os.link(unfinished, path)  # fails if another process was first: then its pepper counts
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
    text = path.read_text()
    keep_secret(text)
    return text.encode()
