"""Problems: the body of every response that is not a success (RFC 9457)."""

import json
from collections.abc import Mapping

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
_SHOWN = 64  # characters of what the client sent that a message repeats


class Problem(Exception):
    """A refusal: `code` is for programs and does not change, `detail` is a line for people."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The response of this problem."""
        body = {
            "type": f"urn:wellhead:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"cache-control": "no-store", **self.headers}
        return Response(content, self.status, headers, MEDIA_TYPE)


def bad_request(detail: str) -> Problem:
    """The refusal of parameters or a body that make no sense."""
    return Problem(422, "bad_request", "Bad request", detail)


def shown(text: object) -> str:
    """What a client sent, short and on one line, to repeat it in a message."""
    line = repr(str(text))
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
