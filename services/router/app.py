"""Wiring of the router: queries and responses in, generation and candidates out; the embedder lives here alone."""

from jisi.embedding import Embedder, create_embedder
from jisi.runtime.application import Application, Runtime
from jisi.selector.settings import in_force
from jisi.support.live import LiveBank

from services.router.handlers import register_handlers
from services.router.planning import Planner
from services.router.response_vectors import ResponseVectors
from services.router.service import RouteQuery
from services.router.settings import RouterSettings
from services.router.waves import RefineRoute


def create_app(settings: RouterSettings, embedder: Embedder | None = None) -> Application:
    """Make the router; nothing is connected before it runs.

    Without an `embedder` it makes the one of its settings; either way it closes it at the end.
    """

    async def wire(runtime: Runtime) -> None:
        embeds = create_embedder(settings.embedder) if embedder is None else embedder
        runtime.closing.push_async_callback(embeds.close)
        selector = settings.selector.load(settings.routing, embeds.identity)
        bank = await LiveBank.open(engine=runtime.engine, embedder=embeds, notifications=runtime.notifications)
        runtime.health.details["bank_version"] = lambda: bank.identity.version
        runtime.loops.lasting("bank", bank.run)
        vectors = ResponseVectors(engine=runtime.engine, bank=bank, most_bytes=settings.response_vectors_mb * 2**20)
        await vectors.refresh(at_once=True)
        runtime.loops.lasting("response vectors", vectors.run)
        planner = Planner(
            embedder=embeds,
            bank=bank,
            pool=runtime.pool,
            settings=in_force(settings.routing, selector),
            metrics=runtime.metrics,
        )
        route = RouteQuery(
            engine=runtime.engine,
            planner=planner,
            outbox=runtime.outbox,
            writer=runtime.writer,
            progress=runtime.progress,
            tracing=runtime.tracing,
            topics=runtime.topics,
            first_wave_share=settings.first_wave_share,
        )
        refine = RefineRoute(
            engine=runtime.engine,
            planner=planner,
            bank=bank,
            selector=selector,
            response_vectors=vectors,
            outbox=runtime.outbox,
            progress=runtime.progress,
            tracing=runtime.tracing,
            topics=runtime.topics,
            second_wave_share=settings.second_wave_share,
        )
        register_handlers(runtime, route, refine)

    return Application("router", settings, wire)
