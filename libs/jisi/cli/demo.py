"""`jisi demo`: see it work, without keys and without Docker."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.rule import Rule
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.addresses import KafkaAddress
from jisi.cli.answer_text import describe_answer
from jisi.cli.asking import ask_one
from jisi.cli.long_running import run_to_end, unless_it_fails
from jisi.cli.output import AsJson, notes, print_json, results
from jisi.cli.pool_source import PoolSource, choose_pool
from jisi.cli.preparing import prepare
from jisi.cli.stages_view import StagesView
from jisi.cli.up_view import UpView
from jisi.cli.why import Explained, explain, explanation_document
from jisi.cli.why_view import show_record
from jisi.contracts.answer import AnswerV1
from jisi.contracts.query import QueryV1
from jisi.contracts.topics import Topics
from jisi.database import create_engine
from jisi.errors import PermanentError
from jisi.simulate.demo import DEMO_QUESTIONS, ENDINGS, DemoQuestion, Ending
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack
from jisi.telemetry.spantree import SpanNode

app = typer.Typer(add_completion=False)

_SHOWN_NEIGHBOURS = 5
_SPANS_WITHIN_SECONDS = 5.0
_POLL_SECONDS = 0.1


class DemoFailedError(PermanentError):
    """The demonstration ran, but did not show all three ways."""

    code = "demo_failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """A question of the demonstration and how it ended."""

    question: DemoQuestion
    answer: AnswerV1

    @property
    def ending(self) -> Ending | None:
        """What happened, as the answer tells it."""
        if self.answer.status == "failed":
            return None
        if any(call.kind == "expert" and call.wave > 1 for call in self.answer.bill.calls):
            return "second wave"
        return self.answer.route


@app.command()
def demo(*, as_json: AsJson = False) -> None:
    """Start everything, ask three questions to simulated models, explain one answer, and end again.

    One question is answered by a single model, one by fusing several, one after a second wave of experts. The models
    are simulated: no language model answers here, but everything else is real.
    """
    base = StackSettings().data.expanduser().resolve()
    settings = StackSettings(
        data=base / "demo",
        kafka=None,
        database_url=None,
        kafka_port=0,
        postgres_port=0,
        topic_prefix="",
        replicas={},
        pool=None,
    )
    began = time.monotonic()
    shown, explained = run_to_end(_demonstrate(settings, silent=as_json))
    if as_json:
        print_json({"questions": [_fields(one) for one in shown], "why": explanation_document(explained)})
    else:
        _show_why(explained)
        _conclude(shown, settings.data, time.monotonic() - began)
    missing = set(ENDINGS) - {one.ending for one in shown}
    if missing:
        raise DemoFailedError(f"No question ended as {' or '.join(sorted(missing))}: bank or models have changed.")


async def _demonstrate(settings: StackSettings, *, silent: bool) -> tuple[Sequence[Shown], Explained]:
    source = choose_pool(settings, "simulated")
    with ExitStack() as showing:
        view = showing.enter_context(UpView(notes(), silent=silent))
        async with Stack(settings, extra_processes=source.processes, on_change=view.changed) as stack:
            return await unless_it_fails(stack, _ask_and_explain(stack, source, view, showing, silent=silent))


async def _ask_and_explain(
    stack: Stack, source: PoolSource, view: UpView, showing: ExitStack, *, silent: bool
) -> tuple[Sequence[Shown], Explained]:
    await prepare(stack.database_url, stack.settings.data, source, processes=lambda: stack.processes, say=view.say)
    showing.close()  # the table stays as it is now
    shown = [await _ask(stack, question, silent=silent) for question in DEMO_QUESTIONS]
    engine = create_engine(stack.database_url, pool_size=2, application_name="jisi-demo")
    try:
        explained = await _explain_whole(engine, shown[-1].answer.query_id)
    finally:
        await engine.dispose()
    return shown, explained


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


async def _ask(stack: Stack, question: DemoQuestion, *, silent: bool) -> Shown:
    console = notes()
    if not silent:
        console.print()
        console.print(Rule(Text(question.text), align="left", style="bold magenta"))
    with StagesView(console, silent=silent) as view:
        answer = await ask_one(
            QueryV1(query=question.text), KafkaAddress(kafka=stack.kafka_connection, prefix=""), on_step=view.show
        )
    shown = Shown(question, answer)
    if not silent:
        _show(shown)
    return shown


def _show(shown: Shown) -> None:
    console = results()
    console.print()
    console.print(Text(shown.answer.text or ""))
    console.print()
    for line in describe_answer(shown.answer):
        console.print(line, soft_wrap=True)


def _show_why(explained: Explained) -> None:
    console = results()
    console.print()
    console.print(Rule(Text(f"jisi why {explained.record.query_id}"), align="left", style="bold magenta"))
    show_record(console, explained.record, explained.evidence, explained.spans, texts=False)


def _conclude(shown: Iterable[Shown], data: Path, took: float) -> None:
    console = results()
    console.print()
    console.print(Rule("what happened", align="left", style="bold magenta"))
    for one in shown:
        console.print(Text.assemble((one.question.text, "bold"), f"\n  {_told(one)}"), soft_wrap=True)
    notes().print(f"\nAll of it ended again, after {took:.0f} s; its data stays in {data} for the next time.")
    notes().print('Next: `jisi up` in one terminal, `jisi ask "..."` in another.', style="bold")


def _told(shown: Shown) -> str:
    """Say how a question ended, from its answer."""
    models = shown.answer.models
    match shown.ending:
        case "route":
            return f"routed: {models.answer} was far enough ahead, its response is the answer"
        case "aggregate":
            return f"aggregated: {models.aggregator} fused the responses of {', '.join(models.references)}"
        case "second wave":
            late = [call.model for call in shown.answer.bill.calls if call.kind == "expert" and call.wave > 1]
            how = "aggregated" if shown.answer.route == "aggregate" else "routed"
            return f"second wave: the first responses brought {', '.join(late)} in; then {how} by {models.answer}"
        case None:
            return f"failed: {shown.answer.reason}"


def _fields(shown: Shown) -> dict[str, Any]:
    return {
        "question": shown.question.text,
        "expected": shown.question.ending,
        "ending": shown.ending,
        "answer": shown.answer.model_dump(mode="json"),
    }
