"""Texts whose vectors are known, made up for the purpose: one for each thing that can go wrong with a text."""

TEXTS: tuple[str, ...] = (
    "What is the sum of the first hundred odd numbers?",
    "",
    "It's 42% of 1,350.75 - isn't it? (See §3, e.g. \"f(x) = x²\".)",
    "Die Größe der Straße hängt von der Höhe ab; façade, naïve, Ærø.",
    "质数有无穷多个。Простых чисел бесконечно много. 🧮",
    "def total(xs):\n    return sum(x for x in xs if x % 2)\n\n\tprint(total([1, 2, 3]))",
    "pneumonoultramicroscopicsilicovolcanoconiosis" * 3,
    "The beginning of a long answer, which must not count. "
    + "We add one more number and look at the sum again. " * 60
    + "So the answer is ten thousand.",
)
"""The last two: a word of more characters than the tokenizer takes, and a text longer than the window."""
