"""The servers of a test session as processes of this machine."""

from pathlib import Path

from jisi.stack.kafka import EmbeddedKafka
from jisi.stack.postgres import EmbeddedPostgres

from tests.support.session_servers import SessionServers


def embedded_servers(folder: Path) -> SessionServers:
    """Give the embedded servers, with their data in the folder."""
    return SessionServers(
        kafka=EmbeddedKafka(folder=folder / "kafka", short_lived=True),
        postgres=EmbeddedPostgres(folder=folder / "postgres"),
    )
