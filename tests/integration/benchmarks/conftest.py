"""Models that answer small questions over HTTP, a bank of them, and the measurement as a person runs it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jisi.simulate.endpoint.chat import ChatRequest
from jisi.tasks.procedural.local import LocalTask
from jisi.tasks.question import Question

from tests.support.command_line import CommandLine, Outcome, command_line
from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, model_endpoint

MODELS = ("ada", "bea", "cid")
"""ada and bea are each wrong on another question of four, cid always, and fusions on the third one."""
_WRONG_ON = {"ada": 3, "bea": 1, "fusion": 2}
KINDS = 13
BANK = tuple(LocalTask(2 * KINDS).questions())
FRESH = tuple(LocalTask(KINDS, 9).questions())
"""One of each kind."""
_PLACES = {question.prompt: place for questions in (BANK, FRESH) for place, question in enumerate(questions)}
_BY_PROMPT = {question.prompt: question for question in (*BANK, *FRESH)}


def is_right(model: str, prompt: str) -> bool:
    """Tell whether an expert, or a `fusion`, is right."""
    return model in _WRONG_ON and _PLACES[prompt] % 4 != _WRONG_ON[model]


def response(model: str, question: Question) -> str:
    """Give what an expert, or a `fusion`, says."""
    return right_answer(question) if is_right(model, question.prompt) else f"I, {model}, have no idea."


def right_answer(question: Question) -> str:
    """Give what is right, as its grader accepts it."""
    answer = question.reference["answer"]
    return str(answer[0] if isinstance(answer, list | tuple) else answer)


def say(request: ChatRequest) -> str:
    """Answer as each model does."""
    return response("fusion" if request.aggregator else request.model, _BY_PROMPT[request.query])


@dataclass(frozen=True, slots=True)
class Measuring:
    """Runs `python -m benchmarks.local_pool` on the bank with the scripted models."""

    jisi: CommandLine
    endpoint: ModelEndpoint
    folder: Path

    async def start(self, *, seed: int = 9) -> asyncio.subprocess.Process:
        """Start it."""
        files = {
            "bank": self.folder / "bank.jsonl",
            "pool": self.folder / "pool.toml",
            "work": self.folder / "work",
            "json": self.folder / "report.json",
            "markdown": self.folder / "report.md",
        }
        options = [f"--{name}={file}" for name, file in files.items()]
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.local_pool", f"--questions={KINDS}", f"--seed={seed}", *options),
            env=os.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *, seed: int = 9) -> Outcome:
        """Run it to its end."""
        process = await self.start(seed=seed)
        out, err = await process.communicate()
        return Outcome(process.returncode or 0, out.decode(), err.decode())

    def move(self, host: str) -> None:
        """Let the models be reached by another name of this machine, as a server of one's own after a new start."""
        pool = self.folder / "pool.toml"
        pool.write_text(pool.read_text().replace("//127.0.0.1:", f"//{host}:"))

    @property
    def report(self) -> dict[str, Any]:
        """The figures; a method by its name."""
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return {**report, **{router["router"]: router for router in report["evaluation"]["routers"]}}

    def answered(self) -> int:
        """Count the answers of the services that are kept."""
        return sum(len(file.read_bytes().splitlines()) for file in self.folder.glob("work/*/services.jsonl"))


@pytest.fixture
async def endpoint() -> AsyncIterator[ModelEndpoint]:
    """The models, served over HTTP."""
    async with model_endpoint(MODELS, say) as served:
        yield served


@pytest.fixture
def jisi(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[CommandLine]:
    """The environment of a command, on the session's servers, and settings by which a small bank lets some be fused."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    given = {"kafka": kafka_server, "routing_support_size": "8", "routing_switch_threshold": "0.5"}
    with (
        postgres_server.database() as name,
        command_line(capsys, monkeypatch, tmp_path / "data", database_url=postgres_server.url(name), **given) as run,
    ):
        yield run


@pytest.fixture
def measuring(jisi: CommandLine, endpoint: ModelEndpoint, tmp_path: Path) -> Measuring:
    """Bank and pool file, ready to be measured."""
    lines = [json.dumps(_line(question)) + "\n" for question in BANK]
    (tmp_path / "bank.jsonl").write_text("".join(lines))
    (tmp_path / "pool.toml").write_text(_pool_file(endpoint))
    return Measuring(jisi, endpoint, tmp_path)


def _line(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "query": question.prompt,
        "dataset": question.dataset,
        "index": _PLACES[question.prompt],
        "split": "train",
        "records": {model: float(is_right(model, question.prompt)) for model in MODELS},
        "usages": {model: {"prompt_tokens": 20, "completion_tokens": 4, "cost": 0.00001} for model in MODELS},
        "raw_output": {model: response(model, question) for model in MODELS},
    }


def _pool_file(endpoint: ModelEndpoint) -> str:
    lines = []
    names = {"name", "base_url", "model", "api_key_env", "prompt_price", "completion_price"}
    for spec in endpoint.pool().models:
        lines += [
            "[[model]]",
            *(f"{name} = {json.dumps(value)}" for name, value in spec.model_dump(include=names).items()),
        ]
        lines += ["sampling = { temperature = 0.0 }", "limits = { max_tokens = 100 }"]
    return "\n".join(lines) + "\n"
