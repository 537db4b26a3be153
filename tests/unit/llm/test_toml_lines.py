"""The line of every key of a TOML text."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.llm.toml_lines import Path, locate_keys

CONTAINER = """\
# [not] = "a table"
top = 1
text = \"\"\"
[inside]
key = 1 \\\"""
\"\"\" # done
other = '''
a = 1'''
list = [ # comment ]
  1, "two]",
  { three = 3, "four.five" = [4] },
]
dotted."key space".last = true

[table]
a = { b = 1, c.d = 2 }
when = 1979-05-27T07:32:00Z

[[model]]
name = "a"
[model.limits]
x = 1
[[model]]
name = "b"

[model.limits]
y = 2
[[model.parts]]
z = 3
"""


def test_every_kind_of_key() -> None:
    """Keys in tables, lists, inline tables, dotted and quoted ones have the line on which they begin."""
    lines = locate_keys(CONTAINER)
    expected: dict[Path, int] = {
        ("top",): 2,
        ("text",): 3,
        ("other",): 7,
        ("list",): 9,
        ("list", 0): 10,
        ("list", 1): 10,
        ("list", 2): 11,
        ("list", 2, "three"): 11,
        ("list", 2, "four.five"): 11,
        ("list", 2, "four.five", 0): 11,
        ("dotted",): 13,
        ("dotted", "key space"): 13,
        ("dotted", "key space", "last"): 13,
        ("table",): 15,
        ("table", "a"): 16,
        ("table", "a", "b"): 16,
        ("table", "a", "c"): 16,
        ("table", "a", "c", "d"): 16,
        ("table", "when"): 17,
        ("model",): 19,
        ("model", 0): 19,
        ("model", 0, "name"): 20,
        ("model", 0, "limits"): 21,
        ("model", 0, "limits", "x"): 22,
        ("model", 1): 23,
        ("model", 1, "name"): 24,
        ("model", 1, "limits"): 26,
        ("model", 1, "limits", "y"): 27,
        ("model", 1, "parts"): 28,
        ("model", 1, "parts", 0): 28,
        ("model", 1, "parts", 0, "z"): 29,
    }

    assert lines == expected


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings(ending: str) -> None:
    """A file from Windows has the same lines."""
    assert locate_keys(CONTAINER.replace("\n", ending)) == locate_keys(CONTAINER)


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
_values = st.recursive(
    st.one_of(_texts, st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_texts, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(_texts, _values, max_size=4), st.lists(st.dictionaries(_texts, _values, max_size=3), max_size=3))
def test_every_path_has_its_line(top: dict[str, Any], tables: list[dict[str, Any]]) -> None:
    """Whatever the document, exactly its paths are found, and each line holds the key."""
    top.pop("model", None)
    text = "".join(f"{_key(name)} = {_written(value)}\n" for name, value in top.items())
    for table in tables:
        text += "[[model]]\n" + "".join(f"{_key(name)} = {_written(value)}\n" for name, value in table.items())
    document = tomllib.loads(text)
    lines = locate_keys(text)

    assert set(lines) == set(_paths(document))
    for path, line in lines.items():
        if isinstance(path[-1], str) and path != ("model",):
            assert _key(path[-1]) in text.splitlines()[line - 1]


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _key(value)
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(name)} = {_written(inner)}" for name, inner in value.items()) + "}"
        case _:
            return str(value)


def _paths(value: object, path: Path = ()) -> list[Path]:
    found = [path] if path else []
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += _paths(inner, (*path, key))
    return found
