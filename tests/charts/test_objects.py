"""How the objects hang together: labels, names, hooks, networks."""

import pytest
from jisi.cli.pool_source import pool_of_deployment
from jisi.simulate.pool_file import simulated_pool_toml

from tests.charts.cases import CASES
from tests.charts.rendering import CHART, RELEASE, SERVICES, Helm, Manifest, Rendered

_HOOK = "helm.sh/hook"


def _matches(selector: Manifest, pod: Manifest) -> bool:
    assert set(selector) == {"matchLabels"}, selector
    return bool(selector["matchLabels"].items() <= pod["metadata"]["labels"].items())


def _selected(selector: Manifest, rendered: Rendered) -> set[str]:
    return {name for name, pod in rendered.pods.items() if _matches(selector, pod)}


def test_each_service_is_deployed(rendered: Rendered) -> None:
    """There is a Deployment a service, and its selector takes its own pods and no others."""
    deployments = rendered.of("Deployment")

    assert set(SERVICES) <= set(deployments)
    for name, one in deployments.items():
        assert _selected(one["spec"]["selector"], rendered) == {name}


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "ServiceMonitor"])
def test_selectors_take_their_own(rendered: Rendered, kind: str) -> None:
    """A budget, and a monitor by its Service, is of one Deployment's pods."""
    for name, one in rendered.of(kind).items():
        assert _selected(one["spec"]["selector"], rendered) == {name}


def test_monitors_give_the_labels_of_alerts_and_board(rendered: Rendered) -> None:
    """What is scraped is told apart by job and service, as in infra/prometheus."""
    for name, one in rendered.of("ServiceMonitor").items():
        (endpoint,) = one["spec"]["endpoints"]
        labels = {rule["targetLabel"]: rule["replacement"] for rule in endpoint["relabelings"]}
        assert labels == {"job": "jisi", "service": name.rpartition("-")[2]}


def test_services_lead_to_pods(rendered: Rendered) -> None:
    """Each Service leads to one Deployment's pods, at a port that they have."""
    for name, one in rendered.of("Service").items():
        assert _selected({"matchLabels": one["spec"]["selector"]}, rendered) == {name}
        ports = {port["name"] for port in rendered.containers[name]["ports"]}
        assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports


def test_pods_are_spread(rendered: Rendered) -> None:
    """Constraints of where pods go count the pods of the same service."""
    for name in SERVICES:
        for one in rendered.pods[name]["spec"].get("topologySpreadConstraints", []):
            assert _selected(one["labelSelector"], rendered) == {name}


def test_a_budget_never_blocks_a_node(rendered: Rendered) -> None:
    """At least one pod of each service may be moved at any time, ready or not."""
    for one in rendered.of("PodDisruptionBudget").values():
        assert one["spec"]["maxUnavailable"] == 1
        assert one["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("case", [name for name in CASES if name != "all off"])
def test_no_pod_is_left_uncovered(helm: Helm, case: str) -> None:
    """Every pod, those of hooks too, has one policy for both directions."""
    rendered = helm.rendered(CASES[case])
    policies = rendered.of("NetworkPolicy")

    assert set(policies) == set(rendered.pods)
    for name, one in policies.items():
        assert _selected(one["spec"]["podSelector"], rendered) == {name}
        assert one["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_only_metrics_are_reached(helm: Helm) -> None:
    """From outside, services are reached at their health port alone, from the namespaces chosen; jobs not at all."""
    policies = helm.rendered(CASES["production"]).of("NetworkPolicy")

    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    for name in SERVICES:
        (rule,) = policies[name]["spec"]["ingress"]
        assert rule == {"ports": [{"port": "http", "protocol": "TCP"}], "from": [monitoring]}
    assert "ingress" not in policies["migrate"]["spec"]
    assert "ingress" not in policies["prepare"]["spec"]


def _reached(policy: Manifest) -> set[int]:
    return {port["port"] for rule in policy["spec"].get("egress", []) for port in rule["ports"]}


def test_each_reaches_what_it_needs(helm: Helm) -> None:
    """Models are reached by callers alone, telemetry by services, Kafka by all but prepare."""
    policies = helm.rendered(CASES["production"]).of("NetworkPolicy")

    base = {53, 5432, 6432}
    expected = {name: base | {9093, 4318} for name in SERVICES} | {"migrate": base | {9093}, "prepare": base}
    for name in ("generator", "aggregator"):
        expected[name] = expected[name] | {443}
    assert {name: _reached(policy) for name, policy in policies.items()} == expected


def test_an_embedding_endpoint_is_reached(helm: Helm) -> None:
    """Where texts are embedded by an endpoint, who embeds reaches it: the router and prepare."""
    policies = helm.rendered(CASES["all on"]).of("NetworkPolicy")

    assert {name for name, policy in policies.items() if 443 in _reached(policy)} == {
        "router",
        "prepare",
        "generator",
        "aggregator",
    }


def test_the_simulated_pool_is_among_us(helm: Helm) -> None:
    """Simulated models are reached by callers, and reach nothing."""
    policies = helm.rendered(CASES["trial"]).of("NetworkPolicy")

    own = policies["simulated-pool"]["spec"]
    assert "egress" not in own
    callers = [one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in own["ingress"][0]["from"]]
    assert callers == ["generator", "aggregator"]
    assert {name for name, policy in policies.items() if 8080 in _reached(policy)} == set(callers)


def test_its_pool_is_the_simulated_one(helm: Helm) -> None:
    """Prepare applies the ten simulated models, at the address of their Service."""
    rendered = helm.rendered(CASES["trial"])
    service = rendered.of("Service")["simulated-pool"]
    address = f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}/v1"

    assert rendered.of("ConfigMap")["prepare"]["data"] == {"pool.toml": simulated_pool_toml(address)}
    assert pool_of_deployment(CHART / "files" / "simulated-pool.toml").kind == "simulated"


def test_a_pool_of_ones_own_is_applied_as_given(helm: Helm) -> None:
    """The text of a pool file reaches prepare unchanged, at the path that it is told."""
    rendered = helm.rendered(CASES["all off"])
    spec = rendered.pods["prepare"]["spec"]
    (volume,) = [one for one in spec["volumes"] if one["name"] == "pool"]
    (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == "pool"]

    config_map = rendered.of("ConfigMap")["prepare"]
    assert config_map["data"] == {"pool.toml": CASES["all off"]["pool"]["toml"]}
    assert volume["configMap"]["name"] == config_map["metadata"]["name"]
    assert spec["containers"][0]["args"][-1] == f"{mount['mountPath']}/{volume['configMap']['items'][0]['path']}"


def test_without_a_pool_nothing_is_prepared(helm: Helm) -> None:
    """Where no pool is given, the one in force stays: it was applied by hand."""
    assert "prepare" not in helm.rendered({}).pods


def test_hooks_come_in_order(rendered: Rendered) -> None:
    """The schema comes before the services, on whatever it needs; the pool after; what is done is deleted."""
    hooks = [one for one in rendered.manifests if _HOOK in one["metadata"].get("annotations", {})]
    jobs = rendered.of("Job")

    assert [one for one in jobs.values() if one not in hooks] == []
    for one in hooks:
        annotations = one["metadata"]["annotations"]
        component = one["metadata"]["labels"]["app.kubernetes.io/component"]
        when = {"migrate": "pre-install,pre-upgrade", "prepare": "post-install,post-upgrade"}[component]
        assert annotations[_HOOK] == when
        assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
        before_its_job = int(annotations["helm.sh/hook-weight"]) < 0
        assert before_its_job is (one["kind"] != "Job")


def test_jobs_end(rendered: Rendered) -> None:
    """A job is tried again a few times, and not for ever."""
    for job in rendered.of("Job").values():
        assert job["spec"]["activeDeadlineSeconds"] >= 600
        assert 0 < job["spec"]["backoffLimit"] < 10
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_accounts_are_there(rendered: Rendered) -> None:
    """Every pod's account is made by the chart, by migrate's time for migrate, or is said to be there."""
    made = {one["metadata"]["name"] for one in rendered.of("ServiceAccount").values()}
    used = {name: pod["spec"]["serviceAccountName"] for name, pod in rendered.pods.items()}

    assert set(used.values()) - made <= {"default"}
    if "migrate" in used:
        assert _HOOK in rendered.of("ServiceAccount")["migrate"]["metadata"]["annotations"]
        assert list(used.values()).count(used["migrate"]) == 1


def test_images_are_pinned(helm: Helm) -> None:
    """Images are taken by the chart's version, by a tag for all, or by digest, below a registry."""
    digest = f"sha256:{'a' * 64}"
    values = {
        "image": {"registry": "registry.example.com/jisi/", "tag": "2.0"},
        "router": {"image": {"digest": digest}},
    }

    assert helm.rendered({}).containers["switch"]["image"] == "jisi-switch:0.1.0"
    containers = helm.rendered(values).containers
    assert containers["switch"]["image"] == "registry.example.com/jisi/jisi-switch:2.0"
    assert containers["router"]["image"] == f"registry.example.com/jisi/jisi-router@{digest}"


def test_names_are_of_the_release(rendered: Rendered) -> None:
    """Two releases in a namespace never meet: names begin with the release's, or with the one given."""
    assert all(one["metadata"]["name"].startswith((f"{RELEASE}-", "all-on", "own")) for one in rendered.manifests)


def test_images_keep_their_first_process(rendered: Rendered) -> None:
    """No container replaces the entry point of its image, which hands signals on."""
    assert not [name for name, one in rendered.containers.items() if "command" in one]
