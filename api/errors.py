"""Errors: one table from exceptions to statuses, and one body for all of them."""

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
class _ErrorResponse:
    """A status, a code, and a message in place of an error's own that clients may not see."""

    status: int
    code: str
    message: str | None = None


# The nearest class of an error in this table decides its response.
_INTERNAL = _ErrorResponse(500, "internal", "The request failed; the server's log has the reason.")
_RESPONSES: dict[type[Exception], _ErrorResponse] = {
    UnknownCommodityError: _ErrorResponse(404, "unknown_commodity"),
    NoChampionError: _ErrorResponse(404, "no_champion"),
    NoDataError: _ErrorResponse(503, "no_forecast_yet"),
    InputError: _ErrorResponse(422, "bad_request"),
    StorageError: _ErrorResponse(
        503, "database_unreachable", "The database cannot be reached. Try again later."
    ),
    WellheadError: _INTERNAL,
    Exception: _INTERNAL,
}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}

ERROR_RESPONSES: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorAnswer} for status in (404, 422, 500, 503)
}
"""The errors of a route, for its OpenAPI description."""


def handle_errors(app: FastAPI) -> None:
    """Register a handler for every error of `app`."""
    app.exception_handler(RequestValidationError)(_on_invalid_request)
    app.exception_handler(HTTPException)(_on_http_error)
    for error_class in _RESPONSES:
        app.exception_handler(error_class)(_on_error)


def _on_error(_request: Request, error: Exception) -> JSONResponse:
    response = next(_RESPONSES[each] for each in type(error).__mro__ if each in _RESPONSES)
    if response.status >= 500:
        _log.error("responded %s %s", response.status, response.code, exc_info=error)
    return _body(response.status, response.code, response.message or str(error))


def _on_invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
    problem = error.errors()[0]
    name = problem["loc"][-1]
    return _body(422, "bad_request", f"{name}: {problem['msg']}; got {problem['input']!r}.")


def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = _HTTP_CODES.get(error.status_code, "bad_request")
    return _body(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}.")


def _body(status: int, code: str, message: str) -> JSONResponse:
    content = ErrorAnswer(error=ErrorDetail(code=code, message=message))
    return JSONResponse(content.model_dump(), status_code=status)
