"""`jisi dlq`: what could not be worked, why, and sending it on its way again."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from jisi.cli.addresses import find_kafka
from jisi.cli.output import AsJson, notes, print_json, results
from jisi.contracts.topics import Topics
from jisi.messaging.dead_letters import DeadLetter, DeadLetters, Replay, select_letters

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Dead letters: list, show, replay.")

Topic = Annotated[
    str | None, typer.Option(help="Only letters of this topic, such as queries or generation.", show_default=False)
]
Code = Annotated[str | None, typer.Option(help="Only letters with this code.", show_default=False)]


@app.command("list")
def list_letters(*, topic: Topic = None, code: Code = None, as_json: AsJson = False) -> None:
    """List dead letters, oldest first."""
    letters = select_letters(_read(topic), code=code)
    if as_json:
        print_json({"letters": [_fields(letter) for letter in letters]})
        return
    if not letters:
        notes().print("There are no dead letters.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("letter", "at", "service", "code", "reason", "replayed"):
        table.add_column(title, overflow="fold" if title == "letter" else "ellipsis", no_wrap=title != "letter")
    for letter in letters:
        table.add_row(
            letter.place,
            f"{letter.at.astimezone():%Y-%m-%d %H:%M:%S}",
            letter.service,
            Text(letter.code, "red"),
            Text(_last_line(letter.error)),
            f"{letter.replays[-1].astimezone():%m-%d %H:%M}" if letter.replays else "",
        )
    results().print(table)


@app.command()
def show(
    place: Annotated[str, typer.Argument(metavar="LETTER", help="topic/partition/offset, as `list` gives it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show one letter: reason, headers, key and value."""
    (letter,) = select_letters(_read(None), places=[place])
    fields = _fields(letter) | {
        "key": _text(letter.record.key),
        "value": _text(letter.record.value),
        "headers": [[name, _text(text)] for name, text in letter.record.headers],
    }
    if as_json:
        print_json(fields)
        return
    console = results()
    for name, value in fields.items():
        if value not in (None, "", []):
            console.print(Text.assemble((f"{name:14}", "bold cyan"), _shown(value)), soft_wrap=True)


@app.command()
def replay(
    places: Annotated[list[str] | None, typer.Argument(metavar="LETTERS", help="topic/partition/offset each.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All letters that were not replayed yet.")] = False,
    topic: Topic = None,
    code: Code = None,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    new_id: Annotated[
        bool, typer.Option("--new-id", help="Give queries a new id; those answered as malformed always get one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send letters to their topics again, as they are."""
    if bool(places) == every:
        raise typer.BadParameter("Give the LETTERS to replay, or --all.")
    chosen = select_letters(_read(topic), places=places or (), code=code)
    letters = [letter for letter in chosen if again or not letter.replays]
    address = find_kafka()
    replays = asyncio.run(DeadLetters(address.kafka, address.prefix).replay(letters, new_ids=new_id))
    skipped = len(chosen) - len(letters)
    if as_json:
        print_json({"replayed": [_replay_fields(replayed) for replayed in replays], "replayed_before": skipped})
        return
    for replayed in replays:
        named = f", as query {replayed.new_query_id}" if replayed.new_query_id else ""
        results().print(f"{replayed.letter.place} to {replayed.letter.topic}{named}", soft_wrap=True)
    before = f"; {skipped} were replayed before, --again replays them too" if skipped else ""
    notes().print(f"{len(replays)} replayed{before}.")


def _read(topic: str | None) -> list[DeadLetter]:
    address = find_kafka()
    topics = None if topic is None else [_full_name(topic, Topics(address.prefix))]
    return asyncio.run(DeadLetters(address.kafka, address.prefix).read(topics))


def _full_name(topic: str, topics: Topics) -> str:
    """Give a topic's name from the middle of it, `queries`."""
    short = {name.removeprefix(f"{topics.prefix}jisi.").removesuffix(".v1"): name for name in topics.consumed}
    return short.get(topic, topic)


def _fields(letter: DeadLetter) -> dict[str, Any]:
    return {
        "letter": letter.place,
        "at": letter.at.isoformat(),
        "service": letter.service,
        "code": letter.code,
        "error": letter.error,
        "source": letter.source,
        "query_id": letter.query_id,
        "replayed_from": letter.replayed_from,
        "replays": [at.isoformat() for at in letter.replays],
    }


def _replay_fields(replayed: Replay) -> Mapping[str, Any]:
    return {
        "letter": replayed.letter.place,
        "topic": replayed.letter.topic,
        "new_query_id": replayed.new_query_id,
    }


def _text(content: bytes | None) -> str | None:
    """Give bytes as text; what is no UTF-8 is shown by its code."""
    return None if content is None else content.decode(errors="backslashreplace")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(f"{' ' * 14 if place else ''}{_pair(item)}" for place, item in enumerate(value))
    return str(value)


def _pair(item: object) -> str:
    return f"{item[0]}: {item[1]}" if isinstance(item, list) else str(item)


def _last_line(error: str) -> str:
    """Give the line that says it: a sentence's only one, a traceback's last."""
    return error.strip().splitlines()[-1] if error.strip() else ""
