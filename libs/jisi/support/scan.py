"""The first reading of bank files: everything wrong with them is found before the long work begins."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jisi.errors import InputError
from jisi.support.files import read_lines, require_bank_file
from jisi.support.lines import BadLineError, BankLine, ItemKey, LineError, Split, parse_line
from jisi.support.vectors import texts_of

_LISTED = 10
"""Bad lines that an error lists; the rest is counted."""


@dataclass(slots=True)
class Scan:
    """What is in the files, and which of their lines are to be imported."""

    todo: dict[Path, set[int]] = field(default_factory=dict)
    """Line numbers by file: new or changed items."""
    texts: int = 0
    """Texts to embed in those lines, counted with their repetitions."""
    unchanged: int = 0
    """Lines whose item is in the bank already, as it is."""
    other_split: int = 0
    """Lines of a split that was not asked for."""
    bad: list[BadLineError] = field(default_factory=list)


class BadLinesError(InputError):
    """Some lines cannot be imported: lists the first of them and says what to do."""

    def __init__(self, bad: list[BadLineError]) -> None:
        listed = "\n".join(f"  {error.file}, line {error.line}: {_problem(error)}" for error in bad[:_LISTED])
        more = f"\n  and {len(bad) - _LISTED} more" if len(bad) > _LISTED else ""
        count = f"{len(bad)} lines" if len(bad) > 1 else "1 line"
        super().__init__(
            f"{count} cannot be imported, and nothing was:\n{listed}{more}\n"
            "Correct them, or import the rest with --skip-bad, which lists what it leaves out."
        )
        self.bad = bad


def scan(files: Iterable[Path], *, present: Mapping[ItemKey, bytes], split: Split | None) -> Scan:
    """Read and check every line; `present` are the digests of the items in the bank.

    Raises InputError when a file is not there or damaged. Bad lines are collected; whether they stop the import is the
    caller's to say.
    """
    found = Scan()
    seen: dict[ItemKey, tuple[Path, int, bytes]] = {}
    paths = list(dict.fromkeys(files))
    for path in paths:
        require_bank_file(path)
    for path in paths:
        found.todo[path] = set()
        for number, raw in read_lines(path):
            try:
                line = parse_line(raw)
                if split is not None and line.key.split != split:
                    found.other_split += 1
                    continue
                digest = line.digest()
                _require_new(line.key, digest, seen)
            except LineError as error:
                found.bad.append(BadLineError(file=str(path), line=number, cause=error))
                continue
            if line.key in seen or present.get(line.key) == digest:
                found.unchanged += 1
            else:
                found.todo[path].add(number)
                found.texts += len(texts_of(line))
            seen.setdefault(line.key, (path, number, digest))
    return found


def read_again(found: Scan) -> Iterator[BankLine]:
    """Yield the lines to import; raises BadLineError should a file have changed since it was scanned."""
    for path, numbers in found.todo.items():
        for number, raw in read_lines(path) if numbers else ():
            if number in numbers:
                try:
                    yield parse_line(raw)
                except LineError as error:
                    raise BadLineError(file=str(path), line=number, cause=error) from error


def _require_new(key: ItemKey, digest: bytes, seen: Mapping[ItemKey, tuple[Path, int, bytes]]) -> None:
    """Raise LineError for a second line that says something else of the same item: one of them would be lost."""
    earlier = seen.get(key)
    if earlier is not None and earlier[2] != digest:
        path, number, _ = earlier
        raise LineError(
            "index", f"{key} is an item of {path}, line {number}, already, with other content; renumber one"
        )


def _problem(error: BadLineError) -> str:
    return f"{error.field}: {error.problem}" if error.field else error.problem
