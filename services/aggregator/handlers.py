"""Which topic goes where: references to be fused."""

from jisi.contracts.events import AggregationV1
from jisi.ledger.event_handler import EventHandler
from jisi.runtime.application import Runtime

from services.aggregator.service import SynthesiseAnswer


def register_handlers(runtime: Runtime, synthesise: SynthesiseAnswer) -> None:
    """Attach the aggregator to its topic."""
    runtime.consume(runtime.topics.aggregation, EventHandler(AggregationV1, synthesise.take, runtime.writer))
