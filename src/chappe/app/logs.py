"""Logs as JSON lines: numbers masked, no texts, no secrets; whatever a library logs goes the same way."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from chappe.domain.address import masked

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{7,20}(?![0-9A-Za-z])")
_FORBIDDEN: Final = frozenset(
    {"password", "secret", "secret_hash", "text", "content", "octets", "authorization", "token"}
)
_OUR_NUMBERS: Final = frozenset(
    {"pid", "port", "id", "message_id", "revision", "line", "timestamp", "ms", "sequence"}
)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: leaves secrets and texts out, masks what looks like a subscriber's number, keeps lines whole."""
    for name in list(event):
        if name in _FORBIDDEN:
            del event[name]
        elif name not in _OUR_NUMBERS:
            event[name] = _clean(event[name])
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROLS.sub(" ", _NUMBER.sub(lambda found: masked(found.group()), value))
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items() if name not in _FORBIDDEN}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _without_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: an exception as its type, its message and where it was raised; nothing of the values around it."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            code = trace.tb_frame.f_code
            event["at"] = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"
    return event


def configure_logs(level: str, form: str) -> None:
    """Sends our logs and those of libraries to standard error, one line each."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_trace,
        mask,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Its remarks on slow turns of the loop are for those who ask for them.
    for name in ("asyncio",):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> Any:
    """A logger; give what happened as the event and facts as keywords."""
    return structlog.stdlib.get_logger(name)
