"""A family of recorded responses: the train rows are evidence, the test rows are asked, meta.json names the pool."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisi.contracts.texts import is_usable, visible_text
from jisi.errors import InputError
from jisi.support.files import read_lines
from jisi.support.lines import BadLineError, BankLine, LineError, parse_line


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a model once returned to a query."""

    text: str | None
    """None: nothing was recorded."""
    completion_tokens: int | None
    score: float | None

    @property
    def usable(self) -> bool:
        """Whether it holds anything once its reasoning is taken away."""
        return is_usable(self.text)

    @property
    def embedded_text(self) -> str:
        """What is embedded of a usable one."""
        return visible_text(self.text or "")


@dataclass(frozen=True, slots=True)
class Row:
    """An item: a query with what every model did on it."""

    line: BankLine

    @property
    def query(self) -> str:
        """The question."""
        return self.line.query

    @property
    def dataset(self) -> str:
        """The benchmark it is of."""
        return self.line.key.dataset

    @property
    def query_id(self) -> str:
        """The id under which it is asked."""
        return f"{self.line.key.dataset}/{self.line.key.index}"

    def recorded(self, model: str) -> Recorded:
        """What a model did on it."""
        usage = self.line.usages.get(model) or {}
        tokens, score = usage.get("completion_tokens"), self.line.scores.get(model)
        return Recorded(
            text=self.line.responses.get(model),
            completion_tokens=None if tokens is None else int(tokens),
            score=None if score is None else float(score),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The files of a family and their content."""

    name: str
    train_file: Path
    test_file: Path
    meta_file: Path
    train: Sequence[Row]
    test: Sequence[Row]


def read_family(folder: Path, *, limit: int | None = None) -> Family:
    """Read a family; `limit` takes that many test rows, evenly spread over the file.

    Raises:
        InputError: a file is missing or wrong; names file, line and field.
    """
    files = {name: folder / f"{name}.jsonl.gz" for name in ("train", "test")}
    meta = folder / "meta.json"
    for file in (*files.values(), meta):
        if not file.is_file():
            raise InputError(f"{folder} is no family of recorded responses: there is no {file.name} in it.")
    return family_of(folder.resolve().name, files["train"], files["test"], meta, limit=limit)


def family_of(name: str, train_file: Path, test_file: Path, meta_file: Path, *, limit: int | None = None) -> Family:
    """Read a family from its files: the rows of split "train" of the one, all rows of the other.

    Raises:
        InputError: as `read_family`.
    """
    test = list(_rows(test_file))
    _require_distinct(test, test_file)
    return Family(
        name=name,
        train_file=train_file,
        test_file=test_file,
        meta_file=meta_file,
        train=[row for row in _rows(train_file) if row.line.key.split == "train"],
        test=spread(test, limit),
    )


def spread(rows: Sequence[Row], limit: int | None) -> Sequence[Row]:
    """Take so many rows, evenly spread: files are sorted by dataset."""
    if limit is None or limit >= len(rows):
        return rows
    return [rows[place * len(rows) // limit] for place in range(limit)]


def _rows(file: Path) -> Iterator[Row]:
    for number, raw in read_lines(file):
        try:
            yield Row(parse_line(raw))
        except LineError as error:
            raise BadLineError(file=str(file), line=number, cause=error) from error


def _require_distinct(rows: Sequence[Row], file: Path) -> None:
    """The replay endpoint knows a row by its query: two rows with the same one could not be told apart."""
    first: dict[str, Row] = {}
    for row in rows:
        if first.setdefault(row.query, row) is not row:
            raise InputError(f"{file}: {row.query_id} asks the same as {first[row.query].query_id}: leave one out.")
