"""Traces, metrics and logs of a process; nothing is global but the standard library's logging.

`jisi.telemetry.spantree` reads traces back and stands apart, for services do not need it.
"""

from jisi.telemetry.calls import ChatRequest, ChatResult
from jisi.telemetry.carriers import Carrier
from jisi.telemetry.logs import configure_logging
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.postgres import prune_spans
from jisi.telemetry.settings import TelemetrySettings
from jisi.telemetry.spans import Span, carrier_of
from jisi.telemetry.tracing import Tracing, create_tracing

__all__ = [
    "Carrier",
    "ChatRequest",
    "ChatResult",
    "Metrics",
    "Span",
    "TelemetrySettings",
    "Tracing",
    "carrier_of",
    "configure_logging",
    "create_tracing",
    "prune_spans",
]
