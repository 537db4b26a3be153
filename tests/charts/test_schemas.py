"""What the chart becomes is what Kubernetes, KEDA and Prometheus' operator take; unknown fields are errors."""

import re

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped] # it has no types
import pytest
import yaml

from tests.charts.cases import CASES, merged
from tests.charts.custom_resources import DEFINITIONS, Modules
from tests.charts.rendering import CHART, NEWEST, OLDEST, Helm, Manifest, Rendered, Values

ALL = pytest.mark.parametrize("values", CASES.values(), ids=CASES)


def custom(rendered: Rendered) -> list[Manifest]:
    """Give the resources that Kubernetes itself does not know."""
    return [one for one in rendered.manifests if one["kind"] in DEFINITIONS]


@ALL
@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_kubernetes_takes_it(helm: Helm, values: Values, kubernetes: str) -> None:
    """Every manifest fits the schemas of the oldest and the newest Kubernetes that there are schemas of."""
    rendered = helm.rendered(values, kubernetes=kubernetes)

    checked = [one for one in rendered.manifests if one not in custom(rendered)]
    assert len(checked) >= 5
    for one in checked:
        kubernetes_validate.validate(one, kubernetes, strict=True)


def test_an_unknown_field_is_an_error(helm: Helm) -> None:
    """The schemas of Kubernetes are used strictly: a misspelt field would be found."""
    deployment = merged(helm.rendered({}).of("Deployment")["router"], {"spec": {"replica": 2}})

    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(deployment, NEWEST, strict=True)


def test_it_says_which_kubernetes_it_supports(helm: Helm) -> None:
    """The oldest Kubernetes that the chart lets itself be installed on is the oldest that it was compared with."""
    supported = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["kubeVersion"]

    assert supported == f">={OLDEST}-0"
    assert helm.template({}, kubernetes="1.24.0").returncode != 0


def test_versions_agree() -> None:
    """Images are taken by the version of the package that they hold."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = (CHART.parents[2] / "pyproject.toml").read_text(encoding="utf-8")

    assert re.findall(r'^version = "(.*)"$', project, re.MULTILINE) == [chart["appVersion"]]


@ALL
def test_it_is_linted_strictly(helm: Helm, values: Values) -> None:
    """`helm lint --strict` finds nothing wrong."""
    ended = helm.lint(values)

    assert ended.returncode == 0, ended.stdout


@ALL
def test_custom_resources_fit_their_definitions(helm: Helm, modules: Modules, values: Values) -> None:
    """ScaledObjects, TriggerAuthentications and ServiceMonitors are as their projects define them."""
    for one in custom(helm.rendered(values)):
        modules.check(one)


def test_an_unknown_field_of_a_custom_resource_is_an_error(helm: Helm, modules: Modules) -> None:
    """The definitions are used strictly, too, and production has all three kinds."""
    found = custom(helm.rendered(CASES["production"]))

    assert {one["kind"] for one in found} == set(DEFINITIONS)
    for one in found:
        with pytest.raises(jsonschema.ValidationError, match="misspelt"):
            modules.check(merged(one, {"spec": {"misspelt": 1}}))


@ALL
def test_triggers_have_parameters_that_keda_reads(helm: Helm, modules: Modules, values: Values) -> None:
    """Each trigger says nothing that its scaler does not know, itself or by its authentication."""
    rendered = helm.rendered(values)
    authentications = {one["metadata"]["name"]: one["spec"] for one in rendered.of("TriggerAuthentication").values()}

    for scaled in rendered.of("ScaledObject").values():
        for trigger in scaled["spec"]["triggers"]:
            assert set(trigger["metadata"]) <= modules.parameters(trigger["type"], "triggerMetadata")
            if "authenticationRef" in trigger:
                spec = authentications[trigger["authenticationRef"]["name"]]
                given = {one["parameter"] for one in [*spec.get("env", []), *spec["secretTargetRef"]]}
                assert given <= modules.parameters(trigger["type"], "authParams")
