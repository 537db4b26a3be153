"""When what is killed, and when what is asked: drawn from one seed."""

import random
from dataclasses import dataclass

from jisi.simulate.bank import fresh_questions

SERVICES = ("router", "generator", "switch", "aggregator")
SERVERS = ("kafka", "postgres")
FEWEST_KILLS, MOST_KILLS = 2, 3
"""Of each service in a run."""


@dataclass(frozen=True, slots=True, order=True)
class Strike:
    """A kill to come."""

    at_seconds: float
    """Since the run began."""
    target: str
    replica: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """A query to be asked, or, with `cancel_after`, to be asked and then cancelled."""

    at_seconds: float
    query_id: str
    body: dict[str, object]
    cancel_after_seconds: float | None = None


def strikes(dice: random.Random, *, seconds: float, replicas: dict[str, int]) -> list[Strike]:
    """Kill each service several times and each server once, some of them in a row or together."""
    drawn = []
    for service in SERVICES:
        for _ in range(dice.randint(FEWEST_KILLS, MOST_KILLS)):
            replica = dice.randint(1, replicas.get(service, 1))
            drawn.append(Strike(dice.uniform(0.05, 0.95) * seconds, service, replica))
    drawn += [Strike(dice.uniform(0.2, 0.8) * seconds, server) for server in SERVERS]
    return sorted(drawn)


def questions(
    dice: random.Random, *, count: int, seconds: float, deadline_ms: int, seed: int, prefix: str
) -> list[Question]:
    """Ask in bursts and alone, most as anybody would, some with a mode, an envelope of calls or money, or a cancel."""
    asked = []
    for number, (text, _) in enumerate(fresh_questions(count, seed)):
        body: dict[str, object] = {"query": text, "deadline_ms": deadline_ms}
        cancel = None
        match dice.randrange(10):
            case 0:
                body["mode"] = "aggregate"
            case 1:
                body["max_calls"] = dice.randint(2, 6)
            case 2:
                body["max_cost_usd"] = dice.uniform(0.0005, 0.02)
            case 3 if dice.random() < 0.3:
                cancel = dice.uniform(0.0, 2.0)
        at = dice.choice((dice.uniform(0, seconds), seconds * dice.randrange(5) / 5))
        query_id = f"{prefix}{number}"
        asked.append(Question(at, query_id, {**body, "query_id": query_id}, cancel))
    return sorted(asked, key=lambda question: question.at_seconds)
