"""Numbers in one form: 1,000.50 and $1000.5 are one number, and so are 3/4 and 0.75."""

import re
from math import gcd

_NUMBER = re.compile(
    r"(?P<sign>[-+\N{MINUS SIGN}]?)\s?(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){1,12}|[0-9]{0,400})"
    r"(?:\.(?P<part>[0-9]{0,400}))?(?:[eE](?P<power>[-+]?[0-9]{1,2}))?"
)
_FRACTION = re.compile(r"(?P<sign>[-+\N{MINUS SIGN}]?)\s?(?P<over>[0-9]{1,18})\s?/\s?(?P<under>[0-9]{1,18})")
_LEADING_ZERO = re.compile(r"0[0-9]")
"""007 is a name, not 7."""
_MOST_PLACES = 60
"""Decimal places up to which a fraction is written as a decimal."""


def canonical_number(text: str, *, keep_fractions: bool = False) -> str | None:
    """Give a number without signs of money and percent, separators and zeros that say nothing; None if it is none.

    A fraction that ends as a decimal is written as one, any other reduced; `keep_fractions` leaves it as it is.
    """
    bare = text.strip().strip("$%\N{DEGREE SIGN}€£ ")
    sign_first = bare[:1] in "-+\N{MINUS SIGN}" and bare[1:2] == "$"
    bare = bare[0] + bare[2:] if sign_first else bare
    fraction = _FRACTION.fullmatch(bare)
    if fraction:
        return _fraction(fraction, keep=keep_fractions)
    number = _NUMBER.fullmatch(bare)
    if number is None or not (number["whole"] or number["part"]) or _LEADING_ZERO.match(number["whole"]):
        return None
    return _decimal(_is_negative(number["sign"]), number["whole"].replace(",", ""), number["part"], number["power"])


def _decimal(negative: bool, whole: str, part: str | None, power: str | None) -> str:
    digits, places = whole + (part or ""), len(part or "") - int(power or 0)
    if places < 0:
        digits, places = digits + "0" * -places, 0
    digits = digits.rjust(places + 1, "0")
    before, after = (digits[:-places], digits[-places:]) if places else (digits, "")
    before, after = before.lstrip("0") or "0", after.rstrip("0")
    value = f"{before}.{after}" if after else before
    return f"-{value}" if negative and value != "0" else value


def _fraction(found: re.Match[str], *, keep: bool) -> str:
    over, under = int(found["over"]), int(found["under"])
    sign = "-" if _is_negative(found["sign"]) and over else ""
    if keep or under == 0:
        return f"{sign}{over}/{under}"
    over, under = over // gcd(over, under), under // gcd(over, under)
    places, rest = 0, under
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        places = max(places, times)
    if rest != 1 or places > _MOST_PLACES:
        return f"{sign}{over}/{under}"
    return _decimal(bool(sign), str(over * 10**places // under), None, str(-places))


def _is_negative(sign: str) -> bool:
    return sign in ("-", "\N{MINUS SIGN}")
