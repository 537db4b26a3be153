"""Three questions for a demonstration, and the search that found them: one routed, one aggregated, one asking twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jisi.embedding import Embedder
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank, Expert
from jisi.routing.margins import margins
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_offline
from jisi.routing.settings import RoutingSettings
from jisi.simulate.answering import answer
from jisi.simulate.bank import Row, bank_rows, fresh_questions
from jisi.simulate.fusion import fuse
from jisi.simulate.models import MODEL_BY_NAME, MODELS
from jisi.simulate.references import read_references
from jisi.simulate.tasks.catalogue import understand
from jisi.simulate.tasks.question import Question, grade
from jisi.simulate.tokens import count_tokens

Ending = Literal["route", "aggregate", "second wave"]
ENDINGS: tuple[Ending, ...] = ("route", "aggregate", "second wave")

DEMO_ITEMS = 400
DEMO_SEED = 0
"""Of bank and endpoint: the endings below hold for these, the default embedder and the default settings."""


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question and how it ends."""

    ending: Ending
    """`second wave` ends in an aggregation too; the other two ask the probes only."""
    text: str


DEMO_QUESTIONS: tuple[DemoQuestion, ...] = (
    DemoQuestion("route", "Write 239 in Roman numerals."),
    DemoQuestion("aggregate", "How many minutes are there from 20:45 to 22:00?"),
    DemoQuestion("second wave", "How many days are there from 30 September 2017 to 19 March 2018?"),
)
"""Found by `python -m jisi.simulate demo-questions`: of 140 fresh questions 19 ended routed, 95 aggregated, 26 after a
second wave. Of each, one with the widest margins among those answered right. A test tells when the bank has changed,
and the search must be run again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question with the decision about it."""

    question: DemoQuestion
    right: bool
    """Whether the answer given in the end is the right one."""
    margin: float
    """Distance of the decision to another one: a narrow one could end otherwise on another machine."""
    reason: str
    asked: tuple[str, ...]


async def search(
    embedder: Embedder, *, items: int, seed: int, fresh_seed: int, candidates: int
) -> dict[Ending, list[Found]]:
    """Decide fresh questions, none of them in the bank, as the services would, and sort them by how they end.

    In each list those answered right come first, among them the one whose decision has the widest margin.
    """
    rows = list(bank_rows(items=items, seed=seed))
    known = frozenset(_key(row) for row in rows)
    responses = await _embed_responses(embedder, rows)
    bank = await _bank(embedder, rows)
    settings = RoutingSettings()
    found: dict[Ending, list[Found]] = {ending: [] for ending in ENDINGS}
    for text, question in fresh_questions(candidates, fresh_seed, avoid=known):
        query = (await embedder.embed([text]))[0]
        source = await _AnsweringModels.ask_all(embedder, question, seed, responses)
        decided = decide_offline(query, bank, _experts(), source, settings)
        near = margins(query, bank, decided, settings)
        ending = _ending(decided)
        found[ending].append(
            Found(
                question=DemoQuestion(ending, text),
                right=grade(question, source.final_text(question, decided, seed)),
                margin=min((one.distance for one in near), default=float("inf")),
                reason=decided.decision.reason,
                asked=decided.asked,
            )
        )
    for listed in found.values():
        listed.sort(key=lambda one: (one.right, one.margin), reverse=True)
    return found


def _key(row: Row) -> str:
    question = understand(str(row["query"]))
    assert question is not None
    return question.key


def _ending(decided: OfflineDecision) -> Ending:
    if decided.waves:
        return "second wave"
    return "aggregate" if decided.decision.kind == "aggregate" else "route"


def _experts() -> list[Expert]:
    return [Expert(model.name, model.price.prompt, model.price.completion) for model in MODELS]


async def _bank(embedder: Embedder, rows: Sequence[Row]) -> Bank:
    names = tuple(model.name for model in MODELS)

    def column(field: str, name: str) -> list[float]:
        values: Iterable[object] = (row[field] for row in rows)
        return [_number(value, name) for value in values]

    return Bank(
        item_ids=np.arange(len(rows), dtype=np.int64),
        embeddings=await embedder.embed([str(row["query"]) for row in rows]),
        scores=np.array([column("records", name) for name in names]).T,
        tokens=np.array([column("usages", name) for name in names]).T,
        models=names,
    )


def _number(records: object, name: str) -> float:
    assert isinstance(records, dict)
    value = records[name]
    return float(value["completion_tokens"] if isinstance(value, dict) else value)


async def _embed_responses(embedder: Embedder, rows: Sequence[Row]) -> dict[str, Embeddings]:
    embedded: dict[str, Embeddings] = {}
    for model in MODELS:
        outputs = [row["raw_output"] for row in rows]
        embedded[model.name] = await embedder.embed(
            [str(given[model.name]) for given in outputs if isinstance(given, dict)]
        )
    return embedded


class _AnsweringModels:
    """The simulated models as the source of responses to one question."""

    def __init__(
        self, answered: dict[str, tuple[str, RecordedResponse]], bank_responses: dict[str, Embeddings]
    ) -> None:
        self._answered = answered
        self._bank_responses = bank_responses

    @classmethod
    async def ask_all(
        cls, embedder: Embedder, question: Question, seed: int, bank_responses: dict[str, Embeddings]
    ) -> "_AnsweringModels":
        replies = [answer(model, question, seed) for model in MODELS]
        embedded = await embedder.embed([reply.text for reply in replies])
        answered = {}
        for model, reply, embedding in zip(MODELS, replies, embedded, strict=True):
            said = count_tokens(reply.text)
            tokens = float(said + count_tokens(reply.reasoning))
            recorded = RecordedResponse(
                usable=True, embedding=embedding, completion_tokens=tokens, reference_tokens=said
            )
            answered[model.name] = (reply.text, recorded)
        return cls(answered, bank_responses)

    def ask(self, model: str) -> RecordedResponse:
        return self._answered[model][1]

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        return np.asarray(self._bank_responses[model][positions] @ response, dtype=np.float64)

    def final_text(self, question: Question, decided: OfflineDecision, seed: int) -> str:
        decision = decided.decision
        if decision.answer is not None:
            return self._answered[decision.answer][0]
        references = read_references("\n\n".join(self._answered[name][0] for name in decision.references))
        return fuse(MODEL_BY_NAME[decided.aggregator_candidates[0]], question, references, seed).text
