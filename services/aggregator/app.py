"""Wiring of the aggregator: references in, answers out."""

from jisi.runtime.application import Application, Runtime
from jisi.runtime.calling import Calling

from services.aggregator.handlers import register_handlers
from services.aggregator.service import SynthesiseAnswer
from services.aggregator.settings import AggregatorSettings


def create_app(settings: AggregatorSettings) -> Application:
    """Make the aggregator; nothing is connected before it runs."""

    async def wire(runtime: Runtime) -> None:
        synthesise = SynthesiseAnswer(
            engine=runtime.engine,
            calling=Calling(runtime, settings),
            outbox=runtime.outbox,
            writer=runtime.writer,
            progress=runtime.progress,
            topics=runtime.topics,
            settings=settings,
        )
        register_handlers(runtime, synthesise)

    return Application("aggregator", settings, wire)
