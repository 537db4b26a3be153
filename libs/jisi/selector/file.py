"""The file of a fitted selector: arrays and a JSON text in one .npz, nothing in it is ever executed."""

import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from jisi.errors import InputError
from jisi.routing.selection import Selector, Training
from jisi.routing.trees import Trees

FORMAT = 1
"""Raised whenever trees are told something else of a response than before, or are stored otherwise."""
_ABOUT = "about"
_ARRAYS = ("roots", "features", "thresholds", "left", "right", "missing_left", "values")
_NUMBERS = {"models": int, "nearest": float, "support_size": int, "support_threshold": float, "bonus": float}
_BROKEN = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What reading raises that meets something else than what was written."""


def save_selector(selector: Selector, file: Path) -> None:
    """Write a selector; a file that is there is replaced whole."""
    about = {
        "format": FORMAT,
        "baseline": selector.trees.baseline,
        **{name: getattr(selector, name) for name in _NUMBERS},
        "training": asdict(selector.training),
    }
    arrays = {name: getattr(selector.trees, name) for name in _ARRAYS}
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".new-{file.name}")
    with part.open("wb") as opened:
        np.savez_compressed(opened, allow_pickle=False, **{_ABOUT: np.array(json.dumps(about))}, **arrays)
    part.replace(file)


def load_selector(file: Path) -> Selector:
    """Read what `save_selector` wrote.

    Raises:
        InputError: the file is missing, of another version, broken, or something else; says what to do.
    """
    if not file.is_file():
        raise InputError(f"{file}: there is no such file: {_train(file)}.")
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            about = json.loads(stored[_ABOUT].item())
            arrays = {name: stored[name] for name in _ARRAYS if name in stored}
        version = about["format"]
    except _BROKEN as error:
        raise InputError(f"{file}: this is no selector, or a part of one ({error}): {_train(file)}.") from None
    if version != FORMAT:
        raise InputError(
            f"{file}: the selector is of format {version}, this version of JiSi reads format {FORMAT}: {_train(file)}."
        )
    try:
        return _selector(about, arrays)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise InputError(f"{file}: the selector is broken (training: {fields}): {_train(file)}.") from None
    except _BROKEN as error:
        raise InputError(f"{file}: the selector is broken ({error}): {_train(file)}.") from None


def _selector(about: dict[str, Any], arrays: dict[str, Any]) -> Selector:
    trees = Trees(baseline=float(about["baseline"]), **arrays)
    return Selector(
        trees=trees,
        training=TypeAdapter(Training).validate_python(about["training"]),
        **{name: kind(about[name]) for name, kind in _NUMBERS.items()},
    )


def _train(file: Path) -> str:
    return f"train one by `jisi selector train BANK... --out {file}`"
