"""Postgres: the engine, the driver's own connection, notifications, migrations."""

from jisi.database.address import DatabaseAddress
from jisi.database.engine import (
    DatabaseUnavailableError,
    create_engine,
    driver_connection,
    driver_url,
    is_database_outage,
    shown_url,
)
from jisi.database.metadata import metadata
from jisi.database.notifications import Notifications

__all__ = [
    "DatabaseAddress",
    "DatabaseUnavailableError",
    "Notifications",
    "create_engine",
    "driver_connection",
    "driver_url",
    "is_database_outage",
    "metadata",
    "shown_url",
]
