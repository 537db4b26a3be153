"""`jisi ask --file`: many questions, each once, whatever comes between."""

import asyncio
import gzip
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from jisi.contracts.query import CancelV1, QueryV1

from tests.support.command_line import CommandLine, start_jisi
from tests.support.kafka import KafkaTestClient
from tests.support.scripted import Message, routed, scripted_service
from tests.support.waiting import eventually


def _answer(message: QueryV1 | CancelV1) -> Sequence[Message]:
    assert isinstance(message, QueryV1)
    return [] if "never" in message.text else [routed(message, text=message.text.upper())]


def _lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_text_file(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str, tmp_path: Path) -> None:
    """Each line of a text is asked, blank ones apart, and its answer tells the line; a rerun asks nothing again."""
    questions, out = tmp_path / "questions.txt", tmp_path / "deep" / "out.jsonl"
    questions.write_text("one\n\ntwo\none\n")
    command = ("ask", "--file", str(questions), "--out", str(out))
    async with scripted_service(kafka_client, topic_prefix, _answer) as service:
        first = await asyncio.to_thread(jisi, *command)
        second = await asyncio.to_thread(jisi, *command, "--json")

    assert sorted((line["line"], line["text"]) for line in _lines(out)) == [(1, "ONE"), (3, "TWO"), (4, "ONE")]
    assert len({query.query_id for query in service.queries}) == len(service.queries) == 3
    assert "3 answered (3 routed, 0 aggregated, 0 failed), $0.006" in first.err
    assert (second.json["answered"], second.json["answered_before"], second.json["left"]) == (0, 3, 0)


async def test_bodies_and_bank_rows(
    jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str, tmp_path: Path
) -> None:
    """Bodies keep their fields, options fill in the rest, and a bank row is known again by its answer."""
    questions = tmp_path / "questions.jsonl.gz"
    rows = [
        {"query": "mine", "query_id": "own", "max_calls": 2, "metadata": {"a": 1}},
        {"messages": [{"role": "user", "content": "chat"}]},
        {"query": "row", "dataset": "gsm", "index": 7, "split": "test", "records": {"able": 1}, "gt": "1"},
    ]
    questions.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    async with scripted_service(kafka_client, topic_prefix, _answer) as service:
        ended = await asyncio.to_thread(jisi, "ask", "--file", str(questions), "--max-calls", "5", "--tenant", "acme")

    asked = {query.text: query for query in service.queries}
    assert ended.code == 0
    assert (asked["mine"].query_id, asked["mine"].max_calls, asked["chat"].max_calls) == ("own", 2, 5)
    assert asked["mine"].metadata == {"tenant": "acme", "a": 1}
    assert asked["row"].metadata == {"tenant": "acme", "dataset": "gsm", "index": 7, "split": "test"}
    assert len(_lines(tmp_path / "questions.jsonl.gz.answers.jsonl")) == 3


async def test_torn_line(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str, tmp_path: Path) -> None:
    """Half an answer left by a kill is asked for again under the same id, and whole ones are left alone."""
    questions, out = tmp_path / "q.txt", tmp_path / "out.jsonl"
    questions.write_text("one\ntwo\n")
    command = ("ask", "--file", str(questions), "--out", str(out), "--in-flight", "1")
    async with scripted_service(kafka_client, topic_prefix, _answer) as service:
        await asyncio.to_thread(jisi, *command)
        whole, torn = out.read_text().splitlines(keepends=True)
        out.write_text(whole + torn[:40])
        await asyncio.to_thread(jisi, *command)

    ids = [query.query_id for query in service.queries]
    assert len(ids) == 3
    assert ids[1] == ids[2]
    assert out.read_text() == whole + torn


@pytest.mark.usefixtures("jisi")
async def test_interrupted(kafka_client: KafkaTestClient, topic_prefix: str, tmp_path: Path) -> None:
    """Ctrl-C in the middle leaves the answers there are and says what is open; the rest is got by the same command."""
    questions, out = tmp_path / "q.txt", tmp_path / "out.jsonl"
    questions.write_text("one\nnever\ntwo\n")
    command = ("ask", "--file", str(questions), "--out", str(out))
    async with scripted_service(kafka_client, topic_prefix, _answer):
        process = await start_jisi(*command)
        await eventually(lambda: len(_lines(out)) == 2, within_seconds=30)
        process.send_signal(signal.SIGINT)
        _, told = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 130
    assert b"1 are open: the same command goes on with them." in told
    assert b"Traceback" not in told
    assert sorted(str(line["text"]) for line in _lines(out)) == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.jsonl", '{"query": "x"}\n{"query": 5}\n', "line 2: query: Input should be a valid string"),
        ("q.jsonl", '{"query": "x"}\nnot json\n', "line 2 is not one JSON object"),
        ("q.jsonl", "[]\n", "line 1 is not one JSON object: it is a list"),
        ("q.jsonl", '{"cancel": "x"}\n', "line 1 is a cancellation"),
        (
            "q.jsonl",
            '{"query": "x", "query_id": "1"}\n{"query": "y", "query_id": "1"}\n',
            "line 2: query_id '1' is that",
        ),
        ("q.txt", " \n", "holds no question"),
        ("q.jsonl.gz", "not gzip", "cannot be read"),
    ],
)
def test_bad_file(jisi: CommandLine, tmp_path: Path, name: str, content: str, said: str) -> None:
    """A file that cannot be asked is told with its line and field, and nothing of it is asked."""
    file = tmp_path / name
    file.write_text(content)
    ended = jisi("ask", "--file", str(file))

    assert ended.code == 1
    assert str(file) in ended.err
    assert said in ended.err


def test_out_is_something_else(jisi: CommandLine, tmp_path: Path) -> None:
    """Answers are never appended to a file that holds something else."""
    questions, out = tmp_path / "q.txt", tmp_path / "notes.txt"
    questions.write_text("one\n")
    out.write_text("my notes\n")
    ended = jisi("ask", "--file", str(questions), "--out", str(out))

    assert ended.code == 1
    assert "notes.txt, line 1 is no answer" in ended.err
    assert out.read_text() == "my notes\n"
