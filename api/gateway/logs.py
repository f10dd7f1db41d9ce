"""The log: one JSON object a line on the error channel, without secrets."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from wellhead.masking import masked


def configure_logs() -> None:
    """Send the lines of structlog, and those of the standard library, as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _ERROR_CHANNEL,
        cache_logger_on_first_use=False,
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _line,
            ],
        )
    )
    for name in ("wellhead", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)


class _ErrorChannel:
    """Writes lines to the error channel as it is now: whoever replaces it gets them."""

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = exception = msg


_ERROR_CHANNEL = _ErrorChannel()


class _Handler(logging.Handler):
    """The same for lines of the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        _ERROR_CHANNEL.msg(self.format(record))


def write_request(**fields: Any) -> None:
    """Write the line of a request. The chain of structlog would take as long as the response."""
    event = {**fields, "event": "request", "level": "info", "timestamp": _moment()}
    _ERROR_CHANNEL.msg(_line(None, "info", event))


def _moment() -> str:
    return f"{datetime.now(tz=UTC).replace(tzinfo=None).isoformat()}Z"


def _line(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    """The event as JSON, without secrets."""
    try:
        line = orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # it refuses what UTF-8 or 64 bits cannot hold; a log refuses nothing
        line = json.dumps(event, default=repr)
    return masked(line)
