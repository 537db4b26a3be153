"""What the router's parts hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from jisi.ledger.context import QueryContext
from jisi.routing.settings import RoutingSettings
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuery:
    """A query as it is entered."""

    uid: UUID
    tenant: str
    query_id: str
    body_hash: bytes
    chat: str
    """JSON."""
    mode: str
    metadata: str
    """JSON."""
    max_calls: int | None
    max_cost: float | None
    received_at: datetime
    deadline_at: datetime
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedQuery:
    """A new query with its plan."""

    query: NewQuery
    bank_version: int
    pool_version: int
    settings: str
    """JSON."""
    ranking: tuple[str, ...]
    document: bytes
    """The plan, packed."""
    probes: tuple[str, ...]
    first_wave_closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQuery:
    """What is stored of a query whose id came again."""

    uid: UUID
    body_hash: bytes
    state: str

    @property
    def is_tombstone(self) -> bool:
        """Whether it was cancelled before it came."""
        return not self.body_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class UncountedResponse:
    """A response that the fan-in has not counted yet."""

    uid: UUID
    model: str
    wave: int
    usable: bool
    text: str
    settings: dict[str, Any]
    """Those that its query was planned with."""

    @property
    def compared(self) -> bool:
        """Whether anything depends on its embedding."""
        return self.usable and self.wave == 1 and RoutingSettings(**self.settings).uses_responses


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWave:
    """A wave that is closed and waits for what comes next."""

    context: QueryContext
    wave: int
    plan_document: bytes | None
    """Packed; read for the first wave only."""
    bank_version: int
    pool_version: int
    vectors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Embeddings of the usable responses of the first wave."""
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    """Completion tokens of its responses, on the bank's basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What follows a closed wave."""

    uid: UUID
    wave: int
    ask: tuple[str, ...]
    """Models of the next wave; none: the switch decides."""
    closes_at: datetime
    """When the next wave closes."""
    short_of_calls: bool
    refined: bytes | None = None
    """Packed; of the first wave only, like what follows."""
    standing: dict[str, Any] | None = None
    aggregators: tuple[str, ...] = ()
    bank_version: int = 0
    recomputed_plan: bytes | None = None
