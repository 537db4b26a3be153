"""Strings: letters of a word, words of a text, short words backwards."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen, worded
from jisi.tasks.procedural.tables import WORDS

_PLACES = {"first": 0, "second": 1, "last": -1}
_LONGEST_REVERSED = 5


def _draw(rng: Random) -> Draft:
    words = rng.sample(WORDS, rng.randint(3, 5))
    word, text = words[0], " ".join(words)
    place = rng.choice(("first", "first", "last", "second"))
    match rng.randrange(8):
        case 0 | 1 | 2:
            letter = word[_PLACES[place]]
            said = (f"The {place} letter of the word {word} is {letter}", f"The {place} letter is {letter}")
            return worded(f"{place} letter {word}", f'What is the {place} letter of the word "{word}"?', letter, *said)
        case 3 | 4 | 5:
            question = f'What is the {place} word of this text? "{text}"'
            return chosen(f"{place} word {text}", question, words, words[_PLACES[place]])
        case 6:
            said = (f"The word {word} has {len(word)} letters", f"{len(word)} letters")
            return worded(f"letters {word}", f'How many letters does the word "{word}" have?', len(word), *said)
        case _:
            short = rng.choice([word for word in WORDS if len(word) <= _LONGEST_REVERSED])
            back = short[::-1]
            question = f'Write the word "{short}" backwards.'
            return worded(f"reverse {short}", question, back, f"The word {short} backwards is {back}")


KIND = Kind("strings", "letters of a word, words of a text, short words backwards", _draw)
