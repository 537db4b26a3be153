"""The command that holds `jisi eval` against the slow oracle, on a tiny family."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jisi.artefacts import weights_folder
from jisi.evaluation.request import EvaluationRequest
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.routing.settings import RoutingSettings

from tests.oracle.__main__ import main, spread
from tests.oracle.decisions import is_tie, oracle_course
from tests.oracle.workers import oracle_courses
from tests.unit.evaluation.recordings.files import line, write_bank

MODELS = ("able", "baker", "charlie", "dora")


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """24 train and 5 test rows of two kinds; on the last one nobody gives a usable response."""
    monkeypatch.setenv("JISI_EMBEDDER_MODEL_FOLDER", str(weights_folder()))
    monkeypatch.setenv("JISI_CACHE", str(tmp_path / "cache"))
    lines = [_line(index) for index in range(29)]
    lines[-1] = {**lines[-1], "raw_output": dict.fromkeys(MODELS, "")}
    write_bank(tmp_path / "tiny" / "train.jsonl.gz", lines[:24])
    write_bank(tmp_path / "tiny" / "test.jsonl.gz", [{**one, "split": "test"} for one in lines[24:]])
    prices = {model: {"input": 1.0, "output": 2.0 + place} for place, model in enumerate(MODELS)}
    meta = {"pool": list(MODELS), "prices_usd_per_million_tokens": prices}
    (tmp_path / "tiny" / "meta.json").write_text(json.dumps(meta))
    return tmp_path / "tiny"


def _line(index: int) -> dict[str, object]:
    """Who is right goes by the kind of the question and by lot; who is wrong tells so at length."""
    kind = ("sum", "capital")[index % 2]
    right = {model: (index * (place + 3) + place) % (3 + place) > 0 for place, model in enumerate(MODELS)}
    texts = {model: f"{model}: the {kind} is {index}." + " I am not sure." * (not right[model]) for model in MODELS}
    return line(
        index,
        dataset=kind,
        query=f"What is the {kind} of {index} and {index * 7}?",
        records=right,
        usages={model: {"completion_tokens": 5 + 10 * (index * place % 7)} for place, model in enumerate(MODELS)},
        raw_output=texts,
    )


def test_every_row_is_decided_alike(family: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By two processes of the oracle."""
    assert main([str(family), "--processes", "2"]) == 0
    assert capsys.readouterr().out.startswith("tiny: 5 of 5 rows agree, 0 numerical ties\n")


def test_a_router_that_decides_otherwise_is_found(
    family: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row where it does is named, with what differs."""
    monkeypatch.setattr("tests.oracle.decisions.MixedRouter", partial(MixedRouter, mode="route"))

    assert main([str(family), "--processes", "1", "--rows", "2"]) == 1
    said = capsys.readouterr().out
    assert "test row 0, DIFFERENCE" in said
    assert "tiny: 0 of 2 rows agree" in said


def test_a_process_that_breaks_is_no_agreement(family: Path) -> None:
    """Its rows were not decided."""
    with pytest.raises(RuntimeError, match="ended before its rows were decided"):
        list(oracle_courses(EvaluationRequest(banks=[family]), RoutingSettings(), [999], processes=1))


def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And is neither agreement nor difference."""
    assert main([str(tmp_path)]) == 2
    assert "holds no bank" in capsys.readouterr().err


def _case(second: float) -> dict[str, Any]:
    """Give a query as near to an item where `able` is right as, but for `second`, to one where `baker` is."""
    score = {"able": {"score": 1.0}, "baker": {"score": 0.0}}
    other = {"able": {"score": 0.0}, "baker": {"score": 1.0}}
    unusable = {"usable": False, "embedding": None, "completion_tokens": None, "reference_tokens": 0}
    return {
        "settings": {**asdict(RoutingSettings(support_threshold=0.5)), "max_calls": None, "default_model": None},
        "pool": [{"name": name, "prompt_price": 1.0, "completion_price": 1.0} for name in score],
        "query": [0.6, second],
        "items": [
            {"id": "0", "embedding": [1.0, 0.0], "records": score},
            {"id": "1", "embedding": [0.0, 1.0], "records": other},
        ],
        "responses": {"able": {**unusable, "usable": True, "embedding": [1.0, 0.0]}, "baker": unusable},
    }


@pytest.mark.parametrize(("second", "tie"), [(0.6, True), (0.6 - 1e-8, False)])
def test_a_tie_is_what_moves_with_a_billionth_part(second: float, *, tie: bool) -> None:
    """Of equals the first of the pool is chosen; whoever takes the other is excused only if they are equal."""
    case = _case(second)
    ours = oracle_course(case)

    assert ours.knn == "able"
    assert is_tie(case, oracle_course(_case(0.7))) == tie


def test_rows_are_spread_evenly() -> None:
    """Over the whole file."""
    assert spread(10, None) == spread(10, 12) == list(range(10))
    assert spread(10, 3) == [0, 3, 6]
