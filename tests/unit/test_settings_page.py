"""docs/settings.md says of every setting what the code says; `python -m tests.support.settings_page` writes it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import jisi
import pytest

import services
from tests.support.settings_page import PAGE, SECTIONS, rewritten, rows, settings_classes

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_of_the_code() -> None:
    """Every variable stands there with the meaning and the default of the class that reads it."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == rewritten(page)


@pytest.mark.parametrize("kind", [kind for kinds in SECTIONS.values() for kind in kinds])
def test_every_setting_says_what_it_means(kind: type) -> None:
    """No setting is without a sentence."""
    assert [row.variables for row in rows(kind) if not row.meaning] == []


def test_every_settings_class_is_on_the_page() -> None:
    """No class that adds settings is left out."""
    for package in (jisi, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".settings"):
                importlib.import_module(module.name)
    shown = {kind for kinds in SECTIONS.values() for kind in kinds}

    assert {kind for kind in settings_classes() if list(rows(kind))} - shown == set()


def test_every_variable_of_ours_is_on_the_page() -> None:
    """Those too that are read without a class."""
    page = PAGE.read_text(encoding="utf-8")

    assert [name for name in sorted(set(_named())) if f"`{name}" not in page] == []


def _named() -> Iterator[str]:
    """Give the names of variables that stand as strings of their own in the code."""
    for folder in ("libs", "services"):
        for file in (ROOT / folder).rglob("*.py"):
            yield from re.findall(r'"(JISI_[A-Z_]*[A-Z])"', file.read_text(encoding="utf-8"))
