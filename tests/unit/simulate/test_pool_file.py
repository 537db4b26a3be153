"""Pool files for the simulated and the replayed pools are complete: nothing is left to edit."""

import json
import tomllib
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.llm.pool import load_pool
from jisi.simulate.models import MODELS
from jisi.simulate.pool_file import replay_pool_toml, simulated_pool_toml

URL = "http://127.0.0.1:8123/v1"
META = {
    "family": "tiny",
    "pool": ['Zeta-"7B"', "alpha"],
    "reference_models": ["gpt-reference"],
    "prices_usd_per_million_tokens": {
        'Zeta-"7B"': {"input": 0.2, "output": 1},
        "alpha": {"input": 3, "output": 9},
        "gpt-reference": {"input": 10, "output": 30},
    },
}


def _meta(folder: Path, **changes: object) -> Path:
    file = folder / "meta.json"
    file.write_text(json.dumps({**META, **changes}), encoding="utf-8")
    return file


def test_simulated_pool_is_accepted(tmp_path: Path) -> None:
    """The reader of pool files takes it as it is, with the models' order, prices and limits."""
    file = tmp_path / "pool.toml"
    file.write_text(simulated_pool_toml(URL), encoding="utf-8")
    pool = load_pool(file)

    assert [spec.name for spec in pool.models] == [model.name for model in MODELS]
    assert pool.default_model == MODELS[0].name
    for spec, model in zip(pool.models, MODELS, strict=True):
        assert (spec.base_url, spec.model, spec.api_key_env) == (URL, model.name, None)
        assert (spec.prompt_price, spec.completion_price) == (model.price.prompt, model.price.completion)
        assert spec.limits.max_tokens == model.max_tokens


def test_replay_pool_takes_order_and_prices_from_the_family(tmp_path: Path) -> None:
    """The pool's models are there in its order; reference models are not."""
    file = tmp_path / "pool.toml"
    file.write_text(replay_pool_toml(_meta(tmp_path), URL), encoding="utf-8")
    pool = load_pool(file)

    assert [spec.name for spec in pool.models] == META["pool"]
    assert [(spec.prompt_price, spec.completion_price) for spec in pool.models] == [(0.2, 1.0), (3.0, 9.0)]


def test_replay_pool_never_limits_what_was_recorded(tmp_path: Path) -> None:
    """The limits of a replayed model are wide enough for an aggregation of long responses (ALGORITHM.md 5)."""
    models = tomllib.loads(replay_pool_toml(_meta(tmp_path), URL))["model"]

    assert all(model["limits"]["max_tokens"] == 32768 for model in models)
    assert all(model["limits"]["context_tokens"] > 90_000 + 32_768 for model in models)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"pool": []}, "pool"),
        ({"pool": "alpha"}, "pool"),
        ({"prices_usd_per_million_tokens": {}}, "prices_usd_per_million_tokens"),
        ({"prices_usd_per_million_tokens": {"alpha": {"input": 1, "output": "much"}}, "pool": ["alpha"]}, "alpha"),
    ],
)
def test_a_wrong_family_file_is_named(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    """The error says which file and field to mend."""
    with pytest.raises(InputError, match=rf"meta\.json.*{named}"):
        replay_pool_toml(_meta(tmp_path, **changes), URL)


def test_a_missing_family_file_is_named(tmp_path: Path) -> None:
    """The error says which file is not there."""
    with pytest.raises(InputError, match=r"meta\.json cannot be read"):
        replay_pool_toml(tmp_path / "meta.json", URL)
