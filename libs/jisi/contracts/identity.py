"""Who a query is: its id, scoped by tenant, and the key it is known by inside."""

import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d3c1e-5d0a-5f5b-9c55-6a6973690001")
"""Of all uuid5 made here; fixed for ever, since ids are derived with it."""


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """Where a record was read: what an id is derived from when the asker gave none."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes

    def derived_id(self) -> str:
        """Derive an id: the same record read again gets the same one; a topic made anew cannot collide."""
        digest = hashlib.sha256(self.value).hexdigest()
        place = f"{self.topic}/{self.partition}/{self.offset}/{self.timestamp_ms}/{digest}"
        return str(uuid5(NAMESPACE, place))


def query_key(tenant: str, query_id: str) -> UUID:
    """Key of a query inside the system: two tenants may use the same id."""
    return uuid5(NAMESPACE, f"{tenant}\0{query_id}")
