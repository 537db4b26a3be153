"""Autoscaling: by what, how far, and how carefully back."""

from collections.abc import Mapping
from typing import Any

import pytest
from jisi.contracts.topics import Service, Topics
from jisi.messaging.settings import TopicSettings

from tests.charts.cases import CASES, merged
from tests.charts.rendering import SERVICES, Helm, Rendered

CONSUMED: Mapping[Service, tuple[str, ...]] = {
    "router": ("queries", "responses"),
    "generator": ("generation",),
    "switch": ("candidates",),
    "aggregator": ("aggregation",),
}
SCALED = [name for name, values in CASES.items() if values.get("autoscaling", {}).get("kind", "none") != "none"]


def _triggers(rendered: Rendered, service: str, kind: str) -> list[dict[str, Any]]:
    triggers = rendered.of("ScaledObject")[service]["spec"]["triggers"]
    return [one for one in triggers if one["type"] == kind]


@pytest.mark.parametrize("case", SCALED)
def test_autoscaled_services_have_no_number_of_their_own(helm: Helm, case: str) -> None:
    """Each service has one scaler, of its Deployment, and an upgrade does not undo what that has done."""
    rendered = helm.rendered(CASES[case])
    scalers = {**rendered.of("ScaledObject"), **rendered.of("HorizontalPodAutoscaler")}

    assert set(scalers) == set(SERVICES)
    for name, one in scalers.items():
        deployment = rendered.of("Deployment")[name]
        assert one["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
        assert "replicas" not in deployment["spec"]


def test_without_autoscaling_replicas_are_as_given(helm: Helm) -> None:
    """By default there are two of each, so that one may go."""
    rendered = helm.rendered({})

    assert {rendered.of("Deployment")[name]["spec"]["replicas"] for name in SERVICES} == {2}
    assert not rendered.of("ScaledObject")
    assert not rendered.of("HorizontalPodAutoscaler")


@pytest.mark.parametrize("case", SCALED)
def test_it_scales_in_carefully(helm: Helm, case: str) -> None:
    """Replicas go one at a time, a minute apart, minutes after the load has gone."""
    rendered = helm.rendered(CASES[case])
    behaviors = [
        *(one["spec"]["behavior"] for one in rendered.of("HorizontalPodAutoscaler").values()),
        *(
            one["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
            for one in rendered.of("ScaledObject").values()
        ),
    ]

    assert len(behaviors) == 4
    for one in behaviors:
        assert one["scaleDown"]["stabilizationWindowSeconds"] == 300
        assert one["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]


@pytest.mark.parametrize("case", [name for name in SCALED if name != "all off"])
@pytest.mark.parametrize("service", CONSUMED)
def test_lag_is_that_of_what_a_service_consumes(helm: Helm, case: str, service: Service) -> None:
    """There is a trigger a topic that the service consumes, in its own consumer group."""
    topics = Topics(CASES[case].get("kafka", {}).get("topicPrefix", ""))
    triggers = _triggers(helm.rendered(CASES[case]), service, "kafka")

    assert [one["metadata"]["topic"] for one in triggers] == [getattr(topics, name) for name in CONSUMED[service]]
    assert {one["metadata"]["consumerGroup"] for one in triggers} == {topics.group(service)}


def test_keda_reaches_kafka_as_services_do(helm: Helm) -> None:
    """With TLS and SCRAM the trigger says so, and gets user, password and certificates by reference."""
    rendered = helm.rendered(CASES["all on"])
    (trigger,) = _triggers(rendered, "switch", "kafka")
    spec = rendered.of("TriggerAuthentication")["kafka"]["spec"]

    assert trigger["metadata"]["sasl"] == "scram_sha256"
    assert trigger["metadata"]["tls"] == "enable"
    assert spec["env"] == [{"parameter": "username", "name": "JISI_KAFKA_USERNAME"}]
    assert {one["parameter"]: one["name"] for one in spec["secretTargetRef"]} == {
        "password": "kafka",
        "ca": "jisi-kafka-ca",
        "cert": "kafka-client",
        "key": "kafka-client",
    }


def test_calls_are_counted_where_they_run(helm: Helm) -> None:
    """Generator and aggregator scale by running calls as well, for those leave no lag; router and switch make none."""
    rendered = helm.rendered(CASES["production"])

    for service, kind in (("generator", "expert"), ("aggregator", "aggregator")):
        (trigger,) = _triggers(rendered, service, "postgresql")
        assert f"kind = '{kind}' and state = 'running'" in trigger["metadata"]["query"]
        assert "ready" not in trigger["metadata"]["query"]
    assert not _triggers(rendered, "router", "postgresql")
    assert not _triggers(rendered, "switch", "postgresql")


def test_keda_has_its_own_way_to_postgres(helm: Helm) -> None:
    """It is given the Secret named for it, else the address without a pooler, else that of the services."""
    direct = CASES["postgres alone"]
    plain = {"autoscaling": {"kind": "keda"}}

    used = []
    for values in (CASES["production"], direct, plain):
        (reference,) = helm.rendered(values).of("TriggerAuthentication")["database"]["spec"]["secretTargetRef"]
        used.append(reference)
    assert used == [
        {"parameter": "connection", "name": "jisi-keda", "key": "url"},
        {"parameter": "connection", "name": "direct", "key": "url"},
        {"parameter": "connection", "name": "jisi-database", "key": "url"},
    ]


def test_prometheus_counts_each_call_once(helm: Helm) -> None:
    """Every process measures the whole system, so the largest value is taken, and no value is no zero."""
    values = merged(CASES["all on"], {"autoscaling": {"keda": {"prometheus": {"matchers": 'namespace="one"'}}}})
    (trigger,) = _triggers(helm.rendered(values), "generator", "prometheus")

    assert trigger["metadata"]["query"] == (
        'sum(max by (state) (jisi_open_tasks{kind="expert",state=~"ready|running",namespace="one"}))'
    )
    assert trigger["metadata"]["ignoreNullValues"] == "false"


def test_blind_it_keeps_what_there_is(helm: Helm) -> None:
    """When nothing can be measured, replicas stay, and are no fewer than the least."""
    for one in helm.rendered(CASES["production"]).of("ScaledObject").values():
        fallback = one["spec"]["fallback"]
        assert fallback["behavior"] == "currentReplicasIfHigher"
        assert fallback["replicas"] == one["spec"]["minReplicaCount"] > 0


@pytest.mark.parametrize("case", SCALED)
def test_no_replica_would_be_idle(helm: Helm, case: str) -> None:
    """Router and switch never have more replicas than their topics partitions."""
    rendered = helm.rendered(CASES[case])
    partitions = CASES[case].get("kafka", {}).get("topics", {}).get("partitions", 6)

    scalers = {**rendered.of("ScaledObject"), **rendered.of("HorizontalPodAutoscaler")}
    for name in ("router", "switch"):
        spec = scalers[name]["spec"]
        assert spec.get("maxReplicaCount", spec.get("maxReplicas")) <= partitions


def test_partitions_are_those_that_are_made(helm: Helm) -> None:
    """By default topics get as many partitions as without the chart; what is asked for is what migrate is told."""
    default = helm.rendered({}).environment("migrate")
    production = helm.rendered(CASES["production"]).environment("migrate")

    assert default["JISI_TOPIC_PARTITIONS"]["value"] == str(TopicSettings.model_fields["partitions"].default)
    assert production["JISI_TOPIC_PARTITIONS"]["value"] == "12"
    assert production["JISI_TOPIC_REPLICATION"]["value"] == "3"
    assert production["JISI_TOPIC_MIN_INSYNC"]["value"] == "2"
