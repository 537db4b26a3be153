"""A bank of four topics with four items each, in which it is known beforehand how a query on each topic goes.

With `support_size` 4 the support set of a query is its topic. What decides:

- trains: ada is far ahead, so the switch routes to ada.
- cells: ada, bea and cid are about equal, so they are fused; ada ranks first as aggregator.
- rivers: on half of the items ada, bea and cid are good, on the other half dot is; the probes' responses resemble what
  was said on dot's half, so dot is asked in a second wave, and alone is good enough.
- moons: the same, but on the second half dot and eva are about equal: a second wave, then a fusion.

fay and gus are in the pool but not in the bank.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jisi.artefacts import weights_folder
from jisi.database import create_engine
from jisi.embedding import Embedder
from jisi.embedding.minilm import MiniLmEmbedder
from jisi.routing.settings import RoutingSettings
from jisi.simulate.endpoint.chat import ChatRequest
from jisi.support.importing import ImportBank
from jisi.support.scan import Scan
from jisi.support.store import Written
from sqlalchemy.ext.asyncio import AsyncEngine

MODELS = ("ada", "bea", "cid", "dot", "eva", "fay", "gus")
"""In pool order, which is also that of their prices, cheapest first."""
KNOWN = MODELS[:5]
"""Those in the bank."""
ROUTING = RoutingSettings(support_size=4)

TRAINS = "At what speed does a railway train travel if it covers 120 kilometres in 2 hours?"
CELLS = "What does the mitochondrion do in a living cell?"
RIVERS = "Which is the longest river in the world?"
MOONS = "How many moons does the planet Jupiter have?"

_TEMPLATES: Mapping[str, tuple[str, Sequence[str]]] = {
    "trains": (
        "At what speed does a railway train travel if it covers {} kilometres in 3 hours?",
        ("60", "90", "150", "300"),
    ),
    "cells": ("What does the {} do in a living cell?", ("mitochondrion", "nucleus", "membrane", "ribosome")),
    "rivers": ("Which is the {} river in the world?", ("longest", "second longest", "widest", "third longest")),
    "moons": ("How many moons does the planet {} have?", ("Jupiter", "Saturn", "Mars", "Neptune")),
}
_QUESTIONS = {topic: [form.format(word) for word in words] for topic, (form, words) in _TEMPLATES.items()}
_HALVES = ((1.0, 0.9, 0.8, 0.0, 0.0), (0.4, 0.4, 0.4, 1.0, 0.5), (0.4, 0.4, 0.4, 1.0, 0.9))
_SCORES: Mapping[str, Sequence[Sequence[float]]] = {
    "trains": [(1.0, 0.3, 0.2, 0.1, 0.0)] * 4,
    "cells": [(1.0, 0.95, 0.9, 0.2, 0.1)] * 4,
    "rivers": [_HALVES[0], _HALVES[0], _HALVES[1], _HALVES[1]],
    "moons": [_HALVES[0], _HALVES[0], _HALVES[2], _HALVES[2]],
}
_SAID = (
    "My grandmother bakes bread with rye flour every Sunday.",
    "The answer follows from measurements by satellite.",
)
"""What was said on the first and on the second half of a topic's items; live responses resemble the second."""


def say(request: ChatRequest) -> str:
    """Answer as a scripted model does unless a test wants something else; who spoke can be told by the text."""
    if request.aggregator:
        return f"Fused by {request.model}: {_SAID[1]}"
    return f"{_SAID[1]} So says {request.model}."


def said_by(model: str) -> str:
    """Give what a model says as an expert."""
    return f"{_SAID[1]} So says {model}."


def fused_by(model: str) -> str:
    """Give what a model says as an aggregator."""
    return f"Fused by {model}: {_SAID[1]}"


def bank_lines() -> list[dict[str, Any]]:
    """Give the bank in its file format."""
    return [
        {
            "query": question,
            "dataset": topic,
            "index": index,
            "split": "train",
            "records": dict(zip(MODELS, _SCORES[topic][index], strict=False)),
            "usages": {model: {"prompt_tokens": 20, "completion_tokens": 12, "cost": 0.001} for model in KNOWN},
            "raw_output": {model: f"{_SAID[index // 2]} So says {model}." for model in KNOWN},
            "gt": None,
        }
        for topic, questions in _QUESTIONS.items()
        for index, question in enumerate(questions)
    ]


class _Quiet:
    def begin(self, found: Scan) -> None:
        """Nothing to show."""

    def embedded(self, texts: int) -> None:
        """Nothing to show."""

    def committed(self, written: Written) -> None:
        """Nothing to show."""


async def import_small_bank(url: str, folder: Path) -> None:
    """Import all of it into a migrated database, by the default embedder; `folder` takes its file."""
    engine = create_engine(url)
    embedder = MiniLmEmbedder(folder=weights_folder())
    await import_lines(engine, embedder, bank_lines(), folder)
    await embedder.close()
    await engine.dispose()


async def import_lines(
    engine: AsyncEngine, embedder: Embedder, lines: Sequence[Mapping[str, Any]], folder: Path
) -> None:
    """Import these lines, as `jisi bank import` does."""
    file = folder / "bank.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    await ImportBank(engine=engine, embedder=embedder, progress=_Quiet()).run([file])
