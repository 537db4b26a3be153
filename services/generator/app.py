"""Wiring of the generator: experts to be asked in, responses out."""

from jisi.runtime.application import Application, Runtime
from jisi.runtime.calling import Calling

from services.generator.handlers import register_handlers
from services.generator.service import GenerateResponse
from services.generator.settings import GeneratorSettings


def create_app(settings: GeneratorSettings) -> Application:
    """Make the generator; nothing is connected before it runs."""

    async def wire(runtime: Runtime) -> None:
        generate = GenerateResponse(
            engine=runtime.engine,
            calling=Calling(runtime, settings),
            outbox=runtime.outbox,
            progress=runtime.progress,
            topics=runtime.topics,
        )
        register_handlers(runtime, generate)

    return Application("generator", settings, wire)
