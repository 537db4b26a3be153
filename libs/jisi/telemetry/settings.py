"""What a process records and where it sends it, from `JISI_...` variables and the standard ones of OpenTelemetry."""

from datetime import timedelta
from typing import Literal

from pydantic import AliasChoices, Field, HttpUrl, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]

OTLP_TRACES_PATH = "v1/traces"
"""Where receivers take traces below their base address."""


class TelemetrySettings(BaseSettings):
    """Spans are kept in Postgres by default, so that `jisi why` needs no collector; OTLP is for those who run one.

    Headers, timeout, compression and certificates of OTLP come from the standard `OTEL_EXPORTER_OTLP_...` variables.
    """

    model_config = SettingsConfigDict(env_prefix="JISI_", populate_by_name=True, env_ignore_empty=True)

    otlp_endpoint: HttpUrl | None = Field(
        default=None,
        validation_alias=AliasChoices("JISI_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="base address of an OTLP receiver over HTTP, such as http://collector:4318; unset: no OTLP",
    )
    otlp_traces_endpoint: HttpUrl | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        description="full address for traces alone, used as it is; goes before the base address",
    )
    spans_in_postgres: bool = Field(default=True, description="keep spans in Postgres, for `jisi why`")
    spans_kept_hours: PositiveFloat = Field(
        default=72.0, description="age at which spans in Postgres are deleted; at 400 queries/s a day is some 200 GB"
    )
    span_delay_seconds: PositiveFloat = Field(
        default=0.5, description="longest time a finished span waits to be sent together with others"
    )
    span_queue: PositiveInt = Field(
        default=20_000,
        description="finished spans held while a receiver is slow or down (some 25 MB); beyond it new ones are dropped",
    )
    trace_content: bool = Field(
        default=False,
        description="record prompts and responses in spans: they then lie in Postgres and at the receiver",
    )
    log_level: LogLevel = Field(default="INFO", description="least severe message that is logged")
    log_format: LogFormat = Field(default="text", description="text: for people; json: one object a line, for machines")

    @property
    def spans_kept(self) -> timedelta:
        """Age at which spans in Postgres are deleted."""
        return timedelta(hours=self.spans_kept_hours)

    @property
    def traces_endpoint(self) -> str | None:
        """Full address spans are sent to over OTLP; None: they are not."""
        if self.otlp_traces_endpoint is not None:
            return str(self.otlp_traces_endpoint)
        return None if self.otlp_endpoint is None else f"{str(self.otlp_endpoint).rstrip('/')}/{OTLP_TRACES_PATH}"
