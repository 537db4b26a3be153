"""What holds of waves and switch together, whatever the scores and whoever fails."""

from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.standing import Standing
from jisi.routing.switch import Reply, decide, next_wave

from tests.unit.routing.builders import replies_of, standing_of

NEEDED = RoutingSettings()
ALL = RoutingSettings(second_wave="all")
NAMES = ("ash", "elm", "fir", "oak", "yew")


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Five models in rank order, some of them probes."""
    scores = sorted(draw(st.lists(st.floats(0, 1), min_size=5, max_size=5)), reverse=True)
    probes = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    return standing_of(dict(zip(NAMES, scores, strict=True)), probes=probes, candidates=NAMES[:3])


def asked(standing: Standing, settings: RoutingSettings, usable: frozenset[str], mode: Mode) -> dict[str, Reply]:
    """How every model asked replied, wave by wave."""
    replies = {model: Reply(usable=model in usable, reference_tokens=4000) for model in standing.probes}
    while wave := next_wave(standing, replies, settings, mode=mode).ask:
        replies |= {model: Reply(usable=model in usable, reference_tokens=4000) for model in wave}
    return replies


@given(standing=standings(), mode=st.sampled_from(["auto", "route", "aggregate"]))
def test_needed_decides_as_all_when_none_fails(standing: Standing, mode: Mode) -> None:
    """For no more calls."""
    needed, every = (asked(standing, settings, frozenset(NAMES), mode) for settings in (NEEDED, ALL))
    one, other = decide(standing, needed, NEEDED, mode=mode), decide(standing, every, ALL, mode=mode)

    assert (one.kind, one.answer, one.references, one.n) == (other.kind, other.answer, other.references, other.n)
    assert needed.keys() <= every.keys()


@given(standing=standings(), usable=st.frozensets(st.sampled_from(NAMES)), settings=st.sampled_from([NEEDED, ALL]))
def test_every_query_is_answered_if_anything_asked_is_usable(
    standing: Standing, usable: frozenset[str], settings: RoutingSettings
) -> None:
    """By usable responses only, the best of them first."""
    replies = asked(standing, settings, usable, "auto")
    decision = decide(standing, replies, settings)
    given_ = [model for model in NAMES if model in usable and model in replies]

    assert (decision.kind == "fail") == (not given_)
    assert (decision.kind == "route") == (decision.answer is not None)
    assert (decision.kind == "aggregate") == (len(decision.references) >= 2)
    assert {*decision.references, *filter(None, [decision.answer])} <= set(given_)
    assert list(decision.references) == [model for model in NAMES if model in decision.references]
    assert not set(decision.dropped) & set(given_)


@given(standing=standings(), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_threshold_never_takes_more_references(standing: Standing, low: float, high: float) -> None:
    """N falls as t rises."""
    low, high = min(low, high), max(low, high)
    replies = replies_of(*NAMES)
    loose, strict = (decide(standing, replies, RoutingSettings(switch_threshold=t)).n for t in (low, high))

    assert loose is not None
    assert strict is not None
    assert loose >= strict >= 1
