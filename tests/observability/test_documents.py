"""Board, alerts and documentation name what the code measures, and explain themselves."""

import re

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from tests.observability.documents import (
    GRAFANA,
    REPOSITORY,
    RULES_TEST,
    Document,
    Panel,
    alerts,
    board,
    documented,
    expressions,
    measured,
    panels,
    rules,
    series,
    whole_registry,
)

SYSTEM_WIDE = (
    "jisi_open_queries",
    "jisi_open_query_age_seconds",
    "jisi_open_query_overdue_seconds",
    "jisi_open_tasks",
    "jisi_outbox_events",
    "jisi_outbox_age_seconds",
    "jisi_cool_down_seconds",
)
"""Every process tells them alike."""


def test_names_are_found_in_expressions() -> None:
    """Recorded names and labels are not taken for metrics."""
    expression = 'sum by (jisi_no) (rate(jisi_a_total{x="y"}[5m])) / jisi:b_usd:sum + process_c_seconds'

    assert measured(expression) - {"jisi_no"} == {"jisi_a_total", "process_c_seconds"}


def test_every_series_asked_for_is_reported() -> None:
    """A metric that was renamed is no silent hole in the board, and no alert that never fires."""
    asked = {name for expression in expressions() for name in measured(expression)}

    assert asked - set(series()) == set()


def test_every_recorded_name_asked_for_is_recorded() -> None:
    """What is computed beforehand is computed by a rule of ours."""
    asked = {name for expression in expressions() for name in re.findall(r"\bjisi:[a-z_:]+", expression)}

    assert asked == {rule["record"] for rule in rules() if "record" in rule}


def test_every_metric_is_on_the_board() -> None:
    """What is measured is shown; loops' ages and the like are no exception."""
    shown = {series()[name] for expression in expressions() for name in measured(expression)}

    assert {name for name in series().values() if name.startswith("jisi_")} - shown == set()


@pytest.mark.parametrize("name", SYSTEM_WIDE)
def test_gauges_of_the_whole_system_are_not_summed(name: str) -> None:
    """Every process tells the same: the highest is the newest, the sum would be a multiple."""
    using = [expression for expression in expressions() if name in measured(expression)]

    assert using
    for expression in using:
        assert re.search(r"\bmax\b", expression), expression
        assert not re.search(r"\b(sum|avg|count)\b", expression), expression


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel.title)
def test_a_panel_explains_itself(panel: Panel) -> None:
    """Unit, description, a datasource that is provisioned, and links to files that are there."""
    provisioned = yaml.safe_load((GRAFANA / "provisioning/datasources/jisi.yml").read_text())["datasources"]
    sources = {source["uid"]: source["type"] for source in provisioned}
    one = panel.document

    assert one["fieldConfig"]["defaults"]["unit"]
    assert len(one["description"].split()) > 3
    assert sources[one["datasource"]["uid"]] == one["datasource"]["type"]
    for target in one["targets"]:
        assert target["datasource"] == one["datasource"]
    assert one["links"]
    for link in (*one["links"], *board()["links"]):
        file, _, anchor = link["url"].partition("#")
        assert file.startswith("/public/docs/")
        assert (REPOSITORY / file.removeprefix("/public/")).suffix == ".md"
        assert not anchor or anchor in {alert["alert"].lower() for alert in alerts()}


def test_panels_have_ids_and_places_of_their_own() -> None:
    """No two panels share an id, and none lies on another."""
    placed = board()["panels"]
    cells = [
        (at["x"] + x, at["y"] + y)
        for at in (one["gridPos"] for one in placed)
        for x in range(at["w"])
        for y in range(at["h"])
    ]

    assert len({one["id"] for one in placed}) == len(placed)
    assert len(set(cells)) == len(cells)
    assert all(x < 24 for x, _ in cells)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_means(alert: Document) -> None:
    """Severity, summary, description, and where it is written what to do."""
    said = alert["annotations"]

    assert alert["labels"]["severity"] in ("info", "warning", "critical")
    assert said["summary"]
    assert len(said["description"].split()) > 5
    assert said["runbook"] == f"docs/operations.md#{alert['alert'].lower()}"


def test_it_is_written_what_to_do_about_each_alert() -> None:
    """The page for operators has a section of each alert's name, and none of an alert that is gone."""
    page = (REPOSITORY / "docs/operations.md").read_text()
    sections = re.findall(r"^### (Jisi\w+)$", page, re.MULTILINE)

    assert sorted(sections) == sorted(alert["alert"] for alert in alerts())


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_case_in_which_it_fires(alert: Document) -> None:
    """`promtool` is given such a case of every alert; the healthy case is one for all."""
    cases = [
        case
        for test in yaml.safe_load(RULES_TEST.read_text())["tests"]
        for case in test["promql_expr_test"]
        if f'"{alert["alert"]}", alertstate="firing"' in case["expr"]
    ]

    assert any(case["exp_samples"] for case in cases)


def test_the_documentation_lists_what_is_measured() -> None:
    """The table has every metric with its labels and kind, and none that is not there."""
    metrics = whole_registry()
    labels = dict(_AT_SCRAPE)
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            labels[one._name] = one._labelnames

    assert documented() == {
        family.name: (", ".join(labels.get(family.name, ())), family.type)
        for family in metrics.registry.collect()
        if family.name.startswith("jisi_")
    }


_AT_SCRAPE = {
    "jisi_loop_age_seconds": ("loop",),
    "jisi_spans_dropped": ("receiver",),
    "jisi_version_in_use": ("of",),
    "jisi_build": ("version", "python"),
    "jisi_stage_seconds": ("stage",),
}
"""Labels of what is made or asked for elsewhere than in an attribute."""
