"""Rows of the files that benchmarks are published as: JSONL, JSON, CSV and parquet, each row with its place."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from jisi.errors import InputError

SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet")
_HEAD = 100
"""Characters in which a JSON list begins, white space before it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, with where it stands for error messages."""

    fields: Mapping[str, Any]
    place: str

    def wrong(self, field: str, why: str) -> InputError:
        """Make the error that names file, row and field."""
        return InputError(f"{self.place}: field {field!r} {why}")

    def has(self, field: str) -> bool:
        """Tell whether the field is there and not empty."""
        return self.fields.get(field) not in (None, "")

    def name_of(self, *names: str) -> str:
        """Give the first of some names under which the row has something; InputError where it has none."""
        found = next((name for name in names if self.has(name)), None)
        if found is None:
            there = ", ".join(sorted(map(str, self.fields))) or "none"
            raise self.wrong(names[0], f"is missing or empty; the fields there are: {there}")
        return found

    def text(self, *names: str) -> str:
        """Give the text of the first of some fields that is there; a number is read as it is written."""
        name = self.name_of(*names)
        value = self.fields[name]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(name, f"must be a text, not {type(value).__name__}")
        if not (text := str(value)).strip():
            raise self.wrong(name, "is blank")
        return text

    def texts(self, name: str) -> list[str]:
        """Give a list of texts, which may be written as JSON."""
        value = self.parsed(name) if isinstance(self.fields.get(name), str) else self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "must be a list of texts")
        return value

    def parsed(self, name: str) -> Any:  # noqa: ANN401  # whatever JSON holds
        """Give what a field holds as JSON."""
        try:
            return json.loads(self.text(name))
        except ValueError as error:
            raise self.wrong(name, f"must be JSON: {error}") from None


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Give the files, and of folders the files in them that can be read, in the order of their names.

    Raises:
        InputError: a path is not there, or a folder holds no such file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES))
            if not inside:
                raise InputError(f"{path}: no file in this folder ends with {', '.join(SUFFIXES)}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file or folder")
    return found


def read_rows(files: Iterable[Path]) -> Iterator[Row]:
    """Give the rows of files of any of the formats, one file after the other.

    Raises:
        InputError: names file and row of what cannot be read.
    """
    for file in files:
        if not file.name.endswith(SUFFIXES):
            raise InputError(f"{file}: must end with one of {', '.join(SUFFIXES)}")
        if file.suffix == ".parquet":
            yield from _parquet(file)
            continue
        try:
            with _opened(file) as text:
                yield from _csv(file, text) if file.suffix == ".csv" else _json(file, text)
        except (OSError, UnicodeDecodeError, EOFError) as error:
            raise InputError(f"{file}: cannot be read: {error}") from None


def _opened(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8-sig", newline="" if file.suffix == ".csv" else None)


def _json(file: Path, text: TextIO) -> Iterator[Row]:
    """Read one object a line, or, in a .json file, one list of objects."""
    if file.suffix == ".json" and text.read(_HEAD).lstrip().startswith("["):
        text.seek(0)
        try:
            listed = json.load(text)
        except ValueError as error:
            raise InputError(f"{file}: is no JSON: {error}") from None
        for number, value in enumerate(listed, start=1):
            yield _row(value, f"{file}, row {number}")
        return
    text.seek(0)
    for number, line in enumerate(text, start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError as error:
                raise InputError(f"{file}, line {number}: is no JSON: {error}") from None
            yield _row(value, f"{file}, line {number}")


def _row(value: object, place: str) -> Row:
    if not isinstance(value, dict):
        raise InputError(f"{place}: must be a JSON object")
    return Row(value, place)


def _csv(file: Path, text: TextIO) -> Iterator[Row]:
    try:
        for number, fields in enumerate(csv.DictReader(text, restkey="", strict=True), start=1):
            if "" in fields:
                raise InputError(f"{file}, row {number}: has more fields than the header names")
            yield Row(fields, f"{file}, row {number}")
    except csv.Error as error:
        raise InputError(f"{file}: is no CSV: {error}") from None


def _parquet(file: Path) -> Iterator[Row]:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            f"{file}: reading parquet takes pyarrow, which is not installed: run `pip install pyarrow`, "
            "or convert the file to JSONL"
        ) from None
    try:
        number = 0
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=64):
            for fields in batch.to_pylist():
                number += 1
                yield Row(fields, f"{file}, row {number}")
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{file}: is no parquet file: {error}") from None
