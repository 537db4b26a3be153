"""Which topic goes where: experts to be asked."""

from jisi.contracts.events import GenerationV1
from jisi.ledger.event_handler import EventHandler
from jisi.runtime.application import Runtime

from services.generator.service import GenerateResponse


def register_handlers(runtime: Runtime, generate: GenerateResponse) -> None:
    """Attach the generator to its topic."""
    runtime.consume(runtime.topics.generation, EventHandler(GenerationV1, generate.take, runtime.writer))
