"""One process of a service: builds what all services share, starts it in order, stops it in reverse."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TypeVar

from faststream.kafka import KafkaBroker
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.topics import Service, Topics
from jisi.database import Notifications, create_engine
from jisi.database.migrations import check_schema
from jisi.ledger.outbox import DELETE_EVERY_SECONDS, SWEEP_EVERY_SECONDS, Outbox
from jisi.ledger.pruning import prune_queries
from jisi.ledger.reconciler import Reconciler
from jisi.ledger.timers import Timers
from jisi.ledger.writer import AnswerWriter
from jisi.llm.store import LivePool, NoPoolError
from jisi.messaging.broker import create_broker, subscribe
from jisi.messaging.guard import BatchHandler, Guard, is_transient
from jisi.messaging.lag import Lags
from jisi.messaging.progress import ProgressEvents
from jisi.messaging.publisher import Publisher
from jisi.runtime.gauges import measure
from jisi.runtime.health import HealthServer
from jisi.runtime.loops import Loops
from jisi.runtime.settings import ServiceSettings
from jisi.telemetry.logs import configure_logging
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.postgres import prune_spans
from jisi.telemetry.tracing import Tracing, create_tracing

TIMERS_EVERY_SECONDS = 0.25
RECONCILE_EVERY_SECONDS = 5.0
PRUNE_EVERY_SECONDS = 600.0
MEASURE_EVERY_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 2.0
"""Between two tries to start while a server is down."""
FAILED_EXIT = 1
GARBAGE_THRESHOLDS = (20_000, 20, 50)
"""Python's own are 700, 10, 10; most of our objects die by their reference count."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a service is wired from; built once, handed down."""

    service: Service
    name: str
    """Of this process."""
    settings: ServiceSettings
    topics: Topics
    engine: AsyncEngine
    notifications: Notifications
    broker: KafkaBroker
    publisher: Publisher
    tracing: Tracing
    metrics: Metrics
    lags: Lags
    pool: LivePool
    outbox: Outbox
    progress: ProgressEvents
    writer: AnswerWriter
    loops: Loops
    health: HealthServer
    closing: AsyncExitStack
    """Run when the consumers have stopped, before the shared parts are closed."""

    def consume(self, topic: str, handler: BatchHandler[T]) -> None:
        """Have a handler work a topic, under the guard."""
        group = self.topics.group(self.service)
        guard = Guard(
            handler=handler,
            publisher=self.publisher,
            dead_letters=self.topics.dead_letters,
            service=self.name,
            group=group,
            tracing=self.tracing,
            metrics=self.metrics,
        )
        subscriber = subscribe(self.broker, self.settings, topic=topic, group=group, work=guard.run)
        self.lags.watch(subscriber, topic=topic, group=group)
        self.metrics.expect(topic)


Wire = Callable[[Runtime], Awaitable[None]]


@asynccontextmanager
async def open_runtime(service: Service, settings: ServiceSettings) -> AsyncIterator[Runtime]:
    """Build the shared parts of a process and close them in reverse order.

    Raises:
        SchemaError: the database was not migrated.
        InputError: the settings contradict each other, or name files that are not there.
        TransientError: Kafka or Postgres does not answer.
    """
    name = settings.process_name(service)
    database = settings.database
    topics, metrics, loops = settings.topics, Metrics(), Loops()
    async with AsyncExitStack() as stack:
        notifications = Notifications(database.session_url)
        engine = create_engine(
            database, pool_size=settings.database_connections, application_name=name, fixed_plans=True
        )
        stack.push_async_callback(engine.dispose)
        await check_schema(engine)
        tracing = create_tracing(service, name, settings.telemetry, database.url)
        stack.push_async_callback(tracing.aclose)
        publisher = Publisher(settings.connection)
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        pool = LivePool(engine, notifications=notifications)
        with suppress(NoPoolError):  # the first query waits until one is applied
            await pool.load()
        outbox = Outbox(engine, publisher, tracing)
        stack.push_async_callback(outbox.delete_published)
        progress = ProgressEvents(publisher, topics)
        stack.push_async_callback(progress.drain)
        writer = AnswerWriter(
            engine=engine, outbox=outbox, publisher=publisher, progress=progress, metrics=metrics, topics=topics
        )
        timers = Timers(engine=engine, outbox=outbox, writer=writer, topics=topics)
        reconciler = Reconciler(engine=engine, outbox=outbox, writer=writer, topics=topics)
        lags = Lags(metrics)
        spans_kept: timedelta = settings.telemetry.spans_kept

        async def take_measures() -> None:
            await lags.measure()
            await measure(engine, metrics)

        async def prune() -> None:
            await prune_queries(engine)
            await prune_spans(engine, spans_kept)

        loops.lasting("notifications", notifications.run)
        loops.lasting("pool", pool.run)
        loops.every("deletions", DELETE_EVERY_SECONDS, outbox.delete_published)
        loops.every("sweep", SWEEP_EVERY_SECONDS, outbox.sweep)
        loops.every("timers", TIMERS_EVERY_SECONDS, timers.fire)
        loops.every("reconciler", RECONCILE_EVERY_SECONDS, reconciler.reconcile)
        loops.every("pruning", PRUNE_EVERY_SECONDS, prune)
        loops.every("measures", MEASURE_EVERY_SECONDS, take_measures)
        metrics.watch_process(version("jisi"))
        metrics.watch_loops(loops.ages)
        metrics.watch_tracing(lambda: tracing.dropped)
        health = HealthServer(service=service, instance=name, engine=engine, loops=loops, metrics=metrics)
        health.details["pool_version"] = lambda: pool.version
        await health.start(settings.health_host, settings.health_port)
        stack.push_async_callback(health.stop)
        closing = await stack.enter_async_context(AsyncExitStack())
        yield Runtime(
            service=service,
            name=name,
            settings=settings,
            topics=topics,
            engine=engine,
            notifications=notifications,
            broker=create_broker(settings),
            publisher=publisher,
            tracing=tracing,
            metrics=metrics,
            lags=lags,
            pool=pool,
            outbox=outbox,
            progress=progress,
            writer=writer,
            loops=loops,
            health=health,
            closing=closing,
        )


class Application:
    """A service as it can be started: `run` until told to stop."""

    def __init__(self, service: Service, settings: ServiceSettings, wire: Wire) -> None:
        self._service: Service = service
        self._settings = settings
        self._wire = wire
        self._log = logging.getLogger(__name__)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; then let running handlers and calls end, and leave nothing half done.

        While Kafka or Postgres is down the start is tried again in this process: dying would cost seconds of imports
        each time, and in the end the supervisor's patience.

        Raises:
            Exception: a background loop broke: the process must end and be started again.
        """
        started, pause = asyncio.Event(), FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._serve(stop, started)
            except Exception as error:
                if started.is_set() or not is_transient(error):
                    raise
                self._log.warning("cannot start yet, again in %.1f s: %s", pause, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()
                    return None
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _serve(self, stop: asyncio.Event, started: asyncio.Event) -> None:
        async with open_runtime(self._service, self._settings) as runtime:
            await self._wire(runtime)
            runtime.loops.start()
            try:
                await runtime.notifications.listening()
                await runtime.broker.start()
                started.set()
                runtime.health.ready(ready=True)
                await self._until_stopped(runtime.loops, stop)
            finally:
                runtime.health.ready(ready=False)
                await runtime.broker.stop()
                await runtime.closing.aclose()
                await runtime.loops.stop()

    @staticmethod
    async def _until_stopped(loops: Loops, stop: asyncio.Event) -> None:
        stopped, failed = asyncio.create_task(stop.wait()), asyncio.create_task(loops.failed())
        done, pending = await asyncio.wait((stopped, failed), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if failed in done:
            raise failed.result()


def serve(application: Application, settings: ServiceSettings) -> None:
    """Run a process from its entry point: logging, SIGTERM and SIGINT, and exit when a loop breaks."""
    configure_logging(settings.telemetry)
    _collect_garbage_seldom()
    try:
        asyncio.run(_serve(application))
    except Exception:
        logging.getLogger(__name__).critical("the process ends", exc_info=True)
        logging.shutdown()
        os._exit(FAILED_EXIT)  # whatever still hangs must not keep a broken process alive


def _collect_garbage_seldom() -> None:
    """Leave what was imported out of garbage collection, and collect less often.

    By default Python looks through all of it again and again: a tenth of a busy service's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


async def _serve(application: Application) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await application.run(stop)
