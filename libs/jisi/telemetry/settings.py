"""What a process records and where it sends it, from `JISI_...` variables and the standard ones of OpenTelemetry."""

from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pydantic import AliasChoices, Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]

OTLP_TRACES_PATH = "v1/traces"
"""Where receivers take traces below their base address."""


class TelemetrySettings(BaseSettings):
    """Spans are kept in Postgres by default, so that `jisi why` needs no collector; OTLP is for those who run one.

    Everything about OTLP but the address is in `OtlpSettings`.
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
        default=72.0,
        description="age at which spans in Postgres are deleted; a routed query takes 15 kB of disk (25 spans), a fused"
        " one 18 (29), indexes included: at 400 queries/s 500 to 600 GB a day",
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


def _standard(name: str) -> AliasChoices:
    """Give OpenTelemetry's variables for a setting: the one for traces goes before the one for all signals."""
    return AliasChoices(f"OTEL_EXPORTER_OTLP_TRACES_{name}", f"OTEL_EXPORTER_OTLP_{name}")


class OtlpSettings(BaseSettings):
    """How an OTLP receiver is spoken to, by OpenTelemetry's standard variables alone."""

    model_config = SettingsConfigDict(populate_by_name=True, env_ignore_empty=True)

    headers: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=_standard("HEADERS"),
        description="name=value,name=value, percent-encoded; where receivers want their keys",
    )
    compression: Literal["none", "gzip"] = Field(
        default="none", validation_alias=_standard("COMPRESSION"), description="of what is sent"
    )
    certificate: Path | None = Field(
        default=None, validation_alias=_standard("CERTIFICATE"), description="who signed the receiver's certificate"
    )
    client_certificate: Path | None = Field(
        default=None,
        validation_alias=_standard("CLIENT_CERTIFICATE"),
        description="shown to a receiver that asks who sends",
    )
    client_key: Path | None = Field(
        default=None, validation_alias=_standard("CLIENT_KEY"), description="of the certificate shown"
    )
    resource_attributes: str = Field(
        default="",
        validation_alias="OTEL_RESOURCE_ATTRIBUTES",
        description="name=value,name=value, percent-encoded: said of every span of the process",
    )

    @field_validator("headers", "resource_attributes")
    @classmethod
    def _readable(cls, value: SecretStr | str) -> SecretStr | str:
        """Refuse at the start what could not be read later."""
        _pairs(value if isinstance(value, str) else value.get_secret_value())
        return value

    def header_values(self) -> dict[str, str]:
        """Give the headers by name."""
        return {name.lower(): value for name, value in _pairs(self.headers.get_secret_value()).items()}

    def resource_values(self) -> dict[str, str]:
        """Give the further attributes of the resource by name."""
        return _pairs(self.resource_attributes)


def _pairs(text: str) -> dict[str, str]:
    """Read `name=value,name=value`.

    Raises:
        ValueError: a part is no pair; says which, but not its value, which may be a key.
    """
    pairs = {}
    for number, part in enumerate((part for part in text.split(",") if part.strip()), 1):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"part {number} is not name=value")
        pairs[unquote(name.strip())] = unquote(value.strip())
    return pairs
