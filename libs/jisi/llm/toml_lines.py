"""Where in a TOML text each key stands, so that an error can name the line: the standard parser does not tell.

Reads only what `tomllib` has accepted, hence no error of its own.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]
"""Keys and positions in lists: ("model", 2, "limits", "concurrency")."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?'{3,5}(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def locate_keys(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, on which each key, table and list entry of a valid TOML text begins."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks once over the text, keeping the path of the table it is in."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._assignment(table)
        return self._lines

    def _skip_blank(self) -> bool:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _header(self) -> Path:
        start = self._at
        listed = self._text.startswith("[[", start)
        self._at += 2 if listed else 1
        *parents, last = self._keys()
        self._at += 2 if listed else 1
        path: Path = ()
        for key in parents:
            path = self._last_entry((*path, key))
        path = (*path, last)
        if listed:
            self._mark(path, start)
            path = self._new_entry(path)
        else:
            path = self._last_entry(path)
        self._mark(path, start)
        return path

    def _assignment(self, table: Path) -> None:
        start = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._mark(path, start)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        match self._text[self._at]:
            case "{":
                self._items(path, "}")
            case "[":
                self._items(path, "]")
            case _:
                found = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
                self._at = found.end() if found else self._at + 1

    def _items(self, path: Path, end: str) -> None:
        """Read the entries of an inline table or a list."""
        self._at += 1
        while self._skip_blank() and self._text[self._at] != end:
            if self._text[self._at] == ",":
                self._at += 1
            elif end == "}":
                self._assignment(path)
            else:
                entry = self._new_entry(path)
                self._mark(entry, self._at)
                self._value(entry)
        self._at += 1

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while found := _KEY.match(self._text, self._at):
            self._at = found.end()
            keys.append(_unquoted(found[1]))
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return keys

    def _new_entry(self, path: Path) -> Path:
        position = self._lengths.get(path, 0)
        self._lengths[path] = position + 1
        return (*path, position)

    def _last_entry(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _mark(self, path: Path, offset: int) -> None:
        if path not in self._lines:
            self._lines[path] = self._text.count("\n", 0, offset) + 1


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    parsed: dict[str, Any] = tomllib.loads(f"{key} = 0")
    return next(iter(parsed))
