"""The Compose profile: what it starts is confined and pinned, scrapes the services there are, and is not in the way."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.observability.documents import GRAFANA, PROMETHEUS, REPOSITORY

WATCHING = ("jaeger", "prometheus", "grafana")
TRACED = ("router", "generator", "switch", "aggregator")
TO_JAEGER = "http://jaeger:4318"


def compose(**variables: str) -> dict[str, Any]:
    """Give the services as Compose understands the file under these variables."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker with the Compose plugin is not installed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "JISI_"))}
    ended = subprocess.run(
        [docker, "compose", "config"],
        cwd=REPOSITORY,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    services: dict[str, Any] = yaml.safe_load(ended.stdout)["services"]
    return services


def test_without_the_profile_nothing_of_it_runs() -> None:
    """None of its services is started, and the others send no traces anywhere."""
    services = compose()

    assert not set(WATCHING) & set(services)
    assert {services[name]["environment"]["JISI_OTLP_ENDPOINT"] for name in TRACED} == {""}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, TO_JAEGER),
        ({"JISI_OTLP_ENDPOINT": "http://mine:4318"}, "http://mine:4318"),
        ({"JISI_OTLP_ENDPOINT": ""}, ""),
    ],
)
def test_one_variable_starts_all_and_has_traces_sent(given: dict[str, str], expected: str) -> None:
    """Traces go to Jaeger, unless the user says where else, or nowhere."""
    services = compose(COMPOSE_PROFILES="observability", **given)

    assert set(WATCHING) < set(services)
    assert {services[name]["environment"]["JISI_OTLP_ENDPOINT"] for name in TRACED} == {expected}


@pytest.mark.parametrize("name", WATCHING)
def test_what_watches_is_confined_and_pinned(name: str) -> None:
    """A version, loopback ports, no capabilities, nothing written but where it must be, and files that are there."""
    one = compose(COMPOSE_PROFILES="observability")[name]

    assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", one["image"])
    assert one["profiles"] == ["observability"]
    assert one["read_only"]
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert {port["host_ip"] for port in one["ports"]} == {"127.0.0.1"}
    mounts = [volume for volume in one.get("volumes", ()) if volume["type"] == "bind"]
    for mount in mounts:
        assert mount["read_only"]
        assert os.path.isdir(mount["source"])  # noqa: PTH112 - as Compose writes it


def test_the_ports_are_the_users_to_choose() -> None:
    """Each of the three listens where its variable says."""
    ports = {"jaeger": "21", "prometheus": "22", "grafana": "23"}
    given = {f"JISI_{name.upper()}_PORT": port for name, port in ports.items()}
    services = compose(COMPOSE_PROFILES="observability", **given)

    assert {name: services[name]["ports"][0]["published"] for name in WATCHING} == ports


def test_prometheus_looks_for_the_services_there_are() -> None:
    """By their names in Compose, of which each stands for all replicas."""
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    (found,) = job["dns_sd_configs"]

    assert tuple(found["names"]) == TRACED
    assert set(TRACED) <= set(compose())
    (labelled,) = job["relabel_configs"]
    assert labelled == {"source_labels": ["__meta_dns_name"], "target_label": "service"}


def test_grafana_finds_its_sources_and_its_board() -> None:
    """Datasources are services of the profile, and the board lies where it is looked for."""
    services = compose(COMPOSE_PROFILES="observability")
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/jisi.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/jisi.yml").read_text())["providers"]
    mounted = {volume["target"]: volume["source"] for volume in services["grafana"]["volumes"]}

    assert {source["url"].removeprefix("http://").partition(":")[0] for source in sources} < set(services)
    assert mounted[provider["options"]["path"]] == str(GRAFANA / "dashboards")
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/jisi.json"
