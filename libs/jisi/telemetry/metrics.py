"""Prometheus metrics of one process, on a registry of its own.

Labels take few values only: topics, models, kinds, outcomes and codes of ours, never ids or texts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

HANDLER_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; a batch of a healthy service takes 2 to 50 ms."""

CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
"""Seconds; up to the default deadline of ten minutes."""

QUERY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds from the query's record to its answer."""

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200)
"""Messages; a subscriber takes 200 at most."""


class Metrics:
    """What one process counts and measures; every attribute is a metric whose name and help text say what it means."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.messages = Counter(
            "jisi_messages_consumed",
            "Messages worked, by what came of them: done, repeated (was done before), retried, dead_lettered",
            ("topic", "outcome"),
            registry=registry,
        )
        self.handler_seconds = Histogram(
            "jisi_handler_seconds",
            "Time to work one batch of messages, transaction and publishing included",
            ("topic",),
            buckets=HANDLER_BUCKETS,
            registry=registry,
        )
        self.batch_messages = Histogram(
            "jisi_batch_messages", "Messages in a batch", ("topic",), buckets=BATCH_BUCKETS, registry=registry
        )
        self.dead_letters = Counter(
            "jisi_dead_letters", "Messages put on a dead-letter topic", ("topic", "code"), registry=registry
        )
        self.queries = Counter(
            "jisi_queries_answered",
            "Queries answered: completed, degraded or failed, with the first reason",
            ("status", "reason"),
            registry=registry,
        )
        self.query_seconds = Histogram(
            "jisi_query_seconds",
            "Time from a query's record to its answer",
            ("route",),
            buckets=QUERY_BUCKETS,
            registry=registry,
        )
        self.repeated_answers = Counter(
            "jisi_answers_repeated", "Answers published again, by cause", ("cause",), registry=registry
        )
        self.calls = Counter(
            "jisi_calls",
            "Attempts of LLM calls, by outcome: ok, or the error's code",
            ("model", "kind", "outcome"),
            registry=registry,
        )
        self.call_seconds = Histogram(
            "jisi_call_seconds", "Time of one attempt", ("model", "kind"), buckets=CALL_BUCKETS, registry=registry
        )
        self.call_tokens = Counter(
            "jisi_call_tokens", "Tokens, by direction: input or output", ("model", "direction"), registry=registry
        )
        self.call_cost_usd = Counter("jisi_call_cost_usd", "Money spent on calls", ("model",), registry=registry)
        self.calls_in_flight = Gauge("jisi_calls_in_flight", "Calls running now", ("model",), registry=registry)
        self.open_tasks = Gauge(
            "jisi_open_tasks",
            "Tasks of the whole system, by state: ready or running",
            ("kind", "state"),
            registry=registry,
        )
        self.outbox_events = Gauge("jisi_outbox_events", "Events of the whole system not yet sent", registry=registry)
        self.outbox_age_seconds = Gauge("jisi_outbox_age_seconds", "Age of the oldest of them", registry=registry)
        self.embedded_texts = Counter("jisi_embedded_texts", "Texts embedded", ("kind",), registry=registry)
        self.embedding_seconds = Histogram(
            "jisi_embedding_seconds", "Time to embed the texts of one batch", buckets=HANDLER_BUCKETS, registry=registry
        )

        self._of_calls: dict[tuple[str, str], CallMetrics] = {}

    def of_calls(self, model: str, kind: str) -> "CallMetrics":
        """Give what is measured of the calls to a model; looking the labels up again costs more than measuring."""
        known = self._of_calls.get((model, kind))
        if known is None:
            known = self._of_calls[model, kind] = CallMetrics(
                in_flight=self.calls_in_flight.labels(model),
                seconds=self.call_seconds.labels(model, kind),
                input_tokens=self.call_tokens.labels(model, "input"),
                output_tokens=self.call_tokens.labels(model, "output"),
                cost_usd=self.call_cost_usd.labels(model),
            )
        return known

    def watch_loops(self, ages_seconds: Callable[[], Mapping[str, float]]) -> None:
        """Report at every scrape how long ago each background loop last came round."""

        def collect() -> Metric:
            family = GaugeMetricFamily("jisi_loop_age_seconds", "Time since a loop last came round", labels=("loop",))
            for loop, age in ages_seconds().items():
                family.add_metric((loop,), age)
            return family

        self.registry.register(_AtScrape(collect))

    def watch_tracing(self, dropped: Callable[[], Mapping[str, int]]) -> None:
        """Report at every scrape how many spans were lost, by receiver (`Tracing.dropped`)."""

        def collect() -> Metric:
            family = CounterMetricFamily("jisi_spans_dropped", "Finished spans lost", labels=("receiver",))
            for receiver, count in dropped().items():
                family.add_metric((receiver,), count)
            return family

        self.registry.register(_AtScrape(collect))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMetrics:
    """The measures of the calls to one model, of one kind."""

    in_flight: Gauge
    seconds: Histogram
    input_tokens: Counter
    output_tokens: Counter
    cost_usd: Counter


class _AtScrape(Collector):
    """Asks for the values when they are scraped, so that nobody has to keep them up to date."""

    def __init__(self, collect: Callable[[], Metric]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return (self._collect(),)
