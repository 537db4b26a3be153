"""How the pods run: confined, told what they read and no more, ended in time."""

import math

from jisi.ledger.tasks import LEASE_SECONDS
from jisi.messaging.broker import DRAIN_SECONDS

from tests.charts.cases import CASES, merged
from tests.charts.rendering import SERVICES, Helm, Manifest, Rendered
from tests.charts.service_settings import known

_VOLUMES = {"configMap", "emptyDir", "secret", "projected", "downwardAPI", "csi", "persistentVolumeClaim", "ephemeral"}
"""Kinds that the Pod Security Standard `restricted` allows."""


def test_pods_are_restricted(rendered: Rendered) -> None:
    """Every pod is one that the Pod Security Standard `restricted` lets run, with a read-only root file system."""
    for pod in rendered.pods.values():
        spec = pod["spec"]
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & set(spec)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all(set(volume) - {"name"} <= _VOLUMES for volume in spec["volumes"])
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert all("hostPort" not in port for port in container.get("ports", []))


def test_no_pod_has_a_token(rendered: Rendered) -> None:
    """No pod can speak to the cluster's API, by its own account or by that of its namespace."""
    assert all(pod["spec"]["automountServiceAccountToken"] is False for pod in rendered.pods.values())
    assert all(one["automountServiceAccountToken"] is False for one in rendered.of("ServiceAccount").values())


def test_services_beside_them_tell_them_nothing(rendered: Rendered) -> None:
    """No pod gets the variables of other Services: one named jisi-kafka would set JISI_KAFKA_PORT."""
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in rendered.pods.values())


def test_what_is_written_to_is_mounted(rendered: Rendered) -> None:
    """Every container has a bounded /tmp to write to, and mounts nothing that its pod does not have."""
    for name, container in rendered.containers.items():
        volumes = {volume["name"]: volume for volume in rendered.pods[name]["spec"]["volumes"]}
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}

        assert mounts["tmp"]["mountPath"] == "/tmp"
        assert volumes["tmp"]["emptyDir"]["sizeLimit"]
        assert set(mounts) == set(volumes)
        assert all(mount["readOnly"] for mount in mounts.values() if mount["name"] != "tmp")


def test_containers_are_bounded(rendered: Rendered) -> None:
    """Every container asks for processor time and memory, and has a limit of memory."""
    for container in rendered.containers.values():
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_variables_are_settings(rendered: Rendered) -> None:
    """Each variable is one that the process reads; the key of an embedding endpoint is named by such a one."""
    for component in rendered.containers.keys() - {"simulated-pool"}:
        given = rendered.environment(component)
        keys = {entry["value"] for name, entry in given.items() if name == "JISI_EMBEDDER_API_KEY_ENV"}

        assert {"JISI_DATABASE_URL"} <= set(given)
        assert set(given) - keys <= set(known(component))


def test_numbers_are_written_out(helm: Helm) -> None:
    """A large number, a fraction and a truth value reach the process as it reads them."""
    given = helm.rendered(CASES["all on"]).environment("switch")

    expected = {"JISI_SPAN_QUEUE": "2000000", "JISI_SPANS_KEPT_HOURS": "1.5", "JISI_TRACE_CONTENT": "false"}
    assert {name: given[name]["value"] for name in expected} == expected


def test_a_service_may_differ_from_the_others(helm: Helm) -> None:
    """A setting of one service goes before the same one of all."""
    values = {"settings": {"JISI_LOG_LEVEL": "WARNING"}, "switch": {"settings": {"JISI_LOG_LEVEL": "DEBUG"}}}
    rendered = helm.rendered(values)

    levels = {name: rendered.environment(name)["JISI_LOG_LEVEL"]["value"] for name in SERVICES}
    assert levels == {"router": "WARNING", "generator": "WARNING", "switch": "DEBUG", "aggregator": "WARNING"}


def test_false_is_a_difference_too(helm: Helm) -> None:
    """What is switched off for one service stays off, though it is on for all."""
    name = "JISI_SPANS_IN_POSTGRES"
    rendered = helm.rendered({"settings": {name: True}, "switch": {"settings": {name: False}}})

    assert rendered.environment("router")[name]["value"] == "true"
    assert rendered.environment("switch")[name]["value"] == "false"


def test_names_of_digits_are_names(helm: Helm) -> None:
    """A Secret, a key or a user whose name is all digits stays text."""
    secret = {"secret": "1", "key": "2"}
    kafka = {"protocol": "sasl_plaintext", "username": "3", "credentials": {"secret": "4", "passwordKey": "5"}}
    given = helm.rendered({"database": {"url": secret}, "kafka": kafka}).environment("router")

    assert given["JISI_DATABASE_URL"]["valueFrom"]["secretKeyRef"] == {"name": "1", "key": "2"}
    assert given["JISI_KAFKA_USERNAME"]["value"] == "3"
    assert given["JISI_KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "4", "key": "5"}


def test_only_callers_have_keys(rendered: Rendered) -> None:
    """The keys of models are given to the generator and the aggregator alone, whatever else is on."""
    with_keys = {name for name, container in rendered.containers.items() if "envFrom" in container}

    assert with_keys <= {"generator", "aggregator"}


def test_callers_have_all_keys(helm: Helm) -> None:
    """Both get every Secret of keys."""
    containers = helm.rendered(CASES["all on"]).containers

    for name in ("generator", "aggregator"):
        assert [one["secretRef"]["name"] for one in containers[name]["envFrom"]] == ["keys", "more-keys"]


def test_secrets_are_named_never_written(rendered: Rendered) -> None:
    """What is secret comes from Secrets that are there already: the chart makes none, and shows no value."""
    secret = ("URL", "PASSWORD", "HEADERS", "_KEY")
    for component in rendered.containers:
        for name, entry in rendered.environment(component).items():
            shown = name == "JISI_EMBEDDER_BASE_URL" or not name.endswith(secret)
            assert shown or "value" not in entry, name
            assert "value" in entry or set(entry["valueFrom"]) == {"secretKeyRef"}

    assert not rendered.of("Secret")


def test_probes_ask_what_they_are_for(rendered: Rendered) -> None:
    """A service counts as started and ready by /health, and is restarted by /live: not for an outage of Postgres."""
    for name in SERVICES:
        container = rendered.containers[name]
        paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}

        assert paths == {"startup": "/health", "readiness": "/health", "liveness": "/live"}
        assert [port["name"] for port in container["ports"]] == ["http"]


def test_a_rollout_waits_as_long_as_a_start_may_take(rendered: Rendered) -> None:
    """A service that starts slowly is not given up before its startup probe gives it up; none goes before one comes."""
    for name in SERVICES:
        spec = rendered.of("Deployment")[name]["spec"]
        probe = rendered.containers[name]["startupProbe"]

        assert spec["progressDeadlineSeconds"] > probe["periodSeconds"] * probe["failureThreshold"]
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert spec["revisionHistoryLimit"] > 0


def _grace(pod: Manifest) -> float:
    return float(pod["spec"]["terminationGracePeriodSeconds"])


def test_there_is_time_to_end(rendered: Rendered) -> None:
    """The grace period is longer than handlers and calls may take to end, and than a lease."""
    for name in SERVICES:
        drain = known(name).get("JISI_DRAIN_SECONDS", {"default": 0})["default"]

        assert _grace(rendered.pods[name]) > max(DRAIN_SECONDS + drain, LEASE_SECONDS)


def test_a_longer_drain_is_given_its_time(helm: Helm) -> None:
    """JISI_DRAIN_SECONDS lengthens the grace period by itself, and a grace period too short for it is refused."""
    slow = {"generator": {"settings": {"JISI_DRAIN_SECONDS": 99.5}}}

    assert _grace(helm.rendered(slow).pods["generator"]) > DRAIN_SECONDS + math.ceil(99.5)
    short = merged(slow, {"generator": {"terminationGracePeriodSeconds": 120}})
    assert "generator.terminationGracePeriodSeconds is 120: give more than 120" in helm.refusal(short)


def test_kafka_is_reached_as_told(helm: Helm) -> None:
    """Services and migrate get protocol, mechanism, user and password; certificates lie where variables say."""
    rendered = helm.rendered(CASES["all on"])

    for component in (*SERVICES, "migrate"):
        given = rendered.environment(component)
        mounts = {mount["mountPath"] for mount in rendered.containers[component]["volumeMounts"]}

        assert given["JISI_KAFKA_PROTOCOL"]["value"] == "sasl_ssl"
        assert given["JISI_KAFKA_MECHANISM"]["value"] == "SCRAM-SHA-256"
        assert given["JISI_KAFKA_USERNAME"]["valueFrom"]["secretKeyRef"] == {"name": "kafka", "key": "username"}
        assert given["JISI_KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "kafka", "key": "password"}
        for file in ("CA", "CERTIFICATE", "KEY"):
            assert given[f"JISI_KAFKA_{file}_FILE"]["value"].rpartition("/")[0] in mounts


def test_without_protection_nothing_is_said_of_it(helm: Helm) -> None:
    """A plain Kafka's clients are given neither user nor certificate, which they would refuse."""
    given = helm.rendered({}).environment("router")

    assert [name for name in given if name.startswith("JISI_KAFKA")] == ["JISI_KAFKA", "JISI_KAFKA_PROTOCOL"]
