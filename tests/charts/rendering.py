"""The chart as Helm renders it."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jisi.artefacts.cache import cache_folder
from kubernetes_validate.utils import all_versions  # type: ignore[import-untyped] # it has no types

Manifest = dict[str, Any]
Values = Mapping[str, Any]

CHART = Path(__file__).parents[2] / "infra" / "helm" / "jisi"
EXAMPLES = CHART.parent / "examples"
RELEASE, NAMESPACE = "try", "jisi-space"
OLDEST, NEWEST = all_versions()[0], all_versions()[-1]
"""Kubernetes versions of which there are schemas; `kubeVersion` of the chart must begin with the first."""
SERVICES = ("router", "generator", "switch", "aggregator")


def find_helm() -> str | None:
    """Give the path of Helm: on PATH, else the one that `make test-chart` builds; None without either."""
    built = cache_folder() / "tools" / "helm"
    return shutil.which("helm") or (str(built) if built.is_file() else None)


@dataclass(frozen=True, slots=True)
class Helm:
    """Runs a Helm on the chart."""

    path: str

    def lint(self, values: Values, *, kubernetes: str = NEWEST) -> subprocess.CompletedProcess[str]:
        """Lint the chart strictly with values."""
        return self._run(["lint", str(CHART), "--strict", "--kube-version", kubernetes], values)

    def template(
        self, values: Values, *, kubernetes: str = NEWEST, chart: Path = CHART, more: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Render the chart with values."""
        given = ["template", RELEASE, str(chart), "--namespace", NAMESPACE, "--kube-version", kubernetes, *more]
        return self._run(given, values)

    def rendered(self, values: Values, *, kubernetes: str = NEWEST) -> "Rendered":
        """Give what the chart becomes with values; it must render."""
        return _rendered(self, json.dumps(values, sort_keys=True), kubernetes)

    def refusal(self, values: Values) -> str:
        """Give what is said of values that must be refused."""
        ended = self.template(values)
        assert ended.returncode != 0, "these values are taken"
        return ended.stderr

    def _run(self, given: Sequence[str], values: Values) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.path, *given, "--values", "-"],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "KUBECONFIG": os.devnull},
        )


@dataclass(frozen=True, slots=True)
class Rendered:
    """All manifests that the chart became."""

    text: str
    manifests: Sequence[Manifest] = field(repr=False)

    def of(self, kind: str) -> Mapping[str, Manifest]:
        """Give those of a kind by the component that they are for."""
        found = [one for one in self.manifests if one["kind"] == kind]
        by_component = {one["metadata"]["labels"]["app.kubernetes.io/component"]: one for one in found}
        assert len(by_component) == len(found), f"a component has two of {kind}"
        return by_component

    @property
    def pods(self) -> Mapping[str, Manifest]:
        """The pod templates of Deployments and Jobs, by component."""
        return {name: one["spec"]["template"] for kind in ("Deployment", "Job") for name, one in self.of(kind).items()}

    @property
    def containers(self) -> Mapping[str, Manifest]:
        """The one container of each pod, by component."""
        found = {}
        for name, pod in self.pods.items():
            (found[name],) = pod["spec"]["containers"]
        return found

    def environment(self, component: str) -> Mapping[str, Manifest]:
        """Give the variables of a component by name."""
        entries = self.containers[component].get("env", [])
        by_name = {entry["name"]: entry for entry in entries}
        assert len(by_name) == len(entries), f"{component} is given a variable twice"
        return by_name


@cache
def _rendered(helm: Helm, values: str, kubernetes: str) -> Rendered:
    ended = helm.template(json.loads(values), kubernetes=kubernetes)
    assert ended.returncode == 0, ended.stderr
    return Rendered(ended.stdout, [one for one in yaml.safe_load_all(ended.stdout) if one])


def example(name: str) -> Values:
    """Read the values of an example."""
    values = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values
