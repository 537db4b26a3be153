"""Recorded responses are found by model and query, word for word; a fusion is marked as what it is."""

import gzip
import json
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.simulate.endpoint.chat import ApiError, ChatRequest
from jisi.simulate.replay import FUSION_HEADER, ReplayPool, load_recordings
from jisi.simulate.tokens import count_tokens

ROW = {
    "query": "One\n\ntwo",
    "dataset": "d",
    "index": 0,
    "split": "test",
    "records": {"a": 1, "b": 0},
    "usages": {"a": {"prompt_tokens": 11, "completion_tokens": 22, "cost": 0.1}},
    "raw_output": {"a": "said by a", "b": "", "c": None},
    "gt": None,
}


def _request(model: str, *turns: str, first_reference: str | None = None, aggregator: bool = False) -> ChatRequest:
    return ChatRequest(
        model=model,
        user_turns=turns,
        system_text="Two models answered." if aggregator else "",
        texts=(),
        stream=False,
        include_usage=False,
        max_tokens=2,
        aggregator=aggregator,
        first_reference=first_reference,
        query_id="",
        fault=None,
    )


def _file(folder: Path, *rows: object, name: str = "bank.jsonl") -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    file = folder / name
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def test_the_recorded_response_is_served_with_its_usage(tmp_path: Path) -> None:
    """User turns are joined by a blank line; text and usage are the recorded ones, whatever limit is asked for."""
    pool = ReplayPool(load_recordings([_file(tmp_path, ROW, name="bank.jsonl.gz")]))
    completion = pool.respond(_request("a", "One", "two"))

    assert (completion.text, completion.prompt_tokens, completion.completion_tokens) == ("said by a", 11, 22)
    assert (completion.model, completion.finish_reason, completion.headers) == ("a", "stop", {})


def test_an_empty_response_is_served_as_empty(tmp_path: Path) -> None:
    """A model that returned nothing returns nothing again; tokens that were not recorded are counted."""
    completion = ReplayPool(load_recordings([_file(tmp_path, ROW)])).respond(_request("b", "One\n\ntwo"))

    assert (completion.text, completion.prompt_tokens, completion.completion_tokens) == ("", 2, 0)


def test_a_fusion_replays_its_first_reference_and_says_so(tmp_path: Path) -> None:
    """Model, fingerprint and header tell whose response it is; its prompt holds the references, so it is counted."""
    pool = ReplayPool(load_recordings([_file(tmp_path, ROW)]))
    completion = pool.respond(_request("b", "One\n\ntwo", aggregator=True, first_reference="a"))

    assert (completion.text, completion.model, completion.fingerprint) == ("said by a", "a", "replayed-fusion")
    assert completion.headers == {FUSION_HEADER: "first-reference"}
    assert completion.prompt_tokens == 11 + count_tokens("Two models answered.")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_request("a", "Never asked"), 422),
        (_request("c", "One\n\ntwo"), 422),
        (_request("a", "One\n\ntwo", aggregator=True), 400),
        (_request("a", "One\n\ntwo", aggregator=True, first_reference="unknown"), 422),
    ],
)
def test_what_was_not_recorded_is_refused(tmp_path: Path, request_: ChatRequest, status: int) -> None:
    """An unknown query, a response that was not recorded, or a fusion without its first reference is an error."""
    with pytest.raises(ApiError) as refused:
        ReplayPool(load_recordings([_file(tmp_path, ROW)])).respond(request_)

    assert refused.value.status == status


def test_models_come_in_the_order_of_the_records(tmp_path: Path) -> None:
    """All models with a response are listed, from all files; the first record of a response stays."""
    other = {**ROW, "query": "Three", "raw_output": {"z": "zed", "a": "again"}}
    repeated = {**ROW, "raw_output": {"a": "changed"}}
    recordings = load_recordings([_file(tmp_path, ROW, ""), _file(tmp_path, other, repeated, name="more.jsonl")])

    assert ReplayPool(recordings).model_names == ["a", "b", "z"]
    assert (recordings.responses, recordings.repeats) == (4, 1)
    assert recordings.by_query["One\n\ntwo"]["a"].text == "said by a"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 2 is not JSON"),
        ("[]", "line 2 is not a JSON object"),
        ({**ROW, "query": 3}, "line 2: field `query`"),
        ({**ROW, "raw_output": None}, "line 2: field `raw_output`"),
        ({**ROW, "raw_output": {"a": 3}}, "line 2: field `raw_output.a`"),
        ({**ROW, "usages": []}, None),
        ({**ROW, "usages": ["a"]}, "line 2: field `usages`"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: object, named: str | None) -> None:
    """The error names file, line and field; missing usages are no error."""
    file = _file(tmp_path, ROW, line)
    if named is None:
        assert load_recordings([file]).responses
        return

    with pytest.raises(InputError, match=rf"bank\.jsonl.*{named}"):
        load_recordings([file])


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A missing, a damaged and an empty file give a sentence."""
    damaged = tmp_path / "bank.jsonl.gz"
    damaged.write_bytes(gzip.compress(json.dumps(ROW).encode() * 50)[:-20])

    for files in ([tmp_path / "none.jsonl"], [damaged], [_file(tmp_path, "")]):
        with pytest.raises(InputError):
            load_recordings(files)
