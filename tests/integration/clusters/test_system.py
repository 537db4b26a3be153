"""The whole system where nothing is open: Kafka by TLS and SCRAM, Postgres by TLS through a pooler in transactions."""

import asyncio

import pytest
from jisi.llm.store import apply_pool

from tests.support.command_line import CommandLine
from tests.support.pooler import POOL_SIZE, Pooler
from tests.support.scripted_models import KEY, ModelEndpoint
from tests.support.secured_kafka import PASSWORD
from tests.support.small_bank import CELLS, MOONS, RIVERS, TRAINS, fused_by, said_by
from tests.support.system import System
from tests.support.tls_postgres import TlsPostgres
from tests.support.waiting import eventually

POOL_WITHIN_SECONDS = 5
"""The promise of DESIGN.md 1."""


@pytest.fixture
def running(
    cli: CommandLine,
    of_kafka: dict[str, str],
    jisi: System,
    postgres: TlsPostgres,
    before_postgres: Pooler,
    database: str,
) -> CommandLine:
    """A command line that is told of the running system as its services are."""
    cli.tell(
        **{**of_kafka, "topic_prefix": jisi.topics.prefix},
        database_url=before_postgres.url(database),
        database_pooled="true",
        database_direct_url=postgres.url(database),
    )
    return cli


@pytest.mark.parametrize(
    ("query", "text", "waves"),
    [(TRAINS, said_by("ada"), {1}), (CELLS, fused_by("ada"), {1}), (RIVERS, said_by("dot"), {1, 2})],
)
async def test_queries_are_answered(jisi: System, query: str, text: str, waves: set[int]) -> None:
    """One is routed, one fused, one routed after a second wave, by the same rules as anywhere."""
    answer = await jisi.ask(query)

    assert (answer.status, answer.text) == ("completed", text)
    assert {call.wave for call in answer.bill.calls if call.kind == "expert"} == waves


async def test_many_at_once_share_few_connections(jisi: System, before_postgres: Pooler, database: str) -> None:
    """Transactions of all services go through the pooler's few connections, and each query gets its own answer."""
    before = before_postgres.transactions(database)
    answers = await asyncio.gather(*(jisi.ask({"query": MOONS, "query_id": f"many-{n}"}) for n in range(40)))

    assert sorted(answer.query_id for answer in answers) == sorted(f"many-{n}" for n in range(40))
    assert {answer.status for answer in answers} == {"completed"}
    await jisi.comes_to_rest()
    await eventually(lambda: before_postgres.transactions(database) > before, within_seconds=60)
    through_pooler = await jisi.value(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name like '%-%'"
    )
    assert 0 < through_pooler <= POOL_SIZE


async def test_every_connection_is_encrypted(jisi: System) -> None:
    """Postgres itself says so, of the pooler's and of the direct ones."""
    found = await jisi.rows(
        "select ssl, count(*) from pg_stat_ssl join pg_stat_activity using (pid) where datname = current_database()"
        " group by ssl"
    )

    assert [encrypted for encrypted, _ in found] == [True]


async def test_notifications_come_past_the_pooler(jisi: System) -> None:
    """Each service listens on a connection to Postgres of its own, and none is left listening in the pool."""
    listening = await jisi.rows(
        "select application_name from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
    )

    assert len(listening) == 4


async def test_a_pool_is_seen_live(jisi: System, models: ModelEndpoint) -> None:
    """A model that leaves the pool is not asked any more a moment later; coming back it is."""
    await apply_pool(jisi.engine, models.pool(without=["ada"]))

    async def answered_without() -> bool:
        return (await jisi.ask(TRAINS)).text != said_by("ada")

    await eventually(answered_without, within_seconds=POOL_WITHIN_SECONDS, interval_seconds=0.2)
    await apply_pool(jisi.engine, models.pool())

    async def answered_with() -> bool:
        return (await jisi.ask(TRAINS)).text == said_by("ada")

    await eventually(answered_with, within_seconds=POOL_WITHIN_SECONDS, interval_seconds=0.2)


async def test_spans_are_stored(jisi: System) -> None:
    """The trace of a query comes to Postgres through the pooler too."""
    trace_id = (await jisi.ask(TRAINS)).trace_id

    async def all_three() -> bool:
        services = await jisi.rows("select distinct service from span where trace_id = %s", trace_id)
        return {service for (service,) in services} == {"router", "generator", "switch"}

    await eventually(all_three, within_seconds=20)


async def test_commands_work_by_variables_alone(running: CommandLine) -> None:
    """Ask, why, the dead letters and the doctor need nothing but what the services are told."""
    asked = await asyncio.to_thread(running, "ask", CELLS, "--id", "by-command")
    explained = await asyncio.to_thread(running, "why", "by-command", "--json")
    letters = await asyncio.to_thread(running, "dlq", "list", "--json")
    examined = await asyncio.to_thread(running, "doctor", "--json")

    assert (asked.code, asked.out) == (0, f"{fused_by('ada')}\n")
    assert explained.json["decision"]["kind"] == "aggregate"
    assert letters.json == {"letters": []}
    found = {finding["area"]: finding for finding in examined.json["findings"]}
    assert found["kafka"]["message"].endswith("1 broker, sasl_ssl")
    assert found["copies"]["message"].startswith("1 of each record, 1 in sync")
    for area in ("kafka", "topics", "copies", "router", "generator", "switch", "aggregator", "postgres", "schema"):
        assert found[area]["level"] == "ok", found[area]
    said = "".join(outcome.out + outcome.err for outcome in (asked, explained, letters, examined))
    assert not [secret for secret in (PASSWORD, KEY) if secret in said]


async def test_commands_work_through_the_pooler_alone(running: CommandLine) -> None:
    """Who cannot reach Postgres itself can still explain, and be examined."""
    running.monkeypatch.delenv("JISI_DATABASE_DIRECT_URL")
    await asyncio.to_thread(running, "ask", TRAINS, "--id", "through-pooler")
    explained = [await asyncio.to_thread(running, "why", "through-pooler", "--json") for _ in range(4)]
    listed = await asyncio.to_thread(running, "pool", "list", "--json")
    stats = await asyncio.to_thread(running, "bank", "stats", "--json")

    assert {one.json["decision"]["answer"] for one in explained} == {"ada"}
    assert (listed.code, stats.code) == (0, 0)
