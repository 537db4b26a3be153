"""Tables, in a terminal, in markdown, as CSV."""

import csv
import io

import pytest
from jisi.evaluation.reports.assembling import assemble
from jisi.evaluation.reports.csv_rows import COLUMNS, csv_text
from jisi.evaluation.reports.grid import Grid, markdown
from jisi.evaluation.reports.table import print_report
from jisi.evaluation.reports.tables import (
    by_dataset,
    fusions,
    gain_table,
    opponents,
    paired,
    ranking,
    study_table,
)
from jisi.evaluation.reports.writing import p_value, percent, usd_a_thousand
from rich.console import Console

from tests.unit.evaluation.metrics.builders import measurement
from tests.unit.evaluation.reports.builders import RUN, report, studies


def _row(grid: Grid | None, name: str) -> dict[str, str]:
    assert grid is not None
    (row,) = (row for row in grid.rows if row[0] == name)
    return dict(zip(grid.header, row, strict=True))


def test_ranking() -> None:
    """Scores are in points, money is for a thousand queries; what stands for a fusion or is estimated is marked."""
    knn, jisi, moa = (_row(ranking(report()), name) for name in ("knn", "jisi", "moa:3"))

    assert (knn["macro"], knn["USD/1k"], knn["calls"], knn["fused"]) == ("62.50", "1.60", "1.00", "")
    assert knn["vs best single"].startswith("+12.50 p ")
    assert (jisi["macro"], jisi["USD/1k"], jisi["fused"]) == ("62.50*", "7.20*", "50.0%")
    assert (moa["macro"], moa["95%"], moa["vs best single"]) == ("not recorded", "", "")
    assert _row(ranking(report()), "best-single")["vs best single"] == ""
    assert "first reference" in ranking(report()).note


def test_no_marks_without_fusions() -> None:
    """Where nothing is fused, nothing is explained of fusions."""
    grid = ranking(assemble([measurement([1.0])], RUN))

    assert grid.note == ""
    assert "*" not in "".join(grid.rows[0])


def test_a_terminal_of_110_columns() -> None:
    """The table fits, and no figure in it is cut off; long names are folded."""
    long = "single:a-model-with-a-rather-long-name-70B-Instruct-v0.1"
    one = assemble([measurement([1.0, 0.0], router="best-single"), measurement([0.0, 1.0], router=long)], RUN)
    console = Console(width=110, file=io.StringIO(), highlight=False)
    print_report(one, console)
    print_report(report(), console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    table = text.partition(" rows: ")[0]

    assert max(len(line.rstrip()) for line in table.splitlines()) <= 110
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert "50.00" in table
    assert long in "".join(line.split(" ")[0] for line in table.splitlines())
    assert "7.20*" in text


def test_names_are_no_markup() -> None:
    """A name in square brackets is shown as it is."""
    console = Console(width=110, file=io.StringIO())
    print_report(assemble([measurement([1.0], router="[red]mine")], RUN), console)
    assert isinstance(console.file, io.StringIO)

    assert "[red]mine" in console.file.getvalue()


def test_other_tables() -> None:
    """Each table holds the report's figures, and only of those routers that have any."""
    scores = _row(by_dataset(report()), "knn")
    assert (scores["crux (2)"], scores["gsm (4)"], scores["macro"]) == ("50.00", "75.00", "62.50")
    assert _row(by_dataset(report()), "moa:3")["gsm (4)"] == "not recorded"

    against = paired(report(), "jisi")
    assert against is not None
    assert _row(against, "knn")["calls"] == "-2.50"
    assert "jisi" not in [row[0] for row in against.rows]
    assert paired(report(), "nobody") is None
    assert opponents(report()) == ["best-single", "jisi", "knn"]

    gain = _row(gain_table(report()), "knn")
    assert (gain["Gain@B"], gain["Gap@O"], gain["CostSave"], gain["Pareto front"]) == (
        "+25.0%",
        "28.6%",
        "+20.0%",
        "on it",
    )
    assert "moa:3" not in [row[0] for row in gain_table(report()).rows]

    assert _row(fusions(report()), "jisi")["a reference right"] == "66.67"
    assert fusions(assemble([measurement([1.0])], RUN)) is None

    study = study_table(studies()[0])
    assert study.rows[0] == ("jisi, strongest first", "five", "50.00", "40.0 to 60.0", "", "3.00", "")


def test_markdown() -> None:
    """Columns are aligned, a bar in a name breaks no row."""
    grid = Grid(title="Scores", header=("router", "macro"), rows=[("a|b", "1.00"), ("longer", "10.00")], note="Note.")

    assert markdown(grid).splitlines() == [
        "## Scores",
        "",
        "| router | macro |",
        "| ------ | ----: |",
        "| a\\|b   |  1.00 |",
        "| longer | 10.00 |",
        "",
        "Note.",
    ]


def test_csv() -> None:
    """A row a router and dataset, and one for the macro score; what is not recorded is empty."""
    rows = list(csv.DictReader(io.StringIO(csv_text(report()))))
    knn = {row["dataset"]: row for row in rows if row["router"] == "knn"}
    moa = {row["dataset"]: row for row in rows if row["router"] == "moa:3"}

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 11 * 3
    assert {name: (float(row["score"]), int(row["rows"])) for name, row in knn.items()} == {
        "(macro)": (0.625, 6),
        "crux": (0.5, 2),
        "gsm": (0.75, 4),
    }
    assert float(knn["gsm"]["low"]) <= 0.75 <= float(knn["gsm"]["high"])
    assert (moa["gsm"]["score"], moa["gsm"]["low"], moa["gsm"]["calls"]) == ("", "", "4.0")


@pytest.mark.parametrize(
    ("cost", "written"), [(None, "not recorded"), (0.0, "0"), (1e-6, "0.001"), (0.0001234, "0.123"), (0.0123, "12.30")]
)
def test_money(cost: float | None, written: str) -> None:
    """Small amounts have as many places as they need."""
    assert usd_a_thousand(cost) == written


def test_shares_and_p_values() -> None:
    """Signs are written where they matter, and no p as 0."""
    assert (percent(0.25), percent(0.25, signed=True), percent(-0.1, signed=True), percent(None)) == (
        "25.0%",
        "+25.0%",
        "-10.0%",
        "",
    )
    assert (p_value(0.0001), p_value(0.0123), p_value(1)) == ("<0.001", "0.012", "1.000")
