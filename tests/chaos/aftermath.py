"""What is left after a run, read from Postgres, Kafka and the endpoint, and whether every promise was kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jisi.contracts.answer import AnswerV1
from jisi.database import driver_connection

from tests.chaos.strikes import SERVERS
from tests.chaos.system import ChaosSystem, Outage
from tests.support.kafka import KafkaTestClient
from tests.support.waiting import eventually

GRACE_SECONDS = 1.0
"""An answer may come so long after its deadline (DESIGN.md 1)."""
RECOVERY_SECONDS = 15.0
"""After a server is back: consumers rejoin, what was left over is swept, on a machine that starts all this at once."""

LONGEST_RESTART_SECONDS = 20.0
"""Of a service, which takes two; a machine on which it takes longer is too busy to keep a deadline by."""

CallKey = tuple[str, str, str]
"""Kind, model and the text that was asked."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What is not through yet."""

    unanswered: int
    open_tasks: int
    timers: int
    outbox: int

    def __bool__(self) -> bool:
        return any((self.unanswered, self.open_tasks, self.timers, self.outbox))


@dataclass(frozen=True, slots=True)
class Aftermath:
    """All that is known when everything has settled."""

    answers: Mapping[str, AnswerV1]
    """By query id, as stored."""
    bodies: Mapping[str, bytes]
    published: Mapping[str, Sequence[bytes]]
    """Every record of the answers topic, by query id."""
    deadlines: Mapping[str, float]
    """On the clock of `time.time`."""
    stored_at: Mapping[str, float]
    bought: Counter[CallKey]
    """Attempts entered."""
    lost: Counter[CallKey]
    """Attempts entered of a process that died in the middle."""
    called: Counter[CallKey]
    """Requests the endpoint has seen."""
    completed: Counter[CallKey]
    """Responses it has sent whole."""
    dead_letters: Sequence[str]
    """Reasons."""


async def unsettled(system: ChaosSystem, prefix: str, expected: int) -> Unsettled:
    """Count what is not through yet, of so many queries asked under ids of this prefix."""
    async with driver_connection(system.engine, autocommit=True) as connection:
        cursor = await connection.execute(
            """
            select %s - (select count(*) from answer join query on uid = query_uid where starts_with(query_id, %s)),
                   (select count(*) from task where state in ('ready', 'running')),
                   (select count(*) from timer), (select count(*) from outbox)
            """,
            [expected, prefix],
        )
        row = await cursor.fetchone()
    assert row is not None
    return Unsettled(*row)


async def settled(system: ChaosSystem, prefix: str, expected: int, *, within_seconds: float) -> None:
    """Wait until so many queries are answered and nothing is left to be done."""

    async def is_settled() -> bool:
        left = await unsettled(system, prefix, expected)
        assert not left, left
        return True

    await eventually(is_settled, within_seconds=within_seconds, interval_seconds=0.2)


async def read_aftermath(system: ChaosSystem, prefix: str) -> Aftermath:
    """Read all there is of queries whose ids have this prefix."""
    async with driver_connection(system.engine, autocommit=True) as connection:
        answers = await (
            await connection.execute(
                """
                select q.query_id, a.body, extract(epoch from q.deadline_at)::float8,
                       extract(epoch from a.created_at)::float8
                from query q join answer a on a.query_uid = q.uid
                where starts_with(q.query_id, %s)
                """,
                [prefix],
            )
        ).fetchall()
        calls = await (
            await connection.execute(
                """
                select c.kind, c.model, q.chat -> 0 ->> 'content', c.status
                from llm_call c join query q on q.uid = c.query_uid
                where starts_with(q.query_id, %s)
                """,
                [prefix],
            )
        ).fetchall()
    kafka = KafkaTestClient(system.stack.kafka)
    published = defaultdict(list)
    for record in await kafka.records(system.topics.answers):
        if record.key.startswith(prefix.encode()):
            published[record.key.decode()].append(record.value)
    dead_letters = [
        f"{record.topic}: {dict(record.headers).get('dlq-error', b'').decode()}"
        for topic in system.topics.consumed
        for record in await kafka.records(system.topics.dead_letters(topic))
    ]
    called, completed = Counter[CallKey](), Counter[CallKey]()
    for call in await system.endpoint_calls():
        key = (call["kind"], call["model"], call["query"])
        called[key] += 1
        completed[key] += call["outcome"] == "completed"
    return Aftermath(
        answers={query_id: AnswerV1.model_validate_json(body) for query_id, body, *_ in answers},
        bodies={query_id: body.encode() for query_id, body, *_ in answers},
        published=published,
        deadlines={query_id: deadline for query_id, _, deadline, _ in answers},
        stored_at={query_id: stored_at for query_id, *_, stored_at in answers},
        bought=Counter((kind, model, text) for kind, model, text, _ in calls),
        lost=Counter((kind, model, text) for kind, model, text, status in calls if status == "lost"),
        called=called,
        completed=completed,
        dead_letters=dead_letters,
    )


def broken_promises(
    after: Aftermath, asked: Collection[str], seen: Mapping[str, float], outages: Sequence[Outage]
) -> list[str]:
    """Give a sentence for each deviation."""
    broken = [f"{query_id} has no answer" for query_id in asked if query_id not in after.answers]
    broken += [f"{query_id} was answered but never asked" for query_id in after.answers if query_id not in asked]
    for query_id, body in after.bodies.items():
        records = after.published.get(query_id, ())
        if set(records) != {body}:
            broken.append(f"{query_id}: {len(set(records))} different answers were published, stored is another")
    broken += [late for query_id in after.answers if (late := _late(query_id, after, seen, outages))]
    for key, times in after.called.items():
        if times > after.bought[key]:
            broken.append(f"{key} was called {times} times, of which {after.bought[key]} were entered")
    for key, times in after.completed.items():
        if times - 1 > after.lost[key]:
            broken.append(f"{key} was bought {times} times, though only {after.lost[key]} died with their process")
    return broken + [f"dead letter: {reason}" for reason in after.dead_letters]


def _late(query_id: str, after: Aftermath, seen: Mapping[str, float], outages: Sequence[Outage]) -> str | None:
    deadline = after.deadlines[query_id]
    at = seen.get(query_id)
    if at is None:
        return f"{query_id}: its answer was never seen"
    due = deadline + GRACE_SECONDS
    excuses = [one for one in outages if one.name in SERVERS or one.ended - one.began > LONGEST_RESTART_SECONDS]
    if at <= due or any(one.began <= due and at <= one.ended + RECOVERY_SECONDS for one in excuses):
        return None
    return f"{query_id}: its answer came {at - deadline:.1f} s after the deadline"


def summary(after: Aftermath) -> dict[str, Any]:
    """Sum a run up in a few numbers."""
    statuses = Counter(answer.status for answer in after.answers.values())
    reasons = Counter(reason for answer in after.answers.values() for reason in answer.degraded)
    codes = Counter(answer.code for answer in after.answers.values() if answer.code)
    routes = Counter(answer.route for answer in after.answers.values())
    return {
        "answers": dict(statuses),
        "degraded": dict(reasons),
        "failed": dict(codes),
        "routes": dict(routes),
        "repeats": sum(len(records) - 1 for records in after.published.values()),
        "attempts": after.bought.total(),
        "lost": after.lost.total(),
        "requests": after.called.total(),
        "bought again": sum(times - 1 for times in after.completed.values() if times > 1),
    }
