"""Logs on standard error: a line for people, or a JSON object a line for machines.

A message names ids, codes and counts, never a text, a prompt or a key. Trace and query are given as
`log.info("...", extra=log_context(span, query_id=...))`.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from jisi.telemetry.settings import TelemetrySettings
from jisi.telemetry.spans import Span

QUIET_LOGGERS = ("aiokafka", "faststream", "httpx", "httpcore", "alembic")
"""Libraries that tell at INFO what we tell ourselves, some of it for every message; their warnings are kept."""

_FIELDS = ("query_id", "trace_id")
"""Extra fields of a record that are written, where given."""


def log_context(span: Span | None = None, *, query_id: str | None = None) -> dict[str, str]:
    """Give the `extra` of a log call that says to which trace and query it belongs."""
    context = {} if query_id is None else {"query_id": query_id}
    return context if span is None else {**context, "trace_id": span.trace_id}


def configure_logging(settings: TelemetrySettings, *, service: str = "jisi", stream: TextIO | None = None) -> None:
    """Send all logs of the process to one stream, standard error; only entry points call this, again if they like."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonFormatter(service) if settings.log_format == "json" else _TextFormatter(service))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)


class _TextFormatter(logging.Formatter):
    """`12:30:01.123 INFO    router  jisi.ledger.relay: message  query_id=... trace_id=...`, in local time."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        line = f"{when} {record.levelname:<7} {self._service}  {record.name}: {record.getMessage()}"
        given = "".join(f"  {name}={value}" for name in _FIELDS if (value := getattr(record, name, None)) is not None)
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return f"{line}{given}\n{trace}" if trace else f"{line}{given}"


class _JsonFormatter(logging.Formatter):
    """One object a line; `timestamp` is ISO 8601 in UTC."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update((name, value) for name in _FIELDS if (value := getattr(record, name, None)) is not None)
        if record.exc_info and record.exc_info[0] is not None:
            entry["error_type"] = record.exc_info[0].__qualname__
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)
