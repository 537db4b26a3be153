"""`jisi ask`: one question with its stages as they happen, or all questions of a file."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from jisi.cli.addresses import KafkaAddress, find_kafka
from jisi.cli.answer_text import show_answer
from jisi.cli.asking import ask_one
from jisi.cli.batch import ask_many
from jisi.cli.batch_view import BatchView
from jisi.cli.output import AsJson, notes, print_json
from jisi.cli.questions import answered_ids, read_questions
from jisi.cli.stages_view import StagesView
from jisi.contracts.query import QueryV1, parse_query

app = typer.Typer(add_completion=False)

IN_FLIGHT = 16
"""Queries of a file under way at once, by default: keeps a small installation busy without queueing there."""


@app.command()
def ask(
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT", help="The question; - reads it from standard input.", show_default=False),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Ask all of a file: query bodies or bank rows (.jsonl, .jsonl.gz), or a text, one question a line.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where the answers go, appended as they come.", show_default="FILE.answers.jsonl"),
    ] = None,
    in_flight: Annotated[int, typer.Option(min=1, help="Queries of a file under way at once.")] = IN_FLIGHT,
    mode: Annotated[
        Literal["auto", "route", "aggregate"], typer.Option(help="Let the switch decide, or decide for it.")
    ] = "auto",
    model: Annotated[
        list[str] | None, typer.Option(help="Ask only this model; may be given several times.", show_default=False)
    ] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="USD to spend at most.", show_default=False)] = None,
    max_calls: Annotated[
        int | None, typer.Option(min=1, help="Calls to models at most, aggregation included.", show_default=False)
    ] = None,
    deadline: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds until the answer is wanted.", show_default="600")
    ] = None,
    query_id: Annotated[
        str | None,
        typer.Option("--id", help="Id of the query: the same one again gets the same answer.", show_default=False),
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose query it is; scopes ids.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Ask TEXT and show how the answer comes about, or ask all questions of a file. A rerun asks nothing twice."""
    fields: dict[str, Any] = {
        "mode": mode,
        "models": model or None,
        "max_cost_usd": max_cost,
        "max_calls": max_calls,
        "deadline_ms": None if deadline is None else round(deadline * 1000),
        "metadata": {"tenant": tenant} if tenant else None,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    if file is None and out is None and text is not None:
        question = sys.stdin.read() if text == "-" else text
        identity = {} if query_id is None else {"query_id": query_id}
        _ask_text({"query": question, **identity, **given}, as_json=as_json)
    elif file is not None and text is None and query_id is None:
        _ask_file(file, out or file.with_name(f"{file.name}.answers.jsonl"), given, in_flight, as_json=as_json)
    else:
        raise typer.BadParameter("Give either a TEXT, or a --file with an --out and without an --id.")


def _ask_text(body: dict[str, Any], *, as_json: bool) -> None:
    query = parse_query(json.dumps(body).encode())
    assert isinstance(query, QueryV1)
    address = find_kafka()
    with StagesView(notes(), silent=as_json) as view:
        answer = asyncio.run(ask_one(query, address, on_step=view.show))
    if as_json:
        print_json(answer)
    else:
        show_answer(answer)
    if answer.status == "failed":
        raise typer.Exit(1)


def _ask_file(file: Path, out: Path, given: dict[str, Any], in_flight: int, *, as_json: bool) -> None:
    questions = read_questions(file, given)
    answered = answered_ids(out)
    todo = [question for question in questions if question.query_id not in answered]
    address: KafkaAddress = find_kafka()
    with BatchView(notes(), total=len(questions), before=len(questions) - len(todo), silent=as_json) as view:
        try:
            asyncio.run(ask_many(todo, address, out=out, in_flight=in_flight, view=view))
        finally:
            view.finish(out, as_json=as_json)
    if view.tally.unanswered:
        raise typer.Exit(1)
