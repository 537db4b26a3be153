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
    metrics.watch_process("1.0")
    metrics.watch_state(lambda: True, list)
    metrics.watch_versions(dict)
    metrics.watch_loops(dict)
    metrics.watch_tracing(dict)

    assert {name: kind for name, kind in families(metrics).items() if name.startswith("jisi_")} == {
        "jisi_build": "info",
        "jisi_ready": "gauge",
        "jisi_loops_stuck": "gauge",
        "jisi_version_in_use": "gauge",
        "jisi_messages_consumed": "counter",
        "jisi_handler_seconds": "histogram",
        "jisi_batch_messages": "histogram",
        "jisi_dead_letters": "counter",
        "jisi_queries_answered": "counter",
        "jisi_query_seconds": "histogram",
        "jisi_stage_seconds": "histogram",
        "jisi_answers_repeated": "counter",
        "jisi_calls": "counter",
        "jisi_calls_not_made": "counter",
        "jisi_call_seconds": "histogram",
        "jisi_call_tokens": "counter",
        "jisi_call_cost_usd": "counter",
        "jisi_calls_in_flight": "gauge",
        "jisi_open_tasks": "gauge",
        "jisi_open_queries": "gauge",
        "jisi_open_query_age_seconds": "gauge",
        "jisi_open_query_overdue_seconds": "gauge",
        "jisi_cool_down_seconds": "gauge",
        "jisi_consumer_lag_messages": "gauge",
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


def test_a_process_is_told_by_version_memory_and_time() -> None:
    """The version of the code and what the process takes stand beside our own metrics."""
    metrics = Metrics()
    metrics.watch_process("1.2.3")
    build = next(sample for family in metrics.registry.collect() for sample in family.samples if "build" in sample.name)

    assert build.labels["version"] == "1.2.3"
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"):
        assert metrics.registry.get_sample_value(name), name


def test_only_versions_in_use_are_told() -> None:
    """A version is told by what it is of; of what is not loaded yet, and of what is no version, nothing is."""
    metrics = Metrics()
    versions: dict[str, object] = {"pool_version": 3, "bank_version": None, "selector": "mlp"}
    metrics.watch_versions(lambda: versions)

    assert metrics.registry.get_sample_value("jisi_version_in_use", {"of": "pool"}) == 3.0
    assert metrics.registry.get_sample_value("jisi_version_in_use", {"of": "bank"}) is None
    assert metrics.registry.get_sample_value("jisi_version_in_use", {"of": "selector"}) is None


def test_what_is_known_beforehand_begins_at_zero() -> None:
    """Of a counter that begins at 1 Prometheus sees no rise, so a first dead letter would raise no alert."""
    metrics = Metrics()
    metrics.expect("jisi.queries.v1")

    labels = {"topic": "jisi.queries.v1", "outcome": "dead_lettered"}
    assert metrics.registry.get_sample_value("jisi_messages_consumed_total", labels) == 0.0
    assert metrics.registry.get_sample_value("jisi_stage_seconds_count", {"stage": "aggregate"}) == 0.0
