"""Telemetry is set by our variables and by OpenTelemetry's standard ones."""

import pytest
from jisi.telemetry import TelemetrySettings

NAMES = ("JISI_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine may have set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    """Spans go to Postgres alone, without texts."""
    settings = TelemetrySettings()

    assert settings.spans_in_postgres
    assert settings.traces_endpoint is None
    assert not settings.trace_content


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"JISI_OTLP_ENDPOINT": "http://collector:4318"}, "http://collector:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"}, "http://collector:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://tempo.example/otlp"}, "https://tempo.example/otlp/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://traces:1/mine"}, "http://traces:1/mine"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://base:1", "JISI_OTLP_ENDPOINT": "http://ours:1"},
            "http://ours:1/v1/traces",
        ),
    ],
)
def test_otlp_endpoint(variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is added to a base address, and an address for traces is taken as it is."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert TelemetrySettings().traces_endpoint == expected


def test_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the documentation are the ones that are read."""
    monkeypatch.setenv("JISI_SPANS_IN_POSTGRES", "false")
    monkeypatch.setenv("JISI_TRACE_CONTENT", "true")
    monkeypatch.setenv("JISI_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("JISI_LOG_FORMAT", "json")
    settings = TelemetrySettings()

    actual = (settings.spans_in_postgres, settings.trace_content, settings.log_level, settings.log_format)
    assert actual == (False, True, "DEBUG", "json")
