"""What is weak about a bank, said before it shows in answers: each finding with what it means and what to do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection

from jisi.support.stats import BankStatistics, ModelStatistics, bank_statistics

ENOUGH_ITEMS = 4_000
"""Below it the 400 nearest items are a tenth of the bank or more, and choice per domain is weak (ALGORITHM.md 6)."""
FEW_USABLE = 0.9
"""A model that has fewer of its responses usable compares less often than the others, and is worth a word."""
_LISTED = 5
"""Items or names that a finding lists; the rest is counted."""

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about the bank: an error makes routing pointless, a warning makes it weaker, a note is good to know."""

    level: Level
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How often the same query stands in the bank more than once."""

    within_train: int
    """Queries of the split `train` that several items share."""
    across_splits: int
    """Queries that are in both splits."""


async def check_bank(connection: AsyncConnection[Any], *, pool: Sequence[str] | None = None) -> list[Finding]:
    """Look the bank over; `pool` are the eligible models, where they are known. The gravest findings come first."""
    statistics = await bank_statistics(connection)
    cursor = await connection.execute(_REPEATS)
    row = await cursor.fetchone()
    assert row is not None, "an aggregate gives one row"
    return judge(statistics, repeats=Repeats(within_train=row[0], across_splits=row[1]), pool=pool)


_REPEATS = """
with query as (
    select count(*) filter (where split = 'train') as train, count(*) filter (where split = 'test') as test
    from item group by md5(query))
select count(*) filter (where train > 1), count(*) filter (where train > 0 and test > 0) from query"""


def judge(statistics: BankStatistics, *, repeats: Repeats, pool: Sequence[str] | None) -> list[Finding]:
    """Draw the findings from the numbers; the gravest come first."""
    if statistics.train_items == 0:
        return [
            Finding(
                level="error",
                code="empty",
                message="The bank has no item of the split 'train': every query is answered by the pool's default model"
                " alone. Import one: jisi bank import FILE.",
            )
        ]
    findings = [
        *_size(statistics),
        *_repeats(repeats),
        *_evidence(statistics, pool),
        *_texts(statistics),
        *_eligibility(statistics, pool),
    ]
    order: dict[Level, int] = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda finding: order[finding.level])


def _size(statistics: BankStatistics) -> Iterator[Finding]:
    train = statistics.train_items
    if train < ENOUGH_ITEMS:
        yield Finding(
            level="warning",
            code="small",
            message=f"{train} items serve as support set, fewer than {ENOUGH_ITEMS}: the 400 nearest are much of the"
            " bank, so choice per domain is weak. Import more, or lower support_size.",
        )
    if statistics.items > train:
        yield Finding(
            level="note",
            code="test_items",
            message=f"{statistics.items - train} items are of the split 'test': kept, but never evidence for a query.",
        )


def _repeats(repeats: Repeats) -> Iterator[Finding]:
    if repeats.across_splits:
        yield Finding(
            level="warning",
            code="leak",
            message=f"{repeats.across_splits} queries are both in 'train' and in 'test': measured on those, the router"
            " looks up what it is asked. Remove them from one of the two.",
        )
    if repeats.within_train:
        yield Finding(
            level="note",
            code="repeated",
            message=f"{repeats.within_train} queries stand in 'train' more than once and count as often.",
        )


def _evidence(statistics: BankStatistics, pool: Sequence[str] | None) -> Iterator[Finding]:
    concerned = [model for model in statistics.models if pool is None or model.model in pool]
    without = [model.model for model in concerned if model.train_scores == 0]
    if pool is not None:
        without += sorted(set(pool) - {model.model for model in concerned})
    if without:
        level: Level = "error" if len(without) == len(pool if pool is not None else concerned) else "warning"
        yield Finding(
            level=level,
            code="no_evidence",
            message=f"Without a score on any 'train' item, and so ranked behind all others: {_listed(without)}."
            " Import records of theirs.",
        )
    partly = [model for model in concerned if 0 < model.train_scores < statistics.train_items]
    if partly:
        yield Finding(
            level="warning",
            code="missing_scores",
            message="Scores are missing, and the pool's mean stands in for them: "
            + _counted(partly, lambda model: f"{model.train_scores} of {statistics.train_items}")
            + ".",
        )
    unmeasured = [model for model in concerned if model.train_scores and model.lengths < model.scores]
    if unmeasured:
        yield Finding(
            level="warning",
            code="missing_tokens",
            message="Completion tokens are missing, so that length cannot be compared there: "
            + _counted(unmeasured, lambda model: f"{model.lengths} of {model.scores}")
            + ".",
        )


def _texts(statistics: BankStatistics) -> Iterator[Finding]:
    """Judge what the response side has to go by."""
    textless = [model for model in statistics.models if model.train_scores and model.responses < model.scores]
    if textless:
        yield Finding(
            level="warning",
            code="missing_responses",
            message="Responses are missing, so that a probe's response cannot be compared there: "
            + _counted(textless, lambda model: f"{model.responses} of {model.scores}")
            + ".",
        )
    unusable = [model for model in statistics.models if model.usable < model.responses]
    few = [model for model in unusable if model.usable < FEW_USABLE * model.responses]
    if unusable:
        yield Finding(
            level="warning" if few else "note",
            code="unusable_responses",
            message="Responses with nothing outside their reasoning have no vector: "
            + _counted(unusable, lambda model: f"{model.responses - model.usable} of {model.responses}")
            + ".",
        )


def _eligibility(statistics: BankStatistics, pool: Sequence[str] | None) -> Iterator[Finding]:
    if pool is None:
        return
    others = [model.model for model in statistics.models if model.model not in pool]
    if others:
        yield Finding(
            level="note",
            code="not_eligible",
            message=f"Not in the pool, so never asked, whatever their scores: {_listed(others)}.",
        )


def _counted(models: Sequence[ModelStatistics], count: Callable[[ModelStatistics], str]) -> str:
    return _listed(f"{model.model} ({count(model)})" for model in models)


def _listed(entries: Iterable[str]) -> str:
    every = list(entries)
    more = f" and {len(every) - _LISTED} more" if len(every) > _LISTED else ""
    return ", ".join(every[:_LISTED]) + more
