"""Telemetry is set by our variables and by OpenTelemetry's standard ones."""

import pytest
from jisi.telemetry import TelemetrySettings
from jisi.telemetry.settings import OtlpSettings
from pydantic import ValidationError

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


def test_standard_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers are percent-decoded, those for traces go first, and no representation shows their values."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "Authorization=Basic%20c2VjcmV0==, x-b = 2 ,")
    settings = OtlpSettings()

    assert settings.header_values() == {"authorization": "Basic c2VjcmV0==", "x-b": "2"}
    assert "c2VjcmV0" not in repr(settings)


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_RESOURCE_ATTRIBUTES"])
def test_unreadable_pairs_are_refused_at_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which part is wrong."""
    monkeypatch.setenv(name, "a=1,b")

    with pytest.raises(ValidationError, match="part 2 is not name=value"):
        OtlpSettings()
