"""Values that are misspelt, wrong or at odds are refused with a sentence."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.charts.rendering import CHART, SERVICES, Helm, Values, example
from tests.charts.service_settings import SCHEMA, rewritten

MISSPELT: list[tuple[Values, str]] = [
    ({"kafka": {"broker": "kafka:9092"}}, "'/kafka': additional properties 'broker' not allowed"),
    ({"generater": {}}, "additional properties 'generater' not allowed"),
    ({"router": {"replica": 3}}, "'/router': additional properties 'replica' not allowed"),
    ({"router": {"autoscaling": {"calls": 9}}}, "additional properties 'calls' not allowed"),
    ({"settings": {"JISI_LOG_LEVL": "INFO"}}, "additional properties 'JISI_LOG_LEVL' not allowed"),
    ({"router": {"settings": {"JISI_MAX_ATTEMPTS": 2}}}, "additional properties 'JISI_MAX_ATTEMPTS' not allowed"),
    ({"settings": {"JISI_KAFKA_PASSWORD": "x"}}, "additional properties 'JISI_KAFKA_PASSWORD' not allowed"),
    ({"settings": {"JISI_DATABASE_URL": "x"}}, "additional properties 'JISI_DATABASE_URL' not allowed"),
]
WRONG: list[tuple[Values, str]] = [
    ({"kafka": {"brokers": "kafka"}}, "'/kafka/brokers'"),
    ({"kafka": {"protocol": "tls"}}, "'/kafka/protocol': value must be one of 'plaintext'"),
    ({"settings": {"JISI_LOG_LEVEL": "LOUD"}}, "value must be one of 'DEBUG'"),
    ({"generator": {"settings": {"JISI_MAX_ATTEMPTS": 99}}}, "maximum: got 99, want 10"),
    ({"database": {"url": {"secret": ""}}}, "'/database/url/secret'"),
    ({"router": {"image": {"digest": "sha256:1"}}}, "'/router/image/digest'"),
    ({"router": {"resources": {"limits": {"memory": "2 GB"}}}}, "'/router/resources/limits/memory'"),
    ({"podDisruptionBudget": {"maxUnavailable": 0}}, "'/podDisruptionBudget/maxUnavailable'"),
]
AT_ODDS: list[tuple[Values, str]] = [
    ({"kafka": {"protocol": "sasl_ssl"}}, "name the Secret with the password in kafka.credentials.secret"),
    ({"kafka": {"protocol": "sasl_ssl", "credentials": {"secret": "one"}}}, "give kafka.username"),
    ({"kafka": {"ca": {"secret": "one"}}}, "kafka.protocol plaintext has no TLS"),
    ({"kafka": {"clientCertificate": {"secret": "one"}}}, "kafka.protocol plaintext has no TLS"),
    ({"kafka": {"topics": {"replication": 1}}}, "kafka.topics.minInsync is above kafka.topics.replication"),
    ({"database": {"pooled": True}}, "name its Secret in database.directUrl"),
    ({"embedderKey": {"secret": "one"}}, "embedderKey.key"),
    ({"telemetry": {"otlpHeaders": {"secret": "one"}}}, "telemetry.otlpHeaders.key"),
    ({"simulatedPool": {"enabled": True}, "pool": {"toml": "x"}}, "simulatedPool.enabled and pool.toml are given"),
    ({"router": {"replicas": 7}}, "router: of 7 replicas only 6 would have work"),
    ({"autoscaling": {"kind": "hpa"}, "switch": {"autoscaling": {"max": 7}}}, "switch: of 7 replicas only 6"),
    ({"generator": {"autoscaling": {"min": 13}}}, "generator.autoscaling.min is above its max"),
    ({"autoscaling": {"kind": "keda", "keda": {"calls": "prometheus"}}}, "give autoscaling.keda.prometheus.address"),
    (
        {"autoscaling": {"kind": "keda"}, "generator": {"settings": {"JISI_MAX_CALLS_IN_FLIGHT": 100}}},
        "generator.autoscaling.calls is 192, but a replica runs 100 at most",
    ),
]


@pytest.mark.parametrize(("values", "said"), [*MISSPELT, *WRONG, *AT_ODDS], ids=lambda one: str(one)[:60])
def test_it_is_refused(helm: Helm, values: Values, said: str) -> None:
    """Nothing is installed, and what is said names the value."""
    assert said in helm.refusal(values)


def test_settings_of_the_schema_are_those_of_the_services() -> None:
    """values.schema.json knows every setting; `python -m tests.charts.service_settings` writes them anew."""
    text = SCHEMA.read_text(encoding="utf-8")

    assert text == rewritten(text)


def test_every_value_has_a_default_and_a_schema() -> None:
    """What may be given stands in values.yaml, with the comment that explains it."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))

    assert set(values) == set(schema["properties"]) - {"global"}
    for service in SERVICES:
        assert set(values[service]) == set(schema["properties"][service]["properties"])


def test_notes_say_what_to_do_next(helm: Helm, tmp_path: Path) -> None:
    """After an install one is told how to apply a pool where none was given, and commands name what is there."""
    chart = tmp_path / "jisi"
    shutil.copytree(CHART, chart)
    notes = chart / "templates" / "NOTES.txt"
    notes.rename(notes.with_name("notes.yaml"))  # Helm shows notes after an install alone, and renders all else

    without = helm.template({}, chart=chart, more=["--show-only", "templates/notes.yaml"]).stdout
    trial = helm.template(example("trial"), chart=chart, more=["--show-only", "templates/notes.yaml"]).stdout

    assert "jisi pool apply pool.toml" in without
    assert "no language model answers" not in without
    assert "jisi pool apply pool.toml" not in trial
    assert "no language model answers" in trial
    deployments = {one["metadata"]["name"] for one in helm.rendered({}).of("Deployment").values()}
    named = set(re.findall(r"deploy(?:ment)?/(\S+)", without))
    assert named
    assert named <= deployments
