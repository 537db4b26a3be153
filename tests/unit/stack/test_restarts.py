"""When a dead process is started again, and when not."""

import pytest
from jisi.stack.restarts import RestartPolicy

_POLICY = RestartPolicy(first_delay_seconds=1, longest_delay_seconds=5, stable_after_seconds=10, most_deaths=3)


@pytest.mark.parametrize(("deaths", "delay"), [(1, 1), (2, 2), (3, 4), (4, 5), (50, 5)])
def test_delays_double_up_to_the_longest(deaths: int, delay: float) -> None:
    """Each death in a row doubles the pause, up to a bound."""
    assert _POLICY.delay_seconds(deaths) == delay


def test_a_stable_life_makes_deaths_forgotten() -> None:
    """A process that was ready long enough begins to count anew; one that was not counts on."""
    assert _POLICY.deaths_after(2, ready_seconds=10) == 1
    assert _POLICY.deaths_after(2, ready_seconds=9.9) == 3


def test_too_many_deaths_in_a_row_are_hopeless() -> None:
    """The bound itself is the last straw."""
    assert [_POLICY.is_hopeless(deaths) for deaths in (1, 2, 3)] == [False, False, True]


def test_the_default_gives_up_within_a_minute() -> None:
    """Somebody who waits for a start learns soon that it will not come."""
    policy = RestartPolicy()
    waited = sum(policy.delay_seconds(deaths) for deaths in range(1, policy.most_deaths))

    assert 10 < waited < 60
