"""What resources of KEDA and of Prometheus' operator may be, from these projects' own sources."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

KEDA = "github.com/kedacore/keda/v2@v2.21.0"
PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "ScaledObject": (KEDA, "config/crd/bases/keda.sh_scaledobjects.yaml"),
    "TriggerAuthentication": (KEDA, "config/crd/bases/keda.sh_triggerauthentications.yaml"),
    "ServiceMonitor": (
        PROMETHEUS_OPERATOR,
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
}
_PARAMETER = re.compile(r'keda:"name=(\w+),\s*order=([\w;]+)')

Order = Literal["triggerMetadata", "authParams"]


def find_go() -> str | None:
    """Give the path of Go, if there is one."""
    return shutil.which("go")


@dataclass(frozen=True, slots=True)
class Modules:
    """Fetches sources by the Go module proxy."""

    go: str

    def check(self, manifest: Mapping[str, Any]) -> None:
        """Compare a custom resource with its definition; fields that the definition lacks are errors.

        Raises:
            jsonschema.ValidationError: it is not as the definition says.
        """
        jsonschema.Draft202012Validator(_strict_schema(self.go, manifest["kind"], manifest["apiVersion"])).validate(
            manifest
        )

    def parameters(self, scaler: str, order: Order) -> frozenset[str]:
        """Give the parameters that a scaler of KEDA reads from a trigger, or from its authentication."""
        source = (_folder(self.go, KEDA) / "pkg" / "scalers" / f"{scaler}_scaler.go").read_text(encoding="utf-8")
        return frozenset(name for name, orders in _PARAMETER.findall(source) if order in orders.split(";"))


@cache
def _folder(go: str, module: str) -> Path:
    ended = subprocess.run(
        [go, "mod", "download", "-json", module], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    assert ended.returncode == 0, f"{module} cannot be fetched: {ended.stdout}{ended.stderr}"
    return Path(json.loads(ended.stdout)["Dir"])


@cache
def _strict_schema(go: str, kind: str, api_version: str) -> dict[str, Any]:
    module, path = DEFINITIONS[kind]
    definition = yaml.safe_load((_folder(go, module) / path).read_text(encoding="utf-8"))
    (version,) = (
        one
        for one in definition["spec"]["versions"]
        if f"{definition['spec']['group']}/{one['name']}" == api_version and one["served"]
    )
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    for one in list(_objects(schema)):
        if one.get("properties") and not one.get("x-kubernetes-preserve-unknown-fields"):
            one.setdefault("additionalProperties", False)
    return schema


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Give the schema and all those within it."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _objects(value)
