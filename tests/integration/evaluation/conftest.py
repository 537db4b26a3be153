"""A small bank of sums, models that answer over HTTP, and a command line whose cache is its own."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jisi.artefacts import weights_folder
from jisi.simulate.endpoint.chat import ChatRequest

from tests.support.command_line import CommandLine, Outcome, command_line
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, model_endpoint
from tests.unit.evaluation.recordings.files import write_bank

MODELS = ("ada", "bea", "cid")
"""Best first by their records; ada is right, bea one off, cid right."""
TRAIN = tuple((first, second) for first in range(2, 6) for second in range(3, 6))
TESTED = ((11, 4), (12, 9), (13, 6), (14, 7))
"""To the last there is no right answer in the bank; the fusion of the second is wrong."""
FREE, MISTAKEN = TESTED[3], TESTED[1]


def question(sum_of: tuple[int, int]) -> str:
    """Give the query of a sum."""
    return f"What is {sum_of[0]} + {sum_of[1]}?"


def say(request: ChatRequest) -> str:
    """Answer as each model does; the fusion of one row goes wrong."""
    found = next(one for one in (*TRAIN, *TESTED) if question(one) == request.query)
    wrong = found == MISTAKEN if request.aggregator else request.model == "bea"
    return f"The answer is {sum(found) + wrong}."


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Runs `jisi eval` on the bank with the live pool."""

    jisi: CommandLine
    endpoint: ModelEndpoint
    folder: Path

    @property
    def arguments(self) -> list[str]:
        """What every run is called with."""
        files = (f"--live={self.folder / 'pool.toml'}", f"--json={self.folder / 'report.json'}")
        return ["eval", str(self.folder), *files]

    async def run(self, routers: str, *options: str) -> Outcome:
        """Run it to its end."""
        return await self.jisi.apart(*self.arguments, f"--routers={routers}", *options)

    @property
    def report(self) -> dict[str, Any]:
        """The last run's report; a router by its name."""
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return {**report, **{router["router"]: router for router in report["routers"]}}

    async def experts_asked(self) -> list[tuple[str, str]]:
        """Give all calls to experts: the model and the query, sorted."""
        return sorted((call["model"], call["query"]) for call in await self.endpoint.calls(kind="expert"))


@pytest.fixture
async def endpoint() -> AsyncIterator[ModelEndpoint]:
    """The models, served over HTTP."""
    async with model_endpoint(MODELS, say) as served:
        yield served


@pytest.fixture
def jisi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CommandLine]:
    """A command line with a cache of its own, in which there are the embedder's weights alone."""
    weights = weights_folder()
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / weights.name).symlink_to(weights, target_is_directory=True)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with command_line(capsys, monkeypatch, tmp_path / "data", cache=str(cache)) as run:
        yield run


@pytest.fixture
def evaluation(jisi: CommandLine, endpoint: ModelEndpoint, tmp_path: Path) -> Evaluation:
    """Bank and pool file, ready to be evaluated."""
    folder = tmp_path / "sums"
    write_bank(folder / "train.jsonl", [_line(one, place, "train") for place, one in enumerate(TRAIN)])
    write_bank(folder / "test.jsonl.gz", [_line(one, place, "test") for place, one in enumerate(TESTED)])
    (folder / "pool.toml").write_text(_pool_file(endpoint))
    return Evaluation(jisi, endpoint, folder)


def _line(sum_of: tuple[int, int], index: int, split: str) -> dict[str, Any]:
    scores = (1.0, 0.9, 0.8) if split == "train" else (1.0, 0.0, 1.0)
    right = sum(sum_of)
    return {
        "query": question(sum_of),
        "dataset": "sums",
        "index": index,
        "split": split,
        "records": dict(zip(MODELS, scores, strict=True)),
        "usages": {model: {"prompt_tokens": 9, "completion_tokens": 5, "cost": 0.001} for model in MODELS},
        "raw_output": {model: f"The answer is {right + (model == 'bea')}." for model in MODELS},
        "gt": None if sum_of == FREE else str(right),
    }


def _pool_file(endpoint: ModelEndpoint) -> str:
    lines = []
    for spec in endpoint.pool().models:
        fields = spec.model_dump(
            include={"name", "base_url", "model", "api_key_env", "prompt_price", "completion_price"}
        )
        lines += ["[[model]]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())]
        lines.append("limits = { max_tokens = 100 }")
    return "\n".join(lines) + "\n"
