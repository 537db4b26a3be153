"""Clock: the time some hours and minutes later or earlier, and the minutes between two times."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips

_DAY = 24 * 60
_TIME = r"(\d{1,2}):(\d{2})"
_SPAN = r"(?:(\d{1,3}) hours?)?(?:\s*(?:and\s*)?(\d{1,4}) minutes?)?"
_SHIFT = re.compile(rf"(?i)^what time is (?:it )?{_SPAN} (after|before) {_TIME}$")
_BETWEEN = re.compile(rf"(?i)^how many minutes are (?:there )?(?:from|between) {_TIME} (?:to|and|until) {_TIME}$")


def generate(dice: Dice, level: int) -> str:
    """Ask for a shift or a difference; the spans grow with the level and cross midnight at the higher ones."""
    start = dice.integer(0, _DAY - 1)
    if level == 1:
        start -= start % 15
    if dice.chance(0.6):
        hours, minutes = dice.integer(1, 2 * level + 1), dice.integer(1, 11) * 5 if level == 1 else dice.integer(1, 59)
        direction = "after" if level < 3 or dice.chance(0.5) else "before"  # noqa: PLR2004
        span = f"{_counted(hours, 'hour')} and {_counted(minutes, 'minute')}"
        return f"What time is it {span} {direction} {_written(start)}?"
    end = min(_DAY - 1, start + dice.integer(5, 150 * level))
    return f"How many minutes are there from {_written(start)} to {_written(end)}?"


def understand(text: str) -> Question | None:
    """Read one of the two questions, with times from 0:00 to 23:59."""
    if (found := _SHIFT.match(text)) and (found[1] or found[2]):
        start = _minutes(found[4], found[5])
        span = int(found[1] or 0) * 60 + int(found[2] or 0)
        return None if start is None else _shift(start, span if found[3].lower() == "after" else -span)
    if found := _BETWEEN.match(text):
        start, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
        return None if start is None or end is None or end < start else _between(start, end)
    return None


def _minutes(hours: str, minutes: str) -> int | None:
    return int(hours) * 60 + int(minutes) if int(hours) < 24 and int(minutes) < 60 else None  # noqa: PLR2004


def _written(minutes: int) -> str:
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _shift(start: int, span: int) -> Question:
    end = (start + span) % _DAY
    carries = (start % 60 + span % 60 >= 60) + (not 0 <= start + span < _DAY) + (span < 0)  # noqa: PLR2004
    whole_hours = abs(span) // 60 * (60 if span >= 0 else -60)
    shifts = (-60 if span > 0 else 60, 10, 60, -10, 1)
    return make_question(
        kind=KIND.name,
        key=f"shift {start} {span}",
        difficulty=0.1 + 0.2 * carries + abs(span) / 2400,
        gold=_written(end),
        form=AnswerForm.TEXT,
        working=(
            f"The clock shows {_written(start)}; go {'forward' if span >= 0 else 'back'}",
            f"First {_counted(abs(span) // 60, 'hour')}: {_written((start + whole_hours) % _DAY)}",
            f"Then {_counted(abs(span) % 60, 'minute')}",
        ),
        slips=tuple(_written((end + shift) % _DAY) for shift in shifts),
    )


def _between(start: int, end: int) -> Question:
    span = end - start
    return make_question(
        kind=KIND.name,
        key=f"between {start} {end}",
        difficulty=0.1 + 0.3 * (end % 60 < start % 60) + span / 1400,
        gold=str(span),
        form=AnswerForm.NUMBER,
        working=(
            f"Count the minutes from {_written(start)} to {_written(end)} on the clock",
            f"The hours differ by {end // 60 - start // 60}, which is {(end // 60 - start // 60) * 60} minutes",
            f"The minutes go from {start % 60} to {end % 60}",
        ),
        slips=natural_slips(span, span + 60, span - 60, span + 10, span - 10),
    )


KIND = TaskKind("clock", "clock time", "find the time 3 hours and 45 minutes after 22:30", generate, understand)
