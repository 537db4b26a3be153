"""The tables of docs/settings.md, from the classes that read the settings.

`python -m tests.support.settings_page` writes them anew; what stands between them is left as it is.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from jisi.embedding.settings import EmbedderSettings
from jisi.messaging.connection import KafkaSecurity
from jisi.messaging.settings import KafkaSettings, TopicSettings
from jisi.routing.settings import RoutingSettings
from jisi.runtime.calling import CallingSettings
from jisi.runtime.settings import ServiceSettings
from jisi.selector.settings import SelectorSettings
from jisi.stack.settings import StackSettings
from jisi.telemetry.settings import OtlpSettings, TelemetrySettings
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from services.aggregator.settings import AggregatorSettings
from services.router.settings import RouterSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
SECTIONS: Mapping[str, tuple[type, ...]] = {
    "Every service": (KafkaSettings, KafkaSecurity, ServiceSettings),
    "Router": (RouterSettings, SelectorSettings),
    "The method (ALGORITHM's names), read by the router and stored with each plan": (RoutingSettings,),
    "Embedder (router and bank import)": (EmbedderSettings,),
    "Generator and aggregator": (CallingSettings,),
    "Aggregator": (AggregatorSettings,),
    "Telemetry": (TelemetrySettings,),
    "OTLP, by OpenTelemetry's standard variables": (OtlpSettings,),
    "Topics, where `jisi up` and `jisi migrate --topics` make them": (TopicSettings,),
    "`jisi up`": (StackSettings,),
}
"""Headings of the page, and the classes whose own fields, without inherited ones, stand below them."""
_NESTED = {RoutingSettings: "JISI_ROUTING_", KafkaSecurity: "JISI_KAFKA_"}
"""Values that are read from variables of their own, and what these begin with."""
_TABLE_HEAD = "| variable | meaning | default |\n|---|---|---|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A setting as the page has it; `meaning` is empty where the code says nothing."""

    variables: tuple[str, ...]
    meaning: str
    default: str

    def __str__(self) -> str:
        names = ", else ".join(f"`{name}`" for name in self.variables)
        return f"| {names} | {self.meaning} | {f'`{self.default}`' if self.default else ''} |\n"


def rows(kind: type) -> Iterator[Row]:
    """Give the settings that a class adds to those it inherits."""
    documented = _docstrings(kind)
    if is_dataclass(kind):
        for one in fields(kind):
            variable = f"{_NESTED[kind]}{one.name.upper()}"
            yield Row(variables=(variable,), meaning=documented.get(one.name, ""), default=_text(one.default))
        return
    assert issubclass(kind, BaseSettings), kind
    for name, info in kind.model_fields.items():
        nested = isinstance(info.annotation, type) and issubclass(info.annotation, (BaseSettings, *_NESTED))
        if name in inspect.get_annotations(kind) and not nested:
            meaning = info.description or documented.get(name, "")
            yield Row(variables=variables_of(kind, name, info), meaning=meaning, default=_text(info.default))


def rewritten(page: str) -> str:
    """Give the page with all tables made anew.

    Raises:
        ValueError: the headings of the page are not those of `SECTIONS`, in their order, or the last lacks its table.
    """
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    if headings != list(SECTIONS):
        raise ValueError(f"the page has the sections {headings}, not {list(SECTIONS)}")
    for heading, kinds in SECTIONS.items():
        table = _TABLE_HEAD + "".join(str(row) for kind in kinds for row in rows(kind))
        begin = page.index(f"## {heading}\n")
        before, section = page[:begin], page[begin:]
        old = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
        if old is None:
            raise ValueError(f"the page has no table below {heading}")
        page = before + section[: old.start()] + table + section[old.end() :]
    return page


def settings_classes(roots: Iterable[type] = (BaseSettings,)) -> Iterator[type]:
    """Give all loaded settings classes of ours."""
    for root in roots:
        if root.__module__.startswith(("jisi.", "services.")):
            yield root
        yield from settings_classes(root.__subclasses__())


def variables_of(kind: type[BaseSettings], name: str, info: FieldInfo) -> tuple[str, ...]:
    """Give the variables by which a setting is given, the one that goes before the others first."""
    match info.validation_alias:
        case AliasChoices(choices=choices):
            return tuple(str(choice) for choice in choices)
        case None:
            return (f"{kind.model_config.get('env_prefix', '')}{name}".upper(),)
        case alias:
            return (str(alias),)


def _text(default: Any) -> str:
    if default is None or default is PydanticUndefined:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return str(default).lower() if isinstance(default, bool) else str(default)


def _docstrings(kind: type) -> dict[str, str]:
    """Read the string below each field."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
            case _:
                pass
    return found


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
