"""A router made from its class and the parameters on the command line; a class loaded from a user's file."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from jisi.errors import InputError
from jisi.evaluation.routers.protocol import Router


def built(kind: type[Any], parameters: str, *, called: str) -> Router:
    """Make a router with `parameters` such as `support_size=200,name=value`; `called` is what the user wrote.

    A value without a name is the first parameter's. A parameter that is a dataclass, such as settings, is set field
    by field. Where the class takes a `name`, it gets its own with the parameters behind.

    Raises:
        InputError: a parameter is unknown, wrong or missing, or the class is no router.
    """
    known = _parameters(kind)
    given = _given(parameters, known, called)
    own = {name: value for name, value in given.items() if known[name].of is None}
    router = _made(kind, own, called)
    for outer in {known[name].of for name in given} - {None}:
        assert outer is not None
        inner = {name: value for name, value in given.items() if known[name].of == outer}
        try:
            own[outer] = replace(getattr(router, outer), **inner)
        except ValueError as error:
            raise InputError(f"{called}: {error}.") from error
    if given:
        named = {"name": f"{router.name}:{parameters}"} if "name" in inspect.signature(kind).parameters else {}
        router = _made(kind, own | named, called)
    return router


def loaded(file: Path, name: str, *, called: str) -> type[Any]:
    """Load a class from a user's Python file.

    Raises:
        InputError: there is no such file, it cannot be run, or holds no such class.
    """
    if not file.is_file():
        raise InputError(f"{called}: there is no file {file}; write path/to/file.py:Class.")
    module = _run(file, called)
    kind = getattr(module, name, None)
    if not inspect.isclass(kind):
        there = [one for one, value in vars(module).items() if inspect.isclass(value) and hasattr(value, "fit")]
        says = f"its routers are {', '.join(there)}" if there else "no class in it has a method `fit`"
        raise InputError(f"{called}: {file} has no class {name or 'without a name'}; {says}.")
    return kind


def close_to(wrong: str, names: list[str]) -> str:
    """Ask whether a similar name was meant; nothing where there is none."""
    longer = [name for name in names if wrong and name.startswith(wrong)]
    close = longer or get_close_matches(wrong, names, cutoff=0.5)
    return f" Did you mean {' or '.join(close)}?" if close else ""


@dataclass(frozen=True, slots=True)
class _Parameter:
    annotation: Any
    of: str | None
    """The parameter it is a field of."""


def _parameters(kind: type[Any]) -> dict[str, _Parameter]:
    """What can be set: the constructor's parameters but the name, in order; fields in place of a dataclass."""
    hints = get_type_hints(kind.__init__) if kind.__init__ is not object.__init__ else {}
    found: dict[str, _Parameter] = {}
    for name, parameter in inspect.signature(kind).parameters.items():
        hint = hints.get(name, str)
        if name == "name" or parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            continue
        if inspect.isclass(hint) and is_dataclass(hint) and parameter.default is not parameter.empty:
            inner = get_type_hints(hint)
            found = {
                **{field.name: _Parameter(inner[field.name], name) for field in fields(hint) if field.init},
                **found,
            }
        else:
            found[name] = _Parameter(hint, None)
    return found


def _given(parameters: str, known: Mapping[str, _Parameter], called: str) -> dict[str, Any]:
    """The values by name, each of its type."""
    given: dict[str, Any] = {}
    for part in parameters.split(",") if parameters else []:
        name, equals, value = part.partition("=")
        if not equals:
            first = next((one for one, parameter in known.items() if parameter.of is None), None)
            if first is None or given:
                raise InputError(f"{called}: write {part or 'each parameter'} as name=value.{_choices(known)}")
            name, value = first, part
        if name not in known:
            raise InputError(f"{called}: it has no parameter {name}.{close_to(name, list(known))}{_choices(known)}")
        given[name] = _typed(known[name].annotation, value, f"{called}: {name}")
    return given


def _typed(annotation: Any, value: str, what: str) -> Any:  # noqa: ANN401 - whatever the annotation says
    try:
        return TypeAdapter(annotation).validate_strings(value)
    except ValidationError as error:
        raise InputError(f"{what} cannot be {value!r}: {error.errors()[0]['msg']}.") from error
    except PydanticUserError as error:
        raise InputError(f"{what} cannot be set by a text.") from error


def _made(kind: type[Any], arguments: Mapping[str, Any], called: str) -> Router:
    signature = inspect.signature(kind)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise InputError(f"{called}: {error}; write it behind, as in {called}:name=value.") from error
    try:
        router = kind(**arguments)
    except ValueError as error:
        raise InputError(f"{called}: {error}.") from error
    if not isinstance(getattr(router, "name", None), str) or not callable(getattr(router, "fit", None)):
        raise InputError(
            f"{called}: a router has a `name` and a method `fit`, which {kind.__name__} lacks; "
            "jisi/evaluation/routers/protocol.py shows one."
        )
    return cast("Router", router)


def _choices(known: Mapping[str, _Parameter]) -> str:
    return f" Its parameters are {', '.join(known)}." if known else " It has no parameters."


def _run(file: Path, called: str) -> ModuleType:
    """Import a file under a name of its own, which dataclasses in it look up."""
    name = f"jisi_router_{file.stem}_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InputError(f"{called}: {file} cannot be run: {type(error).__name__}: {error}") from error
    return module
