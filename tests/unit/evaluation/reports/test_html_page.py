"""The page."""

import re
import sys
from html.parser import HTMLParser
from typing import Any

import pytest
from jisi.evaluation.reports.assembling import assemble
from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.html_page import html_page

from tests.unit.evaluation.metrics.builders import measurement
from tests.unit.evaluation.reports.builders import RUN, report

_VOID = {"meta", "br"}
_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")


class _Page(HTMLParser):
    """Checks that what is opened is closed, and gathers ids and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in _VOID:
            self.open.append(tag)
        self._read(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._read(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _read(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.addresses.append(value or "")


@pytest.fixture(scope="module")
def text() -> str:
    """Give the page of a report with every study."""
    appendix = [Grid(title="More", header=("a",), rows=[("b",)])]
    return html_page(report(with_studies=True), title="Run of today", appendix=appendix)


def test_the_page_is_whole(text: str) -> None:
    """Every tag is closed, ids are distinct, every address is a place in the page, and it holds no script."""
    page = _Page(text)

    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.addresses
    assert {address.removeprefix("#") for address in page.addresses} <= set(page.ids)
    assert "script" not in page.tags
    assert set(re.findall(r"https?://[^\"' )]+", text)) <= set(_NAMESPACES)
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)


def test_all_is_on_it(text: str) -> None:
    """It names what was evaluated, ranks the routers, draws every plot and says what recorded data cannot tell."""
    for part in (
        "<h1>Run of today</h1>",
        "ab" * 32,
        "bank.jsonl.gz",
        "<td>knn</td><td>62.50</td>",
        "What recorded data cannot tell",
        "Against best-single",
        "Against jisi",
        "Sensitivity to filter_ratio",
        "ParetoDist",
        "<h3>More</h3>",
    ):
        assert part in text
    assert text.count("<svg") == 6
    assert "@media (prefers-color-scheme: dark)" in text


def test_names_are_no_markup() -> None:
    """What users name is shown as it is, in tables and in plots."""
    text = html_page(assemble([measurement([1.0, 0.0], router="<script>$a$ & b")], RUN), title="<b>")

    assert "<script>" not in text
    assert "<b>" not in text
    assert text.count("&lt;script&gt;$a$ &amp; b") >= 4
    assert _Page(text).open == []


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where matplotlib is not installed the page says so, and has all else."""
    for name in [name for name in sys.modules if name.startswith("jisi.evaluation.reports.plots.")]:
        monkeypatch.delitem(sys.modules, name)
    missing: Any = None
    monkeypatch.setitem(sys.modules, "matplotlib", missing)
    text = html_page(report())

    assert "matplotlib is not installed" in text
    assert "<svg" not in text
    assert "<td>knn</td>" in text
