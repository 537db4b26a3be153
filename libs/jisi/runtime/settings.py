"""Settings that all services share, from `JISI_...` variables."""

import os
import socket
from typing import Any

from pydantic import Field, SecretStr, field_validator

from jisi.contracts.topics import Service
from jisi.database import DatabaseAddress
from jisi.messaging.settings import KafkaSettings
from jisi.telemetry.settings import TelemetrySettings


class ServiceSettings(KafkaSettings):
    """How one process of a service is set up."""

    database_url: SecretStr = SecretStr("postgresql://postgres@127.0.0.1:5432/jisi")
    """Address of Postgres; secret, for it may hold a password. libpq's own parameters go in its query, such as
    `?sslmode=verify-full&sslrootcert=/path/ca.pem`."""
    database_pooled: bool = False
    """Whether that is a pooler in transaction mode, such as PgBouncer's: no statement is prepared then, and nothing set
    for a session."""
    database_direct_url: SecretStr | None = None
    """Address of Postgres itself where the other is a pooler's, for notifications, migrations and making databases."""
    database_connections: int = Field(default=10, ge=2)
    """Connections kept by this process."""
    health_host: str = "127.0.0.1"
    """Address that `/health` and `/metrics` are served on."""
    health_port: int = Field(default=0, ge=0, le=65_535)
    """Port of them; 0: any free one."""
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)

    @property
    def database(self) -> DatabaseAddress:
        """Where Postgres is."""
        direct = self.database_direct_url
        return DatabaseAddress(
            self.database_url.get_secret_value(),
            self.database_pooled,
            None if direct is None else direct.get_secret_value(),
        )

    @field_validator("database_direct_url", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment gives
        """Take an empty variable for one that is not set."""
        return value or None

    def process_name(self, service: Service) -> str:
        """Name of this process: in task rows, dead letters and spans."""
        return self.instance or f"{service}-{socket.gethostname()}-{os.getpid()}"
