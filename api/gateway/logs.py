"""The log: one JSON object a line on the error channel, without secrets."""

import json
import logging
import sys
from typing import Any

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
        processors=[*shared, structlog.processors.JSONRenderer(_as_json), _without_secrets],
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
                structlog.processors.JSONRenderer(_as_json),
                _without_secrets,
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


_ENCODER = json.JSONEncoder(default=repr, separators=(",", ":"))


def _as_json(event: Any, **_: Any) -> str:
    """One encoder for all lines: structlog would make one for each."""
    return _ENCODER.encode(event)


def _without_secrets(_logger: Any, _method: str, line: Any) -> str:
    return masked(str(line))
