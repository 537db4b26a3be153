"""Settings that all services share, from `JISI_...` variables."""

import os
import socket

from pydantic import Field, SecretStr

from jisi.contracts.topics import Service
from jisi.messaging.settings import KafkaSettings
from jisi.telemetry.settings import TelemetrySettings


class ServiceSettings(KafkaSettings):
    """How one process of a service is set up."""

    database_url: SecretStr = SecretStr("postgresql://postgres@127.0.0.1:5432/jisi")
    """Address of Postgres; secret, for it may hold a password."""
    database_connections: int = Field(default=10, ge=2)
    """Connections kept by this process."""
    health_host: str = "127.0.0.1"
    """Address that `/health` and `/metrics` are served on."""
    health_port: int = Field(default=0, ge=0, le=65_535)
    """Port of them; 0: any free one."""
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)

    def process_name(self, service: Service) -> str:
        """Name of this process: in task rows, dead letters and spans."""
        return self.instance or f"{service}-{socket.gethostname()}-{os.getpid()}"
