"""API keys as text: `wh_<8 characters>_<32 characters><6 characters>`.

The prefix tells secret scanners whose key it is. The first part names the key and is no secret. The
second part is the secret: 190 bits. The last six characters are a checksum (CRC-32), so that a
mistyped key is recognised without a look into the database. All characters are of base 62, so a
double click selects the key whole.
"""

import hmac
import re
import secrets
import string
import zlib
from hashlib import sha256
from typing import NamedTuple

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(r"wh_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}([0-9A-Za-z]{6})")
LONGEST = 64  # characters that are looked at


class NewToken(NamedTuple):
    """A new key: its public name, and its text."""

    key_id: str
    text: str


def new_token() -> NewToken:
    """A key from the system's random numbers."""
    key_id = _random(8)
    body = f"wh_{key_id}_{_random(32)}"
    return NewToken(key_id, body + _checksum(body))


def key_id_of(text: str) -> str | None:
    """The name of the key, if the text has a key's form and its checksum is right; else None."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    return found[1] if found and _checksum(text[:-6]) == found[2] else None


def digest(text: str, pepper: bytes) -> str:
    """What is stored of a key: HMAC-SHA256 (RFC 2104) with a secret of the server, as hex.

    A key has 190 random bits, so a slow password hash would add nothing. Who has read the database
    and not the pepper cannot make or test keys.
    """
    return hmac.digest(pepper, text.encode(), sha256).hex()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    rest, characters = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, place = divmod(rest, len(_ALPHABET))
        characters += _ALPHABET[place]
    return characters
