"""What the services measure of queries, as it is scraped from them."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, MOONS, TRAINS
from tests.support.system import System
from tests.support.waiting import eventually

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def scrape(jisi: System) -> Values:
    """Give the sum over all processes of each series of ours."""
    values: Values = {}
    async with aiohttp.ClientSession() as session:
        for one in jisi.running:
            async with session.get(f"http://127.0.0.1:{one.health_port}/metrics") as response:
                for family in text_string_to_metric_families(await response.text()):
                    for sample in family.samples:
                        key = sample.name, tuple(sorted(sample.labels.items()))
                        values[key] = values.get(key, 0.0) + sample.value
    return values


def value(values: Values, name: str, **labels: str) -> float:
    """Give one series, 0 where it is not there."""
    return values.get((f"jisi_{name}", tuple(sorted(labels.items()))), 0.0)


async def test_each_stage_of_a_query_is_measured_once(jisi: System) -> None:
    """One query is routed, one fused, one fused after a second wave: each adds one to the stages it went through."""
    before = await scrape(jisi)
    for query in (TRAINS, CELLS, MOONS):
        await jisi.ask(query)
    after = await scrape(jisi)

    def added(stage: str) -> float:
        name = "stage_seconds_count"
        return value(after, name, stage=stage) - value(before, name, stage=stage)

    counts = {stage: added(stage) for stage in ("plan", "first_wave", "further_waves", "switch", "aggregate")}
    assert counts == {"plan": 3, "first_wave": 3, "further_waves": 1, "switch": 3, "aggregate": 2}
    for stage in counts:
        assert value(after, "stage_seconds_sum", stage=stage) > value(before, "stage_seconds_sum", stage=stage), stage


async def test_a_model_that_cools_down_is_seen_and_its_calls_are_counted(jisi: System, models: ModelEndpoint) -> None:
    """Its key is refused: every process tells that it is left alone, and which calls were not made for that."""
    await models.fault("unauthorized", "bea")
    await jisi.ask(CELLS)

    async def told() -> bool:
        return value(await scrape(jisi), "cool_down_seconds", model="bea", code="key_refused") > 0

    try:
        await eventually(told, within_seconds=20, reason="the cool-down is told")
        await jisi.ask(CELLS)
        values = await scrape(jisi)
        assert value(values, "calls_not_made_total", model="bea", kind="expert", code="key_refused") >= 1
        assert value(values, "calls_total", model="bea", kind="expert", outcome="key_refused") == 1
    finally:
        await jisi.rows("delete from cool_down returning pg_notify('jisi_cooldown', model)")


@pytest.mark.parametrize("of", ["pool", "bank"])
async def test_versions_in_use_are_told(jisi: System, of: str) -> None:
    """Each process tells the pool's version, the router the bank's too."""
    values = await scrape(jisi)

    assert value(values, "version_in_use", of=of) >= 1
    assert value(values, "ready") == len(jisi.running)
    assert value(values, "loops_stuck") == 0


async def test_topics_are_watched_from_the_start(jisi: System) -> None:
    """Lag is told for each topic by its consumer group, and a topic without a dead letter by a zero."""
    groups = {
        jisi.topics.queries: "router",
        jisi.topics.responses: "router",
        jisi.topics.generation: "generator",
        jisi.topics.candidates: "switch",
        jisi.topics.aggregation: "aggregator",
    }

    async def told() -> bool:
        values = await scrape(jisi)
        named = {dict(labels)["topic"] for name, labels in values if name == "jisi_consumer_lag_messages"}
        return named == set(groups)

    await eventually(told, within_seconds=20, reason="each topic's lag is told")
    values = await scrape(jisi)
    for topic, service in groups.items():
        group = jisi.topics.prefix + f"jisi-{service}"
        assert ("jisi_consumer_lag_messages", (("group", group), ("topic", topic))) in values
        letters = ("jisi_messages_consumed_total", (("outcome", "dead_lettered"), ("topic", topic)))
        assert letters in values
