"""`jisi demo`: see it work, without keys and without Docker."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, aclosing
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.addresses import KafkaAddress
from jisi.cli.asking import ask_one
from jisi.cli.demo_prompt import is_asked, own_questions
from jisi.cli.demo_view import Shown, conclude, show_answer_of, show_question, show_why
from jisi.cli.long_running import run_to_end, unless_it_fails
from jisi.cli.obtaining import obtain
from jisi.cli.output import AsJson, notes, print_json
from jisi.cli.pool_source import PoolSource, choose_pool
from jisi.cli.preparing import prepare
from jisi.cli.stages_view import StagesView
from jisi.cli.up_view import UpView
from jisi.cli.why import Explained, explain, explanation_document
from jisi.contracts.query import QueryV1
from jisi.contracts.topics import Topics
from jisi.database import create_engine
from jisi.errors import PermanentError
from jisi.local import demo as local
from jisi.local.bank import shipped_bank
from jisi.simulate import demo as simulation
from jisi.simulate.demo import ENDINGS, Ending
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack
from jisi.telemetry.spantree import SpanNode

app = typer.Typer(add_completion=False)

_SHOWN_NEIGHBOURS = 5
_SPANS_WITHIN_SECONDS = 5.0
_POLL_SECONDS = 0.1


class DemoFailedError(PermanentError):
    """The demonstration ran, but did not show what it is there to show."""

    code = "demo_failed"


@app.command()
def demo(
    *,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="With ten simulated models: one question for each way a query can end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start everything, ask three questions, explain one answer, take yours if you sit there, and end again.

    A small language model answers on this machine's processor, as five experts; it is fetched once. With --simulated,
    or where it cannot be had, no language model answers, but everything else is real.
    """
    settings, source = _simulated() if simulated else _local_if_possible()
    began = time.monotonic()
    shown, explained = run_to_end(_demonstrate(settings, source, silent=as_json))
    if as_json:
        print_json({"questions": [one.fields() for one in shown], "why": explanation_document(explained)})
    else:
        conclude(shown, settings.data, time.monotonic() - began)
    _require_success(shown)


def _simulated() -> tuple[StackSettings, PoolSource]:
    settings = _settings("demo")
    return settings, choose_pool(settings, "simulated")


def _local_if_possible() -> tuple[StackSettings, PoolSource]:
    """Take the local model if there is evidence about it and it can be had; its data lies apart, with its bank."""
    if shipped_bank() is None:
        return _simulated()
    settings = _settings("demo-local")
    say = partial(notes().print, markup=False, soft_wrap=True)
    source = obtain(choose_pool(settings, "local"), settings, say=say)
    return (settings, source) if source.kind == "local" else _simulated()


def _settings(folder: str) -> StackSettings:
    return StackSettings(
        data=StackSettings().data.expanduser().resolve() / folder,
        kafka=None,
        database_url=None,
        kafka_port=0,
        postgres_port=0,
        topic_prefix="",
        replicas={},
        pool=None,
    )


def _questions(source: PoolSource) -> list[tuple[str, Ending | None]]:
    if source.kind == "local":
        return [(text, None) for text in local.DEMO_QUESTIONS]
    return [(question.text, question.ending) for question in simulation.DEMO_QUESTIONS]


async def _demonstrate(
    settings: StackSettings, source: PoolSource, *, silent: bool
) -> tuple[Sequence[Shown], Explained]:
    with ExitStack() as showing:
        view = showing.enter_context(UpView(notes(), silent=silent))
        async with Stack(settings, extra_processes=source.processes, on_change=view.changed) as stack:
            return await unless_it_fails(stack, _ask_and_explain(stack, source, view, showing, silent=silent))


async def _ask_and_explain(
    stack: Stack, source: PoolSource, view: UpView, showing: ExitStack, *, silent: bool
) -> tuple[Sequence[Shown], Explained]:
    await prepare(stack.database_url, stack.settings.data, source, processes=lambda: stack.processes, say=view.say)
    showing.close()  # the table stays as it is now
    shown = [await _ask(stack, text, expected, silent=silent) for text, expected in _questions(source)]
    engine = create_engine(stack.database_url, pool_size=2, application_name="jisi-demo")
    try:
        explained = await _explain_whole(engine, shown[-1].answer.query_id)
        if not silent:
            show_why(explained, shortly=False)
            if source.kind == "local" and is_asked():
                shown += await _take_questions(stack, engine)
    finally:
        await engine.dispose()
    return shown, explained


async def _take_questions(stack: Stack, engine: AsyncEngine) -> list[Shown]:
    """Ask what is typed, and say in short why the answer is what it is."""
    shown = []
    async with aclosing(own_questions()) as typed:
        async for text in typed:
            one = await _ask(stack, text, None, silent=False)
            shown.append(one)
            show_why(await explain(engine, "", one.answer.query_id, neighbours=3, spans=False), shortly=True)
    return shown


async def _explain_whole(engine: AsyncEngine, query_id: str) -> Explained:
    """Explain a query whose answer just left: its last spans are stored a moment later."""
    until = time.monotonic() + _SPANS_WITHIN_SECONDS
    while True:
        explained = await explain(engine, "", query_id, neighbours=_SHOWN_NEIGHBOURS, spans=True)
        if _has_sent(explained.spans) or time.monotonic() > until:
            return explained
        await asyncio.sleep(_POLL_SECONDS)


def _has_sent(spans: Iterable[SpanNode]) -> bool:
    """Whether the span that sent the answer is among them."""
    return any(span.name == f"send {Topics().answers}" or _has_sent(span.children) for span in spans)


async def _ask(stack: Stack, text: str, expected: Ending | None, *, silent: bool) -> Shown:
    if not silent:
        show_question(text)
    with StagesView(notes(), silent=silent) as view:
        answer = await ask_one(
            QueryV1(query=text), KafkaAddress(kafka=stack.kafka_connection, prefix=""), on_step=view.show
        )
    shown = Shown(text, expected, answer)
    if not silent:
        show_answer_of(shown)
    return shown


def _require_success(shown: Sequence[Shown]) -> None:
    """Raise unless there were answers, and every ending that is expected of a question has come."""
    expected = {one.expected for one in shown if one.expected is not None}
    missing = (set(ENDINGS) & expected) - {one.ending for one in shown}
    if missing:
        raise DemoFailedError(f"No question ended as {' or '.join(sorted(missing))}: bank or models have changed.")
    if all(one.answer.status == "failed" for one in shown):
        raise DemoFailedError(f"No question was answered: {shown[0].answer.reason}.")
