"""Hides secrets in texts: in addresses, in options, and the values of the secret settings.

Every error of Wellhead passes its message through `masked`, so whoever shows or stores one does not
have to think of it. Texts of other origin pass through it where they are shown.
"""

import re
from urllib.parse import quote, quote_plus, unquote

_HIDDEN = "***"
_SHORTEST = 8  # a shorter text may be an ordinary word; in an address it is hidden by its place
_EXAMPLE = "user:password@"  # what our own messages tell a user to write
_USER_INFO = re.compile(rf"(?<=://)(?!{_EXAMPLE})[^\s'\"<>]*@")
_OPTION = re.compile(
    r"(?P<name>(?:password|passwd|pwd|token|secret|api_?key)\s*=\s*)"
    r"(?:'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s&;,'\"]+)",
    re.IGNORECASE,
)
_OPTION_VALUE = re.compile(r"[?&](?:ssl)?password=([^&]+)", re.IGNORECASE)
_secrets: list[str] = []
"""The longest first: one may begin with another."""


def masked(text: str) -> str:
    """The text with *** in place of user names and passwords of addresses and of known secrets."""
    for secret in _secrets:
        if secret in text:
            text = re.sub(_whole(secret), _HIDDEN, text)
    if "://" in text:  # most texts hold neither, and a log line has to be fast
        text = _USER_INFO.sub(f"{_HIDDEN}@", text)
    return _OPTION.sub(rf"\g<name>{_HIDDEN}", text) if "=" in text else text


def keep_secret(value: str) -> None:
    """Hide a value, and the password in it if it is an address, in every text from now on."""
    _, address, rest = value.partition("://")
    secrets = {rest.rpartition("@")[0].partition(":")[2], *_OPTION_VALUE.findall(value)}
    for secret in secrets if address else {value}:
        plain = unquote(secret)
        forms = {secret, plain, quote(plain, safe=""), quote_plus(plain)}
        new = {form for form in forms if len(form) >= _SHORTEST} - set(_secrets)
        _secrets[:] = sorted([*_secrets, *new], key=len, reverse=True)


def _whole(secret: str) -> str:
    """A pattern for the secret where it is no part of a longer word."""
    begin = r"(?<!\w)" if re.match(r"\w", secret[0]) else ""
    end = r"(?!\w)" if re.match(r"\w", secret[-1]) else ""
    return f"{begin}{re.escape(secret)}{end}"
