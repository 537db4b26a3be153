"""Wiring of the switch: candidates in, answers or aggregation out."""

from jisi.runtime.application import Application, Runtime

from services.switch.handlers import register_handlers
from services.switch.service import DecideAnswer
from services.switch.settings import SwitchSettings


def create_app(settings: SwitchSettings) -> Application:
    """Make the switch; nothing is connected before it runs."""

    async def wire(runtime: Runtime) -> None:
        decide = DecideAnswer(
            engine=runtime.engine,
            outbox=runtime.outbox,
            writer=runtime.writer,
            progress=runtime.progress,
            tracing=runtime.tracing,
            topics=runtime.topics,
        )
        register_handlers(runtime, decide)

    return Application("switch", settings, wire)
