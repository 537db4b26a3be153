"""Configuration and rules as Prometheus's own tools judge them."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.observability.documents import PROMETHEUS, RULES, RULES_TEST, alerts
from tests.observability.server import program


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the tool; gives what it said and how it ended."""
    command = [program("promtool"), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_the_configuration_is_valid() -> None:
    """With all rule files that it names."""
    ended = promtool("check", "config", PROMETHEUS / "prometheus.yml")

    assert ended.returncode == 0, ended.stdout
    assert f"SUCCESS: {len(RULES)} rule files found" in ended.stdout


def test_every_alert_fires_in_its_case_and_none_in_a_healthy_system() -> None:
    """All cases of rules_test.yml pass."""
    ended = promtool("test", "rules", RULES_TEST)

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("expression", ["vector(1) > 2", "vector(1)"], ids=["never", "always"])
def test_the_cases_tell_a_broken_alert(expression: str, tmp_path: Path) -> None:
    """Any alert that never fires fails the cases, and so does any that always does."""
    files = {_with_one_alert(alert["alert"], expression, tmp_path): alert["alert"] for alert in alerts()}
    ended = promtool("test", "rules", *files)

    told = re.findall(r"Unit Testing:  (\S+)\n\s+(SUCCESS|FAILED)", ended.stdout)
    assert {files[Path(file)]: verdict for file, verdict in told} == dict.fromkeys(files.values(), "FAILED")


def _with_one_alert(name: str, expression: str, folder: Path) -> Path:
    """Write the cases for one alert alone, which has another expression."""
    names = []
    for file in RULES:
        document = yaml.safe_load(file.read_text())
        for group in document["groups"]:
            group["rules"] = [
                rule | ({"expr": expression} if "alert" in rule else {})
                for rule in group["rules"]
                if rule.get("alert", name) == name
            ]
        names.append(folder / f"{name}-{file.name}")
        names[-1].write_text(yaml.safe_dump(document))
    cases = yaml.safe_load(RULES_TEST.read_text())
    cases["rule_files"] = [str(file) for file in names]
    cases["tests"] = [
        test
        for test in cases["tests"]
        if any(f'"{name}"' in case["expr"] or not case["exp_samples"] for case in test["promql_expr_test"])
    ]
    written = folder / f"{name}.yml"
    written.write_text(yaml.safe_dump(cases))
    return written
