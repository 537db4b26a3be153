"""The ten simulated models: what each is good at, what it costs, how it writes and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from jisi.simulate.dice import draw
from jisi.simulate.tasks.question import Question
from jisi.support.meta import Price


class Area(Enum):
    """What a simulated model can be good at: several kinds of questions that ask for the same ability."""

    CALCULATION = ("arithmetic", "stories", "sequences", "divisibility")
    NOTATION = ("roman-numerals", "number-bases", "units")
    CALENDAR = ("dates", "clock")
    WORDS = ("letters", "sorting", "counting")
    LOGIC = ("sets", "logic")


AREA_OF: Mapping[str, Area] = {kind: area for area in Area for kind in area.value}

_SLOPE = 0.5
"""How much of its accuracy a model loses between the easiest and the hardest question."""
_UNEVENNESS = 0.3
"""How much questions of equal difficulty differ all the same, alike for every model: some are just tricky."""
_FLOOR, _CEILING = 0.03, 0.985
"""No model is always right or always wrong."""


class Style(Enum):
    """How a model writes down its working."""

    TERSE = "terse"
    PLAIN = "plain"
    STEPS = "steps"
    CHATTY = "chatty"
    MARKDOWN = "markdown"
    CAREFUL = "careful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast tokens come."""

    first_token_seconds: float
    tokens_per_second: float
    """0 for all at once."""


AT_ONCE = Pace(first_token_seconds=0.0, tokens_per_second=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedModel:
    """A model that exists only here."""

    name: str
    skill: Mapping[Area, float]
    """Accuracy on questions of middling difficulty."""
    style: Style
    verbosity: float
    """0 to 1: how many remarks it adds to hard questions."""
    reasons: bool
    """Whether it thinks before it answers, in `reasoning_content`, billed as completion tokens."""
    price: Price
    pace: Pace
    context_tokens: int
    max_tokens: int

    def accuracy(self, question: Question) -> float:
        """Return the probability of a right answer, given the question's kind and difficulty."""
        loss = _SLOPE * (question.difficulty + _trick(question.key) - 0.5)
        return min(_CEILING, max(_FLOOR, self.skill[AREA_OF[question.kind]] - loss))


@lru_cache(maxsize=4096)
def _trick(key: str) -> float:
    """Return how much harder than it looks a question is; cached, for all models meet it within moments."""
    return _UNEVENNESS * (draw("trick", key) - 0.5)


def _skills(calculation: float, notation: float, calendar: float, words: float, logic: float) -> dict[Area, float]:
    return dict(zip(Area, (calculation, notation, calendar, words, logic), strict=True))


def _model(
    name: str,
    skill: dict[Area, float],
    *,
    style: Style,
    price: tuple[float, float],
    pace: tuple[float, float],
    verbosity: float = 0.25,
    reasons: bool = False,
) -> SimulatedModel:
    return SimulatedModel(
        name=f"simulated-{name}",
        skill=skill,
        style=style,
        verbosity=verbosity,
        reasons=reasons,
        price=Price(prompt=price[0], completion=price[1]),
        pace=Pace(first_token_seconds=pace[0], tokens_per_second=pace[1]),
        context_tokens=32768,
        max_tokens=4096,
    )


MODELS: tuple[SimulatedModel, ...] = (
    _model(
        "atlas-400b",
        _skills(0.60, 0.58, 0.56, 0.52, 0.40),
        style=Style.MARKDOWN,
        price=(3.0, 9.0),
        pace=(0.45, 60),
        verbosity=0.5,
    ),
    _model(
        "sage-120b",
        _skills(0.55, 0.36, 0.34, 0.30, 0.97),
        style=Style.CAREFUL,
        price=(1.2, 4.8),
        pace=(0.35, 120),
        reasons=True,
    ),
    _model("abacus-70b", _skills(0.96, 0.34, 0.26, 0.20, 0.24), style=Style.STEPS, price=(0.9, 1.2), pace=(0.25, 90)),
    _model("almanac-70b", _skills(0.30, 0.50, 0.98, 0.26, 0.22), style=Style.PLAIN, price=(0.8, 1.1), pace=(0.25, 90)),
    _model("scribe-32b", _skills(0.24, 0.28, 0.26, 0.97, 0.30), style=Style.PLAIN, price=(0.5, 0.7), pace=(0.2, 120)),
    _model("notary-32b", _skills(0.28, 0.97, 0.40, 0.26, 0.22), style=Style.STEPS, price=(0.5, 0.7), pace=(0.2, 120)),
    _model(
        "finch-14b",
        _skills(0.46, 0.44, 0.40, 0.46, 0.34),
        style=Style.CHATTY,
        price=(0.2, 0.3),
        pace=(0.15, 150),
        verbosity=0.75,
    ),
    _model("wren-8b", _skills(0.30, 0.28, 0.24, 0.74, 0.22), style=Style.TERSE, price=(0.1, 0.15), pace=(0.1, 200)),
    _model(
        "pocket-3b", _skills(0.26, 0.24, 0.20, 0.28, 0.20), style=Style.CHATTY, price=(0.05, 0.08), pace=(0.08, 250)
    ),
    _model("mite-1b", _skills(0.15, 0.12, 0.10, 0.16, 0.15), style=Style.TERSE, price=(0.02, 0.03), pace=(0.05, 300)),
)
"""In the order of the pool file. Specialists are dear, a good generalist is dearer."""

MODEL_BY_NAME: Mapping[str, SimulatedModel] = {model.name: model for model in MODELS}
