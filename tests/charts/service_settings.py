"""The settings in the chart's values.schema.json, from the classes that read them.

`python -m tests.charts.service_settings` writes them anew; what stands beside them is left as it is.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jisi.messaging.settings import KafkaSettings, TopicSettings
from jisi.stack.settings import StackSettings
from jisi.telemetry.settings import OtlpSettings
from pydantic import TypeAdapter
from pydantic_settings import BaseSettings

from services.aggregator.settings import AggregatorSettings
from services.generator.settings import GeneratorSettings
from services.router.settings import RouterSettings
from services.switch.settings import SwitchSettings
from tests.support.settings_page import variables_of

Schema = dict[str, Any]

SCHEMA = Path(__file__).parents[2] / "infra" / "helm" / "jisi" / "values.schema.json"
CLASSES: Mapping[str, tuple[type[BaseSettings], ...]] = {
    "router": (RouterSettings, OtlpSettings),
    "generator": (GeneratorSettings, OtlpSettings),
    "switch": (SwitchSettings, OtlpSettings),
    "aggregator": (AggregatorSettings, OtlpSettings),
    "migrate": (StackSettings, KafkaSettings, TopicSettings, SwitchSettings),
    "prepare": (StackSettings, RouterSettings),
}
"""What each component reads; the commands of `migrate` and `prepare` find their servers as services do."""
SERVICES = ("router", "generator", "switch", "aggregator")

_OF_THE_CHART = re.compile(
    r"JISI_(KAFKA|TOPIC_.*|INSTANCE|DATABASE_(URL|DIRECT_URL|POOLED)|HEALTH_.*|OTLP_ENDPOINT|EMBEDDER_API_KEY_ENV)"
    r"|JISI_KAFKA_.*|OTEL_EXPORTER_OTLP_ENDPOINT"
)
"""Settings that have values of their own, or that would break what the chart relies on."""
_KEPT = {"type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_WIDTH = 118


@cache
def variables(kind: type) -> Mapping[str, Schema]:
    """Give the variables that a class reads, each with what its value may be."""
    found: dict[str, Schema] = {}
    if is_dataclass(kind):
        prefix = {"RoutingSettings": "JISI_ROUTING_", "KafkaSecurity": "JISI_KAFKA_"}[kind.__name__]
        values = TypeAdapter(kind).json_schema()["properties"]
        return {f"{prefix}{name.upper()}": schema for name, schema in values.items()}
    assert issubclass(kind, BaseSettings), kind
    properties = kind.model_json_schema(by_alias=False)["properties"]
    for name, info in kind.model_fields.items():
        nested = info.annotation
        if isinstance(nested, type) and (issubclass(nested, BaseSettings) or is_dataclass(nested)):
            found.update(variables(nested))
        else:
            found.update(dict.fromkeys(variables_of(kind, name, info), properties[name]))
    return found


def known(component: str) -> Mapping[str, Schema]:
    """Give all variables that a component of the chart reads."""
    return {name: schema for kind in CLASSES[component] for name, schema in variables(kind).items()}


def definitions() -> Mapping[str, Schema]:
    """Give the schemas of `settings`: of each service what it reads, and of all what each of them reads."""
    open_to = {name: _in_values(known(name)) for name in SERVICES}
    common = {name: schema for name, schema in open_to["switch"].items() if all(name in of for of in open_to.values())}
    return {
        f"{name}Settings": {"type": "object", "additionalProperties": False, "properties": dict(sorted(of.items()))}
        for name, of in {"common": common, **open_to}.items()
    }


def rewritten(text: str) -> str:
    """Give the file with the settings made anew, and all of it laid out."""
    schema = json.loads(text)
    schema["$defs"].update(definitions())
    return _laid_out(schema) + "\n"


def _in_values(found: Mapping[str, Schema]) -> dict[str, Schema]:
    """Leave out what is secret or the chart's own, and give the rest plainly."""
    return {
        name: _plain(schema)
        for name, schema in found.items()
        if not _OF_THE_CHART.fullmatch(name) and schema.get("format") != "password"
    }


def _plain(schema: Schema) -> Schema:
    (given,) = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return {key: value for key, value in given.items() if key in _KEPT}


def _laid_out(value: Any, indent: int = 0) -> str:
    """Write JSON with every object that fits on a line on one."""
    line = json.dumps(value)
    if not isinstance(value, dict) or (indent and len(line) + indent < _WIDTH):
        return line
    inner = ",\n".join(
        f"{' ' * (indent + 2)}{json.dumps(key)}: {_laid_out(of, indent + 2)}" for key, of in value.items()
    )
    return f"{{\n{inner}\n{' ' * indent}}}"


if __name__ == "__main__":
    SCHEMA.write_text(rewritten(SCHEMA.read_text(encoding="utf-8")), encoding="utf-8")
