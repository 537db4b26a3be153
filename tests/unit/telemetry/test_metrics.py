"""Metrics are complete, named by Prometheus's conventions, and of one process alone."""

import re

from jisi.telemetry import Metrics
from prometheus_client import generate_latest


def families(metrics: Metrics) -> dict[str, str]:
    """Give the type of every metric a scrape shows, which is also one that can be written."""
    generate_latest(metrics.registry)
    return {family.name: family.type for family in metrics.registry.collect()}


def test_all_metrics_are_there() -> None:
    """A scrape shows every metric that operators are promised."""
    metrics = Metrics()
    metrics.watch_loops(dict)
    metrics.watch_tracing(dict)

    assert families(metrics) == {
        "jisi_messages_consumed": "counter",
        "jisi_handler_seconds": "histogram",
        "jisi_batch_messages": "histogram",
        "jisi_dead_letters": "counter",
        "jisi_queries_answered": "counter",
        "jisi_query_seconds": "histogram",
        "jisi_answers_repeated": "counter",
        "jisi_calls": "counter",
        "jisi_call_seconds": "histogram",
        "jisi_call_tokens": "counter",
        "jisi_call_cost_usd": "counter",
        "jisi_calls_in_flight": "gauge",
        "jisi_open_tasks": "gauge",
        "jisi_outbox_events": "gauge",
        "jisi_outbox_age_seconds": "gauge",
        "jisi_loop_age_seconds": "gauge",
        "jisi_embedded_texts": "counter",
        "jisi_embedding_seconds": "histogram",
        "jisi_spans_dropped": "counter",
    }


def test_every_metric_says_what_it_is() -> None:
    """Names are lower-case with our prefix, and each has a sentence of help."""
    for family in Metrics().registry.collect():
        assert re.fullmatch("jisi_[a-z_]+", family.name)
        assert len(family.documentation.split()) > 1


def test_two_processes_in_one_do_not_meet() -> None:
    """Metrics are nobody's global: tests and the supervisor may have many."""
    first, second = Metrics(), Metrics()
    first.dead_letters.labels("jisi.queries.v1", "poison").inc()

    labels = {"topic": "jisi.queries.v1", "code": "poison"}
    assert first.registry.get_sample_value("jisi_dead_letters_total", labels) == 1.0
    assert second.registry.get_sample_value("jisi_dead_letters_total", labels) is None


def test_values_of_others_are_asked_for_at_every_scrape() -> None:
    """Ages of loops and lost spans are never stale."""
    metrics = Metrics()
    ages, dropped = {"relay": 1.5}, {"postgres": 3}
    metrics.watch_loops(lambda: ages)
    metrics.watch_tracing(lambda: dropped)
    ages["relay"] = 2.5
    dropped["postgres"] = 4

    assert metrics.registry.get_sample_value("jisi_loop_age_seconds", {"loop": "relay"}) == 2.5
    assert metrics.registry.get_sample_value("jisi_spans_dropped_total", {"receiver": "postgres"}) == 4.0
