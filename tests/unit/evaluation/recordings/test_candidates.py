"""Which of the recorded models may be chosen."""

import json
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.evaluation.recordings.candidates import choose_candidates

RECORDED = ("able", "baker", "closed")


def _meta(folder: Path, **content: object) -> Path:
    (folder / "meta.json").write_text(json.dumps(content))
    return folder / "train.jsonl"


def test_without_a_pool_every_recorded_model_may_be_chosen(tmp_path: Path) -> None:
    """At no price."""
    found = choose_candidates(tmp_path / "train.jsonl", RECORDED)

    assert found.names == RECORDED
    assert [expert.price for expert in found.experts] == [0.0, 0.0, 0.0]
    assert list(found.references) == []


def test_meta_json_names_the_pool_and_its_prices(tmp_path: Path) -> None:
    """In its order, which settles ties; who has no record here is left out."""
    prices = {"able": {"input": 1, "output": 2.5}}
    found = choose_candidates(
        _meta(tmp_path, pool=["baker", "able", "nobody"], prices_usd_per_million_tokens=prices), RECORDED
    )

    assert found.names == ("baker", "able")
    assert [(one.prompt_price, one.completion_price) for one in found.experts] == [(0.0, 0.0), (1.0, 2.5)]
    assert list(found.references) == ["closed"]


def test_a_pool_file_goes_before_meta_json(tmp_path: Path) -> None:
    """And leaves out who is not eligible."""
    pool = tmp_path / "pool.toml"
    model = 'base_url = "http://127.0.0.1:1/v1"\nmodel = "x"\nprompt_price = 1\ncompletion_price = 2\n'
    pool.write_text(
        "".join(
            f'[[model]]\nname = "{name}"\neligible = {eligible}\n{model}'
            for name, eligible in (("able", "true"), ("closed", "false"))
        )
    )
    found = choose_candidates(_meta(tmp_path, pool=["baker"]), RECORDED, pool_file=pool)

    assert found.names == ("able",)
    assert list(found.references) == ["baker", "closed"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"pool": []}, "field `pool`"),
        ({"pool": [1]}, "field `pool`"),
        ({"pool": ["able"], "prices_usd_per_million_tokens": {"able": {"input": "dear"}}}, "`prices.*able`"),
        ({"pool": ["nobody"]}, "none of its models"),
    ],
)
def test_a_wrong_meta_json_is_told(tmp_path: Path, content: dict[str, object], told: str) -> None:
    """File and field."""
    with pytest.raises(InputError, match=rf"(?s)(meta\.json).*{told}"):
        choose_candidates(_meta(tmp_path, **content), RECORDED)


def test_no_json_is_told(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "meta.json").write_text("{")

    with pytest.raises(InputError, match=r"meta\.json cannot be read"):
        choose_candidates(tmp_path / "train.jsonl", RECORDED)
