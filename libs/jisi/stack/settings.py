"""What a stack is made of, from `JISI_...` variables or the command line."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from jisi.messaging.connection import KafkaSecurity, kafka_security


def _default_data_folder() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jisi"


class StackSettings(BaseSettings):
    """Everything may be left out: then Kafka and Postgres are embedded, and one replica of each service runs."""

    model_config = SettingsConfigDict(env_prefix="JISI_", frozen=True, extra="ignore")

    data: Path = Field(
        default_factory=_default_data_folder,
        description="folder of all data, logs and state; unset: jisi below XDG_DATA_HOME or ~/.local/share",
    )
    kafka: str | None = Field(default=None, description="host:port of a Kafka to use instead of the embedded one")
    security: KafkaSecurity = Field(default_factory=kafka_security)
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="postgresql://... to use instead of the embedded Postgres; needs pgvector",
    )
    database_pooled: bool = Field(default=False, description="whether that is a pooler in transaction mode")
    database_direct_url: str | None = Field(
        default=None, repr=False, description="postgresql://... of Postgres itself, where the other is a pooler's"
    )
    kafka_port: int = Field(default=19092, ge=0, le=65535, description="of the embedded Kafka; 0: any free one")
    postgres_port: int = Field(default=15432, ge=0, le=65535, description="of the embedded Postgres; 0: any free one")
    replicas: Annotated[dict[str, Annotated[int, Field(ge=0)]], NoDecode] = Field(
        default_factory=dict, description="processes by service, such as generator=3,router=2; 1 where not named"
    )
    topic_prefix: str = Field(default="", description="put before every topic's and group's name")
    pool: Path | None = Field(default=None, description="the pool file given to the services")

    @field_validator("replicas", mode="before")
    @classmethod
    def _parse_replicas(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment or the caller gives
        """Read `generator=3,router=2`."""
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {name.strip(): number.strip() for name, _, number in pairs}

    @field_validator("kafka", "database_url", "database_direct_url", "pool", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment gives
        """Take an empty variable for one that is not set."""
        return value or None
