"""Formats: a given content, written as it is asked for; every character counts."""

import json
from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, verbatim
from jisi.tasks.procedural.tables import GOODS, NAMES, WORDS

_BEGINNINGS = ("My name is", "I am", "This is")
_VERBS = ("like", "see", "have", "need", "want")


def _draw(rng: Random) -> Draft:
    words = rng.sample(WORDS, 3)
    name, age = rng.choice(NAMES), rng.randint(5, 90)
    match rng.randrange(10):
        case 0:
            text = " ".join(words[:2]).upper()
            prompt = f'Write this text in capital letters: "{text.lower()}"'
            return verbatim(f"upper {text}", prompt, text, f"{text}.")
        case 1:
            text = " ".join(words[:2])
            prompt = f'Write this text in small letters: "{text.upper()}"'
            return verbatim(f"lower {text}", prompt, text, f"{text}.")
        case 2 | 3:
            text = ", ".join(words)
            prompt = f"Write these words as a list, with commas between them: {' '.join(words)}"
            shown = [f"{one}{end}" for one in (text, text.capitalize()) for end in ("", ".")]
            return verbatim(f"commas {text}", prompt, *shown)
        case 4:
            content = {"name": name, "age": age}
            prompt = f"Write a JSON object with the keys name and age. The name is {name}, the age is {age}."
            written = [json.dumps(content, indent=indent) for indent in (None, 2, 4)]
            return verbatim(f"json {name} {age}", prompt, *written, json.dumps(content, separators=(",", ":")))
        case 5 | 6:
            text = ", ".join(words)
            return verbatim(f"list {text}", f'Repeat this list exactly: "{text}"', text, f"{text}.")
        case _:
            text = f"{rng.choice(_BEGINNINGS)} {name} and I {rng.choice(_VERBS)} {rng.choice(GOODS)}."
            return verbatim(f"repeat {text}", f'Repeat this sentence exactly: "{text}"', text)


KIND = Kind("formats", "capital or small letters, lists with commas, JSON, exact repetition", _draw)
