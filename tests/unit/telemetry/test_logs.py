"""Logs are lines for people or objects for machines, with the query and trace they belong to."""

import io
import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest
from jisi.telemetry import TelemetrySettings, configure_logging
from jisi.telemetry.logs import log_context
from jisi.telemetry.settings import LogFormat, LogLevel
from jisi.telemetry.spans import start_span

LOG = logging.getLogger("jisi.ledger.relay")


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    """Put the root logger back as it was: it is the one global of this package."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def logging_to(log_format: LogFormat, *, level: LogLevel = "INFO") -> io.StringIO:
    """Configure logging and give where it goes."""
    stream = io.StringIO()
    configure_logging(TelemetrySettings(log_format=log_format, log_level=level), service="router", stream=stream)
    return stream


def test_line_for_people() -> None:
    """Time, level, service, origin, message, query and trace stand on one line."""
    stream = logging_to("text")
    span = start_span("jisi.plan", "INTERNAL", None)
    LOG.warning("sent %d events", 3, extra=log_context(span, query_id="q1"))

    expected = (
        r"\d\d:\d\d:\d\d\.\d{3} WARNING router  jisi\.ledger\.relay: sent 3 events"
        rf"  query_id=q1  trace_id={span.trace_id}\n"
    )
    assert re.fullmatch(expected, stream.getvalue())


def test_object_for_machines() -> None:
    """The same as JSON, without fields that were not given."""
    stream = logging_to("json")
    LOG.info("sent %s", '"ü"\n', extra=log_context(query_id="q1"))
    LOG.info("idle")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first.pop("timestamp"))
    assert first == {
        "level": "INFO",
        "service": "router",
        "logger": "jisi.ledger.relay",
        "message": 'sent "ü"\n',
        "query_id": "q1",
    }
    assert "query_id" not in second


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_traceback_is_kept(log_format: LogFormat) -> None:
    """An error is logged with its traceback, in one object where machines read."""
    stream = logging_to(log_format)
    try:
        int("bug")
    except ValueError:
        LOG.exception("stopped")

    assert "Traceback" in stream.getvalue()
    assert "ValueError: invalid literal" in stream.getvalue()
    if log_format == "json":
        (line,) = stream.getvalue().splitlines()
        assert json.loads(line)["error_type"] == "ValueError"


def test_level_and_loud_libraries() -> None:
    """Less than the level is not logged; libraries that report each message are heard from WARNING on."""
    stream = logging_to("text", level="DEBUG")
    LOG.debug("detail")
    logging.getLogger("aiokafka.consumer").info("chatter")
    logging.getLogger("aiokafka.consumer").warning("trouble")
    assert ["detail" in stream.getvalue(), "chatter" in stream.getvalue(), "trouble" in stream.getvalue()] == [
        True,
        False,
        True,
    ]

    stream = logging_to("text", level="ERROR")
    LOG.warning("warning")
    logging.getLogger("aiokafka.consumer").warning("trouble")
    assert stream.getvalue() == ""


def test_configuring_again_replaces() -> None:
    """Lines do not double, and go to the newest stream only."""
    old, new = logging_to("text"), logging_to("text")
    LOG.info("once")

    assert old.getvalue() == ""
    assert new.getvalue().count("once") == 1


def test_warnings_are_logged() -> None:
    """Python's warnings go where the logs go."""
    stream = logging_to("json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("deprecated", UserWarning, stacklevel=1)

    assert "deprecated" in stream.getvalue()
