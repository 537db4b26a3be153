"""Making references fit, in the order of ALGORITHM.md 5."""

from hypothesis import given
from hypothesis import strategies as st
from jisi.llm.trimming import CUT_MARK, LEAST_TAIL_TOKENS, trim

_ONE = "<think>" + "t" * 50 + "</think>"


def _trim(*texts: str, tokens: int) -> tuple[str, ...]:
    return trim(texts, tokens=tokens, count=len).texts


def test_what_fits_is_left_alone() -> None:
    """Thinking stays where there is room for it."""
    assert _trim(_ONE + "a", _ONE + "b", tokens=200) == (_ONE + "a", _ONE + "b")


def test_thinking_goes_first_from_the_last_on() -> None:
    """One reference after the other loses its closed thinking, the last first, until all fit."""
    texts = (_ONE + "a", _ONE + " b", "x<think>y</think>z")

    assert _trim(*texts, tokens=135) == (_ONE + "a", _ONE + " b", "xz")
    assert _trim(*texts, tokens=80) == (_ONE + "a", "b", "xz")
    assert _trim(*texts, tokens=10) == ("a", "b", "xz")


def test_unclosed_thinking_loses_its_tag_only() -> None:
    """What stands behind an unclosed tag may be all there is, so it stays."""
    assert _trim("<think>abc", "b<think>cd", tokens=13) == ("<think>abc", "bcd")
    assert _trim("<think>abc", "b<think>cd", tokens=6) == ("abc", "bcd")


def test_the_last_is_cut_then_dropped() -> None:
    """The last reference keeps its tail while there is room for one worth reading; else it goes and the next is cut."""
    first, last = "a" * 1000, "b" * 5000 + "end"
    result = trim((first, last), tokens=3000, count=len)

    assert result.texts[0] == first
    assert result.texts[1].startswith(CUT_MARK)
    assert result.texts[1].endswith("end")
    assert 1950 <= len(result.texts[1]) <= 2000
    assert (result.cut, result.dropped) == (True, 0)
    dropped = trim((first, last), tokens=1000 + LEAST_TAIL_TOKENS, count=len)
    assert dropped.texts == (first,)
    assert (dropped.cut, dropped.dropped) == (False, 1)
    both = trim((first, last), tokens=500, count=len)
    assert both.texts[0].startswith(CUT_MARK)
    assert (both.cut, both.dropped) == (True, 1)


@given(
    st.lists(st.lists(st.sampled_from(["<think>", "</think>", "word ", "x"]), max_size=300).map("".join), max_size=4),
    st.integers(0, 2000),
)
def test_the_rest_always_fits(texts: list[str], tokens: int) -> None:
    """Whatever the texts, what is left fits, is a beginning of the list, and nothing is touched without need."""
    result = trim(texts, tokens=tokens, count=len)

    assert sum(map(len, result.texts)) <= tokens
    assert len(result.texts) + result.dropped == len(texts)
    if sum(map(len, texts)) <= tokens:
        assert result.texts == tuple(texts)
    if result.dropped:
        left = sum(map(len, result.texts))
        assert result.cut or tokens - left < LEAST_TAIL_TOKENS + len(CUT_MARK)
