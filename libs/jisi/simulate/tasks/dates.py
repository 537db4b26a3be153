"""Dates: the day of the week, days between two dates, the date some days later."""

import re
from datetime import date, timedelta

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE = r"(\d{1,2} [A-Za-z]{3,9},? \d{4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{4}-\d{2}-\d{2})"
_WEEKDAY = re.compile(rf"(?i)^(?:what|which) (?:day of the week|weekday) (?:was|is|will be) (?:it on )?{_DATE}$")
_BETWEEN = re.compile(rf"(?i)^how many days are (?:there )?(?:from|between) {_DATE} (?:to|and|until) {_DATE}$")
_LATER = re.compile(rf"(?i)^(?:what|which) (?:date|day) is (\d{{1,5}}) days (after|before) {_DATE}$")


def written_date(day: date) -> str:
    """Write a date as `14 March 1987`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def read_date(text: str) -> date | None:
    """Read `14 March 1987`, `March 14, 1987` or `1987-03-14`; None when there is no such day."""
    words = text.replace(",", " ").replace("-", " ").split()
    if words[0].isdigit() and words[1].isdigit():
        year, month, day = words[0], int(words[1]), words[2]
    else:
        day, name = (words[0], words[1]) if words[0].isdigit() else (words[1], words[0])
        year = words[2]
        names = [month[: len(name)].casefold() for month in _MONTHS]
        month = names.index(name.casefold()) + 1 if name.casefold() in names else 0
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def generate(dice: Dice, level: int) -> str:
    """Ask one of the three; spans grow with the level, and so does the distance from today."""
    start = date(2024 - 20 * level, 1, 1) + timedelta(days=dice.integer(0, 365 * 20 * level))
    span = dice.integer(3, (0, 20, 60, 200, 500, 2000)[level])
    match dice.integer(1, 3):
        case 1:
            return f"What day of the week was {written_date(start)}?"
        case 2:
            return (
                f"How many days are there from {written_date(start)} to {written_date(start + timedelta(days=span))}?"
            )
        case _:
            return f"Which date is {span} days after {written_date(start)}?"


def understand(text: str) -> Question | None:
    """Read one of the three questions."""
    if found := _WEEKDAY.match(text):
        day = read_date(found[1])
        return _weekday(day) if day else None
    if found := _BETWEEN.match(text):
        start, end = read_date(found[1]), read_date(found[2])
        return _between(start, end) if start and end and start <= end else None
    if found := _LATER.match(text):
        start = read_date(found[3])
        if start is None:
            return None
        days = int(found[1]) if found[2].lower() == "after" else -int(found[1])
        try:
            return _later(start, days, start + timedelta(days=days))
        except OverflowError:
            return None
    return None


def _weekday(day: date) -> Question:
    index = day.weekday()
    return make_question(
        kind=KIND.name,
        key=f"weekday {day}",
        difficulty=0.2 + abs(2024 - day.year) / 110,
        gold=_DAYS[index],
        form=AnswerForm.TEXT,
        working=(
            f"Find the day of the week of {written_date(day)}",
            f"It is day {day.timetuple().tm_yday} of the year {day.year}",
            f"1 January {day.year} was a {_DAYS[date(day.year, 1, 1).weekday()]}",
        ),
        slips=tuple(_DAYS[(index + step) % 7] for step in (1, 6, 2, 5)),
    )


def _between(start: date, end: date) -> Question:
    days = (end - start).days
    return make_question(
        kind=KIND.name,
        key=f"between {start} {end}",
        difficulty=(days.bit_length() - 2) / 10,
        gold=str(days),
        form=AnswerForm.NUMBER,
        working=(
            f"Count the days from {written_date(start)} to {written_date(end)}",
            f"Whole years: {end.year - start.year}; month {start.month} to {end.month}, day {start.day} to {end.day}",
            "Mind the lengths of the months and leap years",
        ),
        slips=natural_slips(days, days + 1, max(0, days - 1), days + 2, days + 30),
    )


def _later(start: date, days: int, end: date) -> Question:
    shifts = [end + timedelta(days=shift) for shift in (1, -1, 2, 3) if date(2, 1, 1) < end < date(9998, 1, 1)]
    return make_question(
        kind=KIND.name,
        key=f"later {start} {days}",
        difficulty=(abs(days).bit_length() - 2) / 9,
        gold=written_date(end),
        form=AnswerForm.TEXT,
        working=(
            f"Count {abs(days)} days {'after' if days >= 0 else 'before'} {written_date(start)}",
            f"That is {abs(days) // 7} weeks and {abs(days) % 7} days",
            "Go month by month, each with its own length",
        ),
        slips=tuple(written_date(shift) for shift in shifts),
    )


KIND = TaskKind("dates", "calendar dates", "find the weekday of 14 March 1987", generate, understand)
