"""Prometheus metrics of one process, on a registry of its own.

Labels take few values only: topics, models, kinds, outcomes and codes of ours, never ids or texts.
"""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
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

STAGES = ("plan", "first_wave", "further_waves", "switch", "aggregate")
"""What the time of a query goes to; `jisi.ledger.stages` says where each begins and ends."""


class Metrics:
    """What one process counts and measures; every attribute is a metric whose name and help text say what it means."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.messages = Counter(
            "jisi_messages_consumed",
            "Messages worked, by what came of them: done, retried, dead_lettered",
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
        stage_seconds = Histogram(
            "jisi_stage_seconds",
            "Time a query spent in a stage that it was through with when it was answered",
            ("stage",),
            buckets=QUERY_BUCKETS,
            registry=registry,
        )
        self.stages = {stage: stage_seconds.labels(stage) for stage in STAGES}
        self.repeated_answers = Counter(
            "jisi_answers_repeated", "Answers published again, by cause", ("cause",), registry=registry
        )
        self.calls = Counter(
            "jisi_calls",
            "Attempts of LLM calls, by outcome: ok, or the error's code",
            ("model", "kind", "outcome"),
            registry=registry,
        )
        self.calls_not_made = Counter(
            "jisi_calls_not_made",
            "Tasks ended without a call, by why: the endpoint cools down (its error's code), budget, deadline, ...",
            ("model", "kind", "code"),
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
        self.open_queries = Gauge("jisi_open_queries", "Queries of the whole system without answer", registry=registry)
        self.open_query_age_seconds = Gauge(
            "jisi_open_query_age_seconds", "Time since the record of the oldest of them", registry=registry
        )
        self.open_query_overdue_seconds = Gauge(
            "jisi_open_query_overdue_seconds", "Time by which the deadline of any of them is past", registry=registry
        )
        self.cool_down_seconds = Gauge(
            "jisi_cool_down_seconds",
            "Time for which a model is still left alone, in the whole system, by the error that began it",
            ("model", "code"),
            registry=registry,
        )
        self.consumer_lag = Gauge(
            "jisi_consumer_lag_messages",
            "Messages behind those handed over, in the partitions this process consumes, as of its last fetch",
            ("topic", "group"),
            registry=registry,
        )
        self.outbox_events = Gauge("jisi_outbox_events", "Events of the whole system not yet sent", registry=registry)
        self.outbox_age_seconds = Gauge("jisi_outbox_age_seconds", "Age of the oldest of them", registry=registry)
        self.embedded_texts = Counter("jisi_embedded_texts", "Texts embedded", ("kind",), registry=registry)
        self.embedding_seconds = Histogram(
            "jisi_embedding_seconds", "Time to embed the texts of one batch", buckets=HANDLER_BUCKETS, registry=registry
        )
        self._begin_at_zero()

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

    def expect(self, topic: str) -> None:
        """Show a consumed topic's counters from the start."""
        for outcome in ("done", "retried", "dead_lettered"):
            self.messages.labels(topic, outcome)

    def watch_process(self, version: str) -> None:
        """Report the version of the code, and processor time, memory and open files of this process."""
        build = Info("jisi_build", "Version of the code and of Python", registry=self.registry)
        build.info({"version": version, "python": platform.python_version()})
        ProcessCollector(registry=self.registry)

    def watch_state(self, ready: Callable[[], bool], stuck: Callable[[], Sequence[str]]) -> None:
        """Report at every scrape whether the process takes work, and how many of its loops are stuck."""
        self._at_scrape(lambda: GaugeMetricFamily("jisi_ready", "1 if the process takes work", value=float(ready())))
        self._at_scrape(
            lambda: GaugeMetricFamily("jisi_loops_stuck", "Loops that should have come round", value=len(stuck()))
        )

    def watch_versions(self, versions: Callable[[], Mapping[str, object]]) -> None:
        """Report at every scrape which version of what is in use, by its name such as `pool_version`."""

        def collect() -> Metric:
            family = GaugeMetricFamily("jisi_version_in_use", "Version in use of bank or pool", labels=("of",))
            for name, version in versions().items():
                if isinstance(version, int):
                    family.add_metric((name.removesuffix("_version"),), version)
            return family

        self._at_scrape(collect)

    def watch_loops(self, ages_seconds: Callable[[], Mapping[str, float]]) -> None:
        """Report at every scrape how long ago each background loop last came round."""

        def collect() -> Metric:
            family = GaugeMetricFamily("jisi_loop_age_seconds", "Time since a loop last came round", labels=("loop",))
            for loop, age in ages_seconds().items():
                family.add_metric((loop,), age)
            return family

        self._at_scrape(collect)

    def watch_tracing(self, dropped: Callable[[], Mapping[str, int]]) -> None:
        """Report at every scrape how many spans were lost, by receiver (`Tracing.dropped`)."""

        def collect() -> Metric:
            family = CounterMetricFamily("jisi_spans_dropped", "Finished spans lost", labels=("receiver",))
            for receiver, count in dropped().items():
                family.add_metric((receiver,), count)
            return family

        self._at_scrape(collect)

    def _at_scrape(self, collect: Callable[[], Metric]) -> None:
        self.registry.register(_AtScrape(collect))

    def _begin_at_zero(self) -> None:
        """Show what is known beforehand: of a counter that begins at 1 Prometheus does not see the rise."""
        self.queries.labels("completed", "")
        self.repeated_answers.labels("same_query")


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
