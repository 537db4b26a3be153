"""Divides endpoints among replicas in Postgres: one short transaction renews a replica's shares of many models.

A replica's row says how many calls it may run at once. Only the replica itself changes its row, and only while it holds
the lock of the endpoint's row: it grows by what no living row holds, and shrinks to what the replica has promised not
to exceed. Hence the living rows never sum to more than the limit, whatever is lost or delayed on the way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.llm.fair_share import Borrowed, Claim, Part, borrow_requests, renew_part

CHANNEL = "jisi_limits"
LEASE_SECONDS = 10.0
"""A share not renewed for so long is free for others (DESIGN.md 3: the lease of a task)."""

_Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_LOCK = """
    select model, arrival_at, extract(epoch from now())::float8 from endpoint
    where model = any(%s) order by model for update
"""
_ADD = "insert into endpoint (model) select unnest(%s::text[]) on conflict do nothing"
_CLAIMS = """
    select model, replica, slots, demand, extract(epoch from now() - since)::float8, expires_at > now()
    from endpoint_share where model = any(%s) order by model, replica
"""
_WRITE = """
    with gone as (
        delete from endpoint_share where model = any(%(models)s) and expires_at <= now() and replica <> %(me)s
    ),
    lent as (
        update endpoint set arrival_at = new.arrival_at
        from unnest(%(models)s::text[], %(arrivals)s::float8[]) new(model, arrival_at)
        where endpoint.model = new.model and endpoint.arrival_at <> new.arrival_at
    ),
    told as (select pg_notify(%(channel)s, payload) from unnest(%(messages)s::text[]) payload)
    insert into endpoint_share as old (model, replica, slots, demand, since, expires_at)
    select model, %(me)s, slots, demand, now(), now() + make_interval(secs => %(lease)s)
    from unnest(%(models)s::text[], %(slots)s::int[], %(demands)s::int[]) new(model, slots, demand)
    on conflict (model, replica) do update set
        slots = excluded.slots,
        demand = excluded.demand,
        expires_at = excluded.expires_at,
        since = case when (old.slots > 0) = (excluded.slots > 0) and (old.demand > 0) = (excluded.demand > 0)
            then old.since else excluded.since end
    returning (select count(*) from told)
"""
_GIVE_BACK = """
    with gone as (delete from endpoint_share where model = any(%(models)s) and replica = %(me)s returning model)
    select pg_notify(%(channel)s, json_build_array('freed', %(me)s, model)::text) from gone
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a replica says about one model when it renews its share."""

    model: str
    concurrency: int | None
    requests_per_minute: int | None
    floor: int
    """Calls it will not exceed until it has heard the result: it keeps at least so many."""
    demand: int
    """Calls it runs and calls that wait."""
    requests: int
    """Calls it would begin within the next seconds beyond those it may begin already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a replica has of one model from now until its lease ends."""

    model: str
    part: Part
    borrowed: Borrowed


@dataclass(frozen=True, slots=True)
class Message:
    """What replicas tell each other about a model: `wanted`, give back what is above your part; `freed`, take yours."""

    kind: Literal["wanted", "freed"]
    replica: str
    model: str

    def written(self) -> str:
        """Write it as a notification's payload."""
        return json.dumps([self.kind, self.replica, self.model], ensure_ascii=False)


def read_message(payload: str) -> Message | None:
    """Read a payload; None for one that tells nothing (after a reconnection anything may have been missed)."""
    try:
        kind, replica, model = json.loads(payload)
    except ValueError:
        return None
    return Message("freed" if kind == "freed" else "wanted", str(replica), str(model))


async def renew_shares(
    engine: AsyncEngine, *, replica: str, wishes: Sequence[Wish], lease_seconds: float = LEASE_SECONDS
) -> Mapping[str, Grant]:
    """Renew a replica's shares and return them by model; its other models' leases run on."""
    models = [wish.model for wish in wishes]
    async with driver_connection(engine) as connection, connection.transaction():
        endpoints = await _lock(connection, models)
        claims, own_before = await _claims(connection, models, replica)
        grants: dict[str, Grant] = {}
        messages: list[Message] = []
        for wish in wishes:
            arrival_at, now = endpoints[wish.model]
            before = own_before.get(wish.model)
            grant = _divide(wish, claims.get(wish.model, ()), before, replica, arrival_at=arrival_at, now=now)
            grants[wish.model] = grant
            messages += _messages(wish, grant, claims.get(wish.model, ()), before, replica)
        await connection.execute(
            _WRITE,
            {
                "models": models,
                "me": replica,
                "arrivals": [grants[model].borrowed.arrival_at for model in models],
                "slots": [grants[model].part.slots for model in models],
                "demands": [wish.demand for wish in wishes],
                "lease": lease_seconds,
                "channel": CHANNEL,
                "messages": [message.written() for message in messages],
            },
            prepare=True,
        )
    return grants


async def give_back(engine: AsyncEngine, *, replica: str, models: Sequence[str]) -> None:
    """Give back the shares of these models, whose calls have all ended, and tell whoever waits for them."""
    async with driver_connection(engine, autocommit=True) as connection:
        await connection.execute(_GIVE_BACK, {"models": list(models), "me": replica, "channel": CHANNEL})


async def _lock(connection: _Connection, models: Sequence[str]) -> Mapping[str, tuple[float, float]]:
    """Lock the endpoints' rows in the order of their names, so that replicas cannot deadlock; add those missing."""
    rows = await (await connection.execute(_LOCK, (models,), prepare=True)).fetchall()
    if len(rows) < len(models):
        await connection.execute(_ADD, (sorted(models),))
        rows = await (await connection.execute(_LOCK, (models,))).fetchall()
    return {model: (arrival_at, now) for model, arrival_at, now in rows}


async def _claims(
    connection: _Connection, models: Sequence[str], replica: str
) -> tuple[Mapping[str, Sequence[Claim]], Mapping[str, Claim]]:
    """Return the other replicas' living claims by model, and this replica's own."""
    others: dict[str, list[Claim]] = {}
    own: dict[str, Claim] = {}  # one that has expired holds nothing any more
    cursor = await connection.execute(_CLAIMS, (models,), prepare=True)
    for model, name, slots, demand, seconds, alive in await cursor.fetchall():
        claim = Claim(replica=name, demand=demand, slots=slots if alive else 0, seconds=seconds)
        if name == replica:
            own[model] = claim
        elif alive:
            others.setdefault(model, []).append(claim)
    return others, own


def _divide(
    wish: Wish, others: Sequence[Claim], before: Claim | None, replica: str, *, arrival_at: float, now: float
) -> Grant:
    if wish.concurrency is None:
        part = Part(slots=max(wish.floor, wish.demand), target=max(wish.floor, wish.demand))
    else:
        mine = Claim(
            replica=replica,
            demand=wish.demand,
            slots=before.slots if before else 0,
            seconds=before.seconds if before and before.demand > 0 else 0.0,
        )
        part = renew_part(wish.concurrency, mine=mine, others=others, floor=wish.floor)
    if wish.requests_per_minute is None:
        borrowed = Borrowed(requests=0, arrival_at=arrival_at, next_seconds=0.0)
    else:
        borrowed = borrow_requests(
            arrival_at=arrival_at,
            now=now,
            wanted=_part_of_requests(wish, others),
            requests_per_minute=wish.requests_per_minute,
        )
    return Grant(model=wish.model, part=part, borrowed=borrowed)


def _part_of_requests(wish: Wish, others: Sequence[Claim]) -> int:
    """Return how many requests to take at most: an equal part of a few seconds' worth, so that one cannot take all."""
    wanting = 1 + sum(claim.demand > 0 for claim in others)
    return min(wish.requests, max(1, (wish.requests_per_minute or 0) // (10 * wanting)))


def _messages(
    wish: Wish, grant: Grant, others: Sequence[Claim], before: Claim | None, replica: str
) -> Sequence[Message]:
    """Return what the others must hear; wanting is told once, when it begins, since their own renewals find it too."""
    if wish.concurrency is None:
        return ()
    if before is not None and grant.part.slots < before.slots and any(claim.hungry for claim in others):
        return [Message("freed", replica, wish.model)]
    lacks = wish.demand > grant.part.slots and grant.part.target > grant.part.slots
    told = before is not None and before.hungry
    return [Message("wanted", replica, wish.model)] if lacks and not told else ()
