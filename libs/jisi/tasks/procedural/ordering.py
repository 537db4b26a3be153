"""Ordering: some numbers put in order, or the smallest or largest of them."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, worded


def _draw(rng: Random) -> Draft:
    numbers = rng.sample(range(1, rng.choice((10, 30, 100))), rng.randint(3, 4))
    listed, key = ", ".join(map(str, numbers)), " ".join(map(str, sorted(numbers)))
    if rng.choice((True, False)):
        word, value = rng.choice((("smallest", min(numbers)), ("largest", max(numbers))))
        said = [f"The {word} {what} is {value}" for what in ("number", "of these numbers", "number in the list")]
        said += [f"The {word} number among these numbers is {value}", f"{value} is the {word} number"]
        return worded(f"{word} {key}", f"What is the {word} of these numbers: {listed}?", value, *said)
    ordered = [str(number) for number in sorted(numbers)]
    plain, spoken = ", ".join(ordered), f"{', '.join(ordered[:-1])}, and {ordered[-1]}"
    begun = ("The numbers are ", "The numbers in order are ", "From smallest to largest: ", "The sorted numbers are ")
    said = [f"{start}{text}" for start in ("", *begun) for text in (plain, spoken)]
    return worded(f"sorted {key}", f"Sort these numbers from smallest to largest: {listed}", plain, *said[1:])


KIND = Kind("ordering", "three or four numbers in order, or the smallest or largest of them", _draw)
