"""Sentiment: whether a short review is positive or negative."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen

_THINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "soup": (("delicious", "warm and rich", "full of flavour"), ("cold", "tasteless", "far too salty")),
    "hotel room": (("clean", "bright and quiet", "very comfortable"), ("dirty", "noisy", "dark and smelly")),
    "film": (("wonderful", "very funny", "exciting"), ("boring", "far too long", "a waste of time")),
    "phone": (("fast", "easy to use", "worth every cent"), ("slow", "broken after a week", "far too expensive")),
    "waiter": (("friendly", "very helpful", "quick and polite"), ("rude", "slow and careless", "unfriendly")),
    "book": (("brilliant", "hard to put down", "beautifully written"), ("dull", "badly written", "disappointing")),
    "concert": (("fantastic", "unforgettable", "a great joy"), ("terrible", "much too loud", "a disaster")),
    "service": (("excellent", "fast and kind", "better than expected"), ("awful", "useless", "worse than expected")),
    "beach": (("beautiful", "clean and calm", "perfect"), ("full of rubbish", "crowded and loud", "horrible")),
    "bed": (("soft", "cosy", "big and comfortable"), ("hard", "broken", "much too small")),
}
_ENDINGS = (
    ("I loved it.", "I will come back.", "Highly recommended.", "I was very happy.", "Five stars!", "Thank you!"),
    ("I hated it.", "Never again.", "Stay away.", "I was very disappointed.", "One star.", "I want my money back."),
)
_WORDINGS = ("Is this review positive or negative?", "What is the sentiment of this review, positive or negative?")
_SIDES = ("positive", "negative")


def _draw(rng: Random) -> Draft:
    side = rng.randrange(2)
    first, second = rng.sample(sorted(_THINGS), 2)
    sentences = [f"The {thing} was {rng.choice(_THINGS[thing][side])}" for thing in (first, second)]
    review = f"{sentences[0]} and {sentences[1][0].lower()}{sentences[1][1:]}. {rng.choice(_ENDINGS[side])}"
    return chosen(review, f'{rng.choice(_WORDINGS)} "{review}"', _SIDES, _SIDES[side])


KIND = Kind("sentiment", "whether a review is positive or negative", _draw)
