"""A real Prometheus scrapes the four services: every alert is evaluated, every panel of the board shows something."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.observability.documents import alerts, board, panels, rules
from tests.observability.server import PrometheusServer, program, prometheus_server
from tests.support.kafka import new_topic_prefix
from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, model_endpoint
from tests.support.small_bank import CELLS, MODELS, MOONS, TRAINS, import_small_bank, say
from tests.support.system import ALL, System, system
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_SECONDS = 90.0
VARIABLES = {"$__rate_interval": "60s", "$model": ".+", "$service": ".+"}
"""What Grafana puts in their place, where all is chosen."""


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    """Put the endpoint's key where the pool says it is."""
    program("prometheus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models() -> AsyncIterator[ModelEndpoint]:
    """The models' endpoint."""
    async with model_endpoint(MODELS, say) as endpoint:
        yield endpoint


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def jisi(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    _migrated_template: str,
    models: ModelEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[System]:
    """The four services, on the small bank."""
    with postgres_server.database(template=_migrated_template) as name:
        await import_small_bank(postgres_server.url(name), tmp_path_factory.mktemp("bank"))
        async with system(kafka_server, postgres_server.url(name), new_topic_prefix(), models.pool()) as made:
            await made.start(*ALL)
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(jisi: System, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrometheusServer]:
    """A server that has scraped each of them."""
    targets = [(one.service, one.health_port) for one in jisi.running]
    folder: Path = tmp_path_factory.mktemp("prometheus")
    async with prometheus_server(folder, targets) as server:

        async def all_scraped() -> bool:
            return await server.query('count by (job) (up{job="jisi"} == 1)') == [({"job": "jisi"}, len(targets))]

        await eventually(all_scraped, within_seconds=WITHIN_SECONDS, reason="every service is scraped")
        yield server


async def good_queries(jisi: System) -> None:
    """One is routed, one fused, one fused after a second wave."""
    await asyncio.gather(*(jisi.ask(query) for query in (TRAINS, CELLS, MOONS)))


async def troubled_queries(jisi: System) -> None:
    """One is degraded, one fails, one record is no query, and one query is asked twice."""
    asked_twice = str(uuid4())
    await asyncio.gather(
        jisi.ask(TRAINS, models=["fay"]),
        jisi.ask(TRAINS, models=["nobody"]),
        jisi.publish(b"no query at all"),
        jisi.ask({"query": TRAINS, "query_id": asked_twice}),
    )
    await jisi.publish_json({"query": TRAINS, "query_id": asked_twice})


async def while_asking(
    ask: Callable[[], Awaitable[None]], condition: Callable[[], Awaitable[list[str]]], reason: str
) -> None:
    """Go on asking until a condition finds nothing missing: rates take two scrapes with a rise between."""

    async def nothing_missing() -> bool:
        await ask()
        missing = await condition()
        assert not missing, missing
        return True

    await eventually(nothing_missing, within_seconds=WITHIN_SECONDS, interval_seconds=0.5, reason=reason)


def filled(expression: str) -> str:
    """Put values in the place of the board's variables."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


async def empty_panels(prometheus: PrometheusServer) -> list[str]:
    """Give the panels of which an expression gives no number."""
    empty = []
    for panel in panels():
        for expression in panel.expressions:
            values = [value for _, value in await prometheus.query(filled(expression))]
            if all(value != value for value in values):  # noqa: PLR0124 - not a number
                empty.append(f"{panel.title}: {expression}")
    return empty


async def raised(prometheus: PrometheusServer) -> set[str]:
    """Give the names of the alerts that fire, or will if it goes on."""
    return {alert["labels"]["alertname"] for alert in (await prometheus.get("alerts"))["alerts"]}


async def test_a_system_that_is_well_raises_no_alert(jisi: System, prometheus: PrometheusServer) -> None:
    """Every rule is evaluated without error while queries are answered, and nothing fires or is about to."""

    async def unevaluated() -> list[str]:
        groups = (await prometheus.get("rules"))["groups"]
        known = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
        assert len(known) == len(list(rules()))
        return [name for name, health in known.items() if health != "ok"]

    await while_asking(lambda: good_queries(jisi), unevaluated, "every rule is evaluated")

    async def quiet() -> bool:
        return await raised(prometheus) == set()

    await eventually(
        quiet, within_seconds=WITHIN_SECONDS, reason="what was raised before the first scrape is withdrawn"
    )
    answered = await prometheus.query('sum by (status) (jisi_queries_answered_total{status!="completed"})')
    assert answered == []


async def test_every_panel_shows_what_happens(
    jisi: System, models: ModelEndpoint, prometheus: PrometheusServer
) -> None:
    """While queries are routed, fused, degraded, refused and repeated, and a model's key is refused."""
    await models.fault("unauthorized", "bea")

    async def ask() -> None:
        await good_queries(jisi)
        await troubled_queries(jisi)

    await while_asking(ask, lambda: empty_panels(prometheus), "every panel shows something")

    async def told() -> bool:
        return {"JisiDeadLetters", "JisiModelCoolingDown"} <= await raised(prometheus)

    await eventually(told, within_seconds=WITHIN_SECONDS, reason="the alerts on what was done are raised")
    for alert in (await prometheus.get("alerts"))["alerts"]:
        said = alert["annotations"]
        assert "<error" not in said["summary"] + said["description"]
        assert "<no value>" not in said["summary"] + said["description"]


async def test_numbers_agree_with_what_was_asked(jisi: System, prometheus: PrometheusServer) -> None:
    """The whole system's numbers are those of the database, however many processes tell them."""
    await jisi.comes_to_rest()
    stored = await jisi.value("select count(*) from answer")
    spent = float(await jisi.value("select sum(cost) from llm_call"))

    async def agrees() -> bool:
        answered = await prometheus.query("sum(jisi_queries_answered_total)")
        ((_, cost),) = await prometheus.query("sum(jisi_call_cost_usd_total)")
        unfinished = await prometheus.query("max(jisi_open_queries) + max(jisi_outbox_events) + max(jisi_open_tasks)")
        return answered == [({}, stored)] and cost == pytest.approx(spent) and unfinished == [({}, 0)]

    await eventually(agrees, within_seconds=WITHIN_SECONDS, reason=f"{stored} answers for {spent} USD are told")


async def test_the_variables_offer_what_there_is(prometheus: PrometheusServer) -> None:
    """The board's filters list models and services."""
    offered = {}
    for variable in board()["templating"]["list"]:
        series, _, label = variable["definition"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
        offered[variable["name"]] = set(await prometheus.get(f"label/{label}/values", **{"match[]": series}))

    assert offered["service"] == set(ALL)
    assert offered["model"] <= set(MODELS)
    assert {"ada", "bea"} <= offered["model"]


async def test_every_alert_can_be_told_apart(prometheus: PrometheusServer) -> None:
    """What Prometheus has loaded is what the file says, each under a name of its own."""
    groups = (await prometheus.get("rules", type="alert"))["groups"]
    loaded = [rule["name"] for group in groups for rule in group["rules"]]

    assert sorted(loaded) == sorted({alert["alert"] for alert in alerts()})
