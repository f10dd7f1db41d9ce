"""Errors: the one table that turns them into statuses, and the one body that they all have."""

import logging
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import ErrorAnswer, ErrorDetail
from wellhead.errors import (
    InputError,
    NoChampionError,
    NoDataError,
    StorageError,
    UnknownCommodityError,
    WellheadError,
)

_log = logging.getLogger("wellhead.api")


@dataclass(frozen=True)
class _Answer:
    """A status, a code, and the line to send where the error's own is not for strangers."""

    status: int
    code: str
    message: str | None = None


# An error is answered as the nearest of its classes that stands here.
_UNEXPECTED = _Answer(500, "internal", "The answer could not be made; the server's log says why.")
_ANSWERS: dict[type[Exception], _Answer] = {
    UnknownCommodityError: _Answer(404, "unknown_commodity"),
    NoChampionError: _Answer(404, "no_champion"),
    NoDataError: _Answer(503, "no_forecast_yet"),
    InputError: _Answer(422, "bad_request"),
    StorageError: _Answer(
        503, "database_unreachable", "The database cannot be reached. Try later."
    ),
    WellheadError: _UNEXPECTED,
    Exception: _UNEXPECTED,
}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}

ERROR_ANSWERS: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorAnswer} for status in (404, 422, 500, 503)
}
"""The errors of a route, for its OpenAPI description."""


def handle_errors(app: FastAPI) -> None:
    """Have every error of `app` answered from the table, in the one body."""
    app.exception_handler(RequestValidationError)(_bad_request)
    app.exception_handler(HTTPException)(_http_error)
    for kind in _ANSWERS:
        app.exception_handler(kind)(_error)


def _error(_request: Request, error: Exception) -> JSONResponse:
    answer = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    if answer.status >= 500:
        _log.error("answered %s %s", answer.status, answer.code, exc_info=error)
    return _body(answer.status, answer.code, answer.message or str(error))


def _bad_request(_request: Request, error: RequestValidationError) -> JSONResponse:
    problem = error.errors()[0]
    where = problem["loc"][-1]
    return _body(422, "bad_request", f"{where}: {problem['msg']}; got {problem['input']!r}.")


def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = _HTTP_CODES.get(error.status_code, "bad_request")
    return _body(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}.")


def _body(status: int, code: str, message: str) -> JSONResponse:
    answer = ErrorAnswer(error=ErrorDetail(code=code, message=message))
    return JSONResponse(answer.model_dump(), status_code=status)
