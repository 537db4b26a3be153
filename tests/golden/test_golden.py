"""The golden cases, and that checking them finds what differs."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.__main__ import main
from tests.golden.comparison import differences

SHARED = Path(__file__).parents[3] / "shared" / "data" / "golden" / "routing.json"
REASON = f"the golden cases are not here: {SHARED.relative_to(Path(__file__).parents[3])} lies beside the repository"


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    """The file of golden cases beside the repository."""
    if not SHARED.exists():
        pytest.skip(REASON)
    document: dict[str, Any] = json.loads(SHARED.read_text())
    return document


def test_every_golden_case_agrees(golden: dict[str, Any]) -> None:
    """Each stage of each case, under either value of `second_wave`."""
    found = {case["id"]: differences(case, golden["tolerance"]) for case in golden["cases"]}

    assert {name: differing for name, differing in found.items() if differing} == {}
    assert len(found) == len(golden["cases"]) > 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("support", "similarity", 0), 0.123),
        (("support", "ids"), []),
        (("prior_mean",), 0.5000001),
        (("ranking", 0), "nobody"),
        (("outcome", "all", "n"), 7),
        (("outcome", "needed", "degraded"), ["budget"]),
        (("candidates",), None),
    ],
)
def test_a_difference_is_named_with_its_place(golden: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    """Whatever stage it is in."""
    case = copy.deepcopy(golden["cases"][0])
    parent = case["expected"]
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value

    found = differences(case, golden["tolerance"])

    assert len(found) == 1
    assert found[0].startswith(str(path[0]))


def test_the_command_says_how_many_agree_and_fails_on_a_difference(
    golden: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a difference, and the count at the end."""
    doctored = {**golden, "cases": copy.deepcopy(golden["cases"][:3])}
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(doctored))
    doctored["cases"][1]["expected"]["prior_mean"] = 2.0
    bad.write_text(json.dumps(doctored))

    assert main([str(good)]) == 0
    assert capsys.readouterr().out == f"{good}: 3 of 3 cases agree\n"
    assert main([str(bad)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == f"{bad}: 2 of 3 cases agree"
    assert printed[0].startswith(doctored["cases"][1]["id"])
    assert "prior_mean: expected 2.0" in printed[0]


@pytest.mark.parametrize("content", ["not json", '{"format": 2, "cases": [1]}', '{"format": 1, "cases": []}'])
def test_a_file_that_is_no_golden_file_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing checked must not look like everything agreeing."""
    path = tmp_path / "cases.json"
    path.write_text(content)

    assert main([str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert main([str(tmp_path / "absent.json")]) == 2
