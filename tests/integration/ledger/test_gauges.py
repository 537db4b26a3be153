"""Measures of the whole system, as any process takes them from Postgres."""

from jisi.runtime.gauges import measure
from jisi.telemetry.metrics import Metrics

from tests.integration.ledger.conftest import Ledger


def read(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Give the value of a gauge."""
    return metrics.registry.get_sample_value(f"jisi_{name}", labels)


async def test_nothing_is_open_at_rest(ledger: Ledger) -> None:
    """An empty system is told by zeros, not by absence."""
    metrics = Metrics()
    await measure(ledger.engine, metrics)

    for name in ("open_queries", "open_query_age_seconds", "open_query_overdue_seconds", "outbox_events"):
        assert read(metrics, name) == 0, name


async def test_the_oldest_open_query_is_told(ledger: Ledger) -> None:
    """Age counts from its record; it is overdue by what its deadline is past; those that are answered do not count."""
    metrics = Metrics()
    for state, age, overdue in (("routing", 100, 40), ("aggregating", 10, -50), ("answered", 9000, 8000)):
        uid = await ledger.query(state=state)
        await ledger.rows(
            "update query set received_at = now() - make_interval(secs => %s),"
            " deadline_at = now() - make_interval(secs => %s) where uid = %s",
            *(age, overdue, uid),
        )
    await measure(ledger.engine, metrics)

    assert read(metrics, "open_queries") == 2
    assert 100 <= (read(metrics, "open_query_age_seconds") or 0) < 400
    assert 40 <= (read(metrics, "open_query_overdue_seconds") or 0) < 340


async def test_a_query_in_time_is_not_overdue(ledger: Ledger) -> None:
    """A deadline ahead counts as nothing, not as less."""
    metrics = Metrics()
    await ledger.query()
    await measure(ledger.engine, metrics)

    assert (read(metrics, "open_queries"), read(metrics, "open_query_overdue_seconds")) == (1, 0)


async def test_models_are_told_while_they_cool_down(ledger: Ledger) -> None:
    """With the error that began it and the time left; once over, the series is gone."""
    metrics, cool = Metrics(), "insert into cool_down (model, reason, rounds, until) values (%s, %s, 1, now() + %s)"
    await ledger.rows(cool, "ada", "rate_limited", "60 seconds")
    await ledger.rows(cool, "bea", "unreachable", "-1 second")
    await measure(ledger.engine, metrics)

    assert 0 < (read(metrics, "cool_down_seconds", model="ada", code="rate_limited") or 0) <= 60
    assert read(metrics, "cool_down_seconds", model="bea", code="unreachable") is None

    await ledger.rows("delete from cool_down")
    await measure(ledger.engine, metrics)
    assert read(metrics, "cool_down_seconds", model="ada", code="rate_limited") is None
