"""Which pages of other origins may read the API in a browser."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_SHOWN = ("etag", "link", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
_MAY_SEND = ("authorization", "x-api-key", "if-none-match", "content-type", "x-request-id")


def cors(origins: Sequence[str]) -> list[Middleware]:
    """The middleware for an exact list of origins; none for an empty list.

    Cookies play no part: a page needs a key, as every client.
    """
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=list(_MAY_SEND),
            expose_headers=[*_SHOWN, "x-request-id"],
            max_age=600,
        )
    ]
