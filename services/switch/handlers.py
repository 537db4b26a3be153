"""Which topic goes where: queries whose candidates stand."""

from jisi.contracts.events import CandidatesV1
from jisi.ledger.event_handler import EventHandler
from jisi.runtime.application import Runtime

from services.switch.service import DecideAnswer


def register_handlers(runtime: Runtime, decide: DecideAnswer) -> None:
    """Attach the switch to its topic."""
    runtime.consume(runtime.topics.candidates, EventHandler(CandidatesV1, decide.decide, runtime.writer))
