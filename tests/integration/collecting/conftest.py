"""Models that answer small questions over HTTP, a pool file, and the command as a person runs it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jisi.artefacts import weights_folder
from jisi.simulate.endpoint.chat import ChatRequest, Completion
from jisi.support.files import read_lines
from jisi.tasks.procedural.local import LocalTask
from jisi.tasks.question import Question

from tests.support.command_line import CommandLine, Outcome, command_line, start_jisi
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, Say, model_endpoint

MODELS = ("ada", "bea", "cid")
"""ada is always right, bea never, cid on every other question."""
QUESTIONS = tuple(LocalTask(30).questions())
BY_PROMPT: Mapping[str, Question] = {question.prompt: question for question in QUESTIONS}


def right_answer(question: Question) -> str:
    """Give what is right, as its grader accepts it."""
    answer = question.reference["answer"]
    return str(answer[0] if isinstance(answer, list | tuple) else answer)


def is_right(model: str, question: Question) -> bool:
    """Tell whether a model knows the answer."""
    return model == "ada" or (model == "cid" and QUESTIONS.index(question) % 2 == 0)


def say(request: ChatRequest) -> str | Completion:
    """Answer as each model does."""
    question = BY_PROMPT[request.query]
    return right_answer(question) if is_right(request.model, question) else "I have no idea."


@dataclass(slots=True)
class Collecting:
    """Runs `jisi bank collect` on the questions of `local` with the pool."""

    jisi: CommandLine
    endpoint: ModelEndpoint
    folder: Path
    specs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the pool file says otherwise of some models."""

    @property
    def out(self) -> Path:
        """The bank."""
        return self.folder / "bank.jsonl.gz"

    def arguments(self, questions: int, *options: str) -> list[str]:
        """Write the pool file; give what the command is called with."""
        (self.folder / "pool.toml").write_text(_pool_file(self.endpoint, self.specs))
        given = [f"--pool={self.folder / 'pool.toml'}", f"--out={self.out}", *options]
        return ["bank", "collect", f"local:{questions}", *given]

    async def run(self, questions: int, *options: str) -> Outcome:
        """Run it to its end."""
        return await self.jisi.apart(*self.arguments(questions, *options))

    async def start(self, questions: int, *options: str) -> asyncio.subprocess.Process:
        """Start it."""
        return await start_jisi(*self.arguments(questions, *options))

    def items(self) -> dict[str, dict[str, Any]]:
        """Give the lines of the bank by their queries."""
        lines = [json.loads(line) for _, line in read_lines(self.out)]
        return {line["query"]: line for line in lines}

    def forget_grades(self) -> None:
        """Take all grades out of the journal, as if a kill had come before each."""
        journal = Path(f"{self.out}.work/journal.jsonl")
        lines = [line for line in journal.read_text().splitlines() if json.loads(line)["kind"] != "graded"]
        journal.write_text("".join(f"{line}\n" for line in lines))

    async def completed(self) -> Counter[tuple[str, str]]:
        """Count the calls that were answered, by model and query."""
        return Counter((call["model"], call["query"]) for call in await self.endpoint.calls(outcome="completed"))

    async def bill(self) -> float:
        """Give the USD that the endpoint has earned, answered calls alone."""
        prices = {spec.name: (spec.prompt_price, spec.completion_price) for spec in self.endpoint.pool().models}
        calls = await self.endpoint.calls(outcome="completed")
        tokens = ((call["model"], call["prompt_tokens"], call["completion_tokens"]) for call in calls)
        return float(sum((prompt * prices[model][0] + said * prices[model][1]) / 1e6 for model, prompt, said in tokens))


def pairs(questions: int, *models: str) -> set[tuple[str, str]]:
    """Give each model with each of the first questions."""
    return {(model, question.prompt) for model in models or MODELS for question in QUESTIONS[:questions]}


@pytest.fixture
def script() -> Say:
    """What the models say; a test may have them say something else."""
    return say


@pytest.fixture
async def endpoint(script: Say) -> AsyncIterator[ModelEndpoint]:
    """The models, served over HTTP."""
    async with model_endpoint(MODELS, script) as served:
        yield served


@pytest.fixture
def variables() -> dict[str, str]:
    """Settings of the command, by their names without prefix."""
    return {}


@pytest.fixture
def jisi(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: dict[str, str],
) -> Iterator[CommandLine]:
    """A command line with a cache of its own, in which there are the embedder's weights alone."""
    weights = weights_folder()
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / weights.name).symlink_to(weights, target_is_directory=True)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with command_line(capsys, monkeypatch, tmp_path / "data", cache=str(cache), **variables) as run:
        yield run


@pytest.fixture
def collecting(jisi: CommandLine, endpoint: ModelEndpoint, tmp_path: Path) -> Collecting:
    """The pool, ready to be asked."""
    folder = tmp_path / "collected"
    folder.mkdir()
    return Collecting(jisi, endpoint, folder)


def _pool_file(endpoint: ModelEndpoint, specs: Mapping[str, Mapping[str, Any]]) -> str:
    lines = []
    names = {"name", "base_url", "model", "api_key_env", "prompt_price", "completion_price"}
    for spec in endpoint.pool().models:
        fields = {
            **spec.model_dump(include=names),
            "limits": {"max_tokens": 100},
            "timeouts": {"chunk_seconds": 20},
            **specs.get(spec.name, {}),
        }
        lines += ["[[model]]", *(f"{name} = {_toml(value)}" for name, value in fields.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value)
