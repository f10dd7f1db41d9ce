"""Errors: one table from exceptions to problems."""

from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import MEDIA_TYPE, Problem, bad_request, shown
from api.schemas.service import ProblemBody
from wellhead.errors import (
    InactiveKeyError,
    InputError,
    ModelError,
    NoChampionError,
    NoDataError,
    NoForecastError,
    NotEnoughHistoryError,
    StorageError,
    UnknownCommodityError,
    UnknownKeyError,
    UnknownModelError,
    WellheadError,
)

_log = structlog.get_logger("wellhead.api")


@dataclass(frozen=True)
class _Kind:
    """The problem of an exception; `detail` replaces a message that clients may not see."""

    status: int
    code: str
    title: str
    detail: str | None = None
    retry_after: int | None = None


# The nearest class of an error in this table decides its response.
_INTERNAL = _Kind(
    500, "internal", "Fault of the server", "The request failed; the server's log has the reason."
)
_KINDS: dict[type[Exception], _Kind] = {
    UnknownCommodityError: _Kind(404, "unknown_commodity", "No such commodity"),
    InactiveKeyError: _Kind(409, "key_inactive", "Key not active"),
    UnknownKeyError: _Kind(404, "unknown_key", "No such key"),
    UnknownModelError: _Kind(404, "unknown_model", "No such model"),
    NoChampionError: _Kind(404, "no_champion", "No champion"),
    NoForecastError: _Kind(503, "no_forecast_yet", "No forecast yet", retry_after=30),
    NoDataError: _Kind(404, "no_data", "No such data"),
    InputError: _Kind(422, "bad_request", "Bad request"),
    NotEnoughHistoryError: _Kind(422, "history_too_short", "History too short"),
    ModelError: _Kind(
        503,
        "model_unavailable",
        "Model unavailable",
        "The model cannot be loaded or has failed; the server's log has the reason.",
        retry_after=30,
    ),
    StorageError: _Kind(
        503,
        "database_unreachable",
        "Database unreachable",
        "The database, or the model registry, cannot be reached. Try again later.",
        retry_after=5,
    ),
    WellheadError: _INTERNAL,
    Exception: _INTERNAL,
}
_HTTP = {
    400: ("unreadable_body", "The body is not JSON in UTF-8"),
    404: ("not_found", "No such path"),
    405: ("method_not_allowed", "Method not allowed"),
    413: ("body_too_long", "Body too long"),
}


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The problems of a route, for its OpenAPI description."""
    body = {"model": ProblemBody, "content": {MEDIA_TYPE: {}}}
    return dict.fromkeys((*statuses, 401, 403, 422, 429, 503), body)


def handle_errors(app: FastAPI) -> None:
    """Register a handler for every error of `app`."""
    app.exception_handler(Problem)(_on_problem)
    app.exception_handler(RequestValidationError)(_on_invalid_request)
    app.exception_handler(HTTPException)(_on_http_error)
    app.exception_handler(WellheadError)(_on_error)


def problem_of(error: Exception, request_id: str) -> Problem:
    """The problem of any exception. The log gets what the client may not see."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _http_problem(error, "the request")
    kind = next(_KINDS[each] for each in type(error).__mro__ if each in _KINDS)
    if kind.status >= 500:
        _log.error("request failed", request_id=request_id, problem=kind.code, exc_info=error)
    wait = {} if kind.retry_after is None else {"retry-after": str(kind.retry_after)}
    return Problem(kind.status, kind.code, kind.title, kind.detail or str(error), wait)


def _respond(request: Request, problem: Problem) -> Response:
    request.state.problem = problem.code
    return problem.response()


def _on_problem(request: Request, problem: Problem) -> Response:
    return _respond(request, problem)


def _on_error(request: Request, error: Exception) -> Response:
    return _respond(request, problem_of(error, request.state.request_id.decode()))


def _on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    detail = f"{name[:64]}: {first['msg']}; got {shown(first['input'])}."
    return _respond(request, bad_request(detail))


def _on_http_error(request: Request, error: HTTPException) -> Response:
    what = f"{request.method[:16]} {shown(request.url.path)}"
    problem = _http_problem(error, what)
    if error.status_code == 405:  # the router names the methods of one route alone
        problem.headers = {"allow": _methods(request)}
    return _respond(request, problem)


def _methods(request: Request) -> str:
    """The methods of all routes with the path of a request."""
    matching = (
        route for route in request.app.state.routes if route.path_regex.match(request.url.path)
    )
    return ", ".join(sorted({method for route in matching for method in route.methods}))


def _http_problem(error: HTTPException, what: str) -> Problem:
    code, title = _HTTP.get(error.status_code, ("bad_request", "Bad request"))
    return Problem(error.status_code, code, title, f"{what}: {title.lower()}.", error.headers)
