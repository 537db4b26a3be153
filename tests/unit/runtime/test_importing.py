"""While modules are imported no garbage is collected, and afterwards it is as before."""

import gc
from collections.abc import Iterator

import pytest
from jisi.runtime.importing import importing


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_the_collector_rests_meanwhile() -> None:
    """It is off within the block, and on again when the block fails."""
    within = []

    def fail() -> None:
        with importing():
            within.append(gc.isenabled())
            raise ImportError

    with pytest.raises(ImportError):
        fail()

    assert (within, gc.isenabled()) == ([False], True)


def test_who_has_switched_it_off_keeps_it_off() -> None:
    """A program that collects no garbage at all is not made to."""
    gc.disable()
    with importing():
        pass

    assert not gc.isenabled()
