"""A selector's file: it comes back as it was, and whatever is none is told in a sentence."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jisi.errors import InputError
from jisi.routing.settings import RoutingSettings
from jisi.selector.file import load_selector, save_selector
from jisi.selector.settings import SelectorSettings, in_force

from tests.support.small_selector import EMBEDDER, small_selector

Change = Callable[[dict[str, Any], dict[str, Any]], object]


def test_it_comes_back(tmp_path: Path) -> None:
    """To the last bit, with all that it was fitted by; a file that was there is replaced."""
    selector = small_selector(models=4, nearest=0.25, support_size=12, bonus=1.5)
    file = tmp_path / "new" / "any name"
    save_selector(small_selector(), file)
    save_selector(selector, file)
    found = load_selector(file)

    for name in ("models", "nearest", "support_size", "support_threshold", "bonus", "training"):
        assert getattr(found, name) == getattr(selector, name)
    for name in ("roots", "features", "thresholds", "left", "right", "missing_left", "values"):
        kept, written = getattr(found.trees, name), getattr(selector.trees, name)
        assert kept.dtype == written.dtype
        assert kept.tolist() == written.tolist()
    assert found.trees.baseline == selector.trees.baseline
    assert [one.name for one in file.parent.iterdir()] == ["any name"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is no selector"),
        (b"PK\x03\x04 cut off", "this is no selector"),
        (pickle.dumps({"about": 1}), "this is no selector"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Nothing of it is executed; the error names it and says how to make one."""
    file = tmp_path / "selector.npz"
    file.write_bytes(content)

    with pytest.raises(InputError, match=message) as refused:
        load_selector(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert str(refused.value).endswith(f"`jisi selector train BANK... --out {file}`.")


def test_a_missing_file_and_an_array_are_refused(tmp_path: Path) -> None:
    """So are an archive of something else, and one in which an array is pickled."""
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", other=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", about=np.array({"format": 1}, dtype=object))

    with pytest.raises(InputError, match="there is no such file"):
        load_selector(tmp_path / "selector.npz")
    for name in ("array.npy", "other.npz", "pickled.npz"):
        with pytest.raises(InputError, match="this is no selector"):
            load_selector(tmp_path / name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda about, _: about.update(format=2), "is of format 2, this version of JiSi reads format 1"),
        (lambda about, _: about.pop("bonus"), r"the selector is broken \('bonus'\)"),
        (lambda about, _: about.update(models="many"), "the selector is broken"),
        (lambda about, _: about["training"].pop("embedder"), r"the selector is broken \(training: embedder\)"),
        (lambda _, arrays: arrays.pop("left"), "the selector is broken .*left"),
        (lambda _, arrays: arrays.update(left=arrays["left"] * 0), "leads to none that comes after it"),
        (lambda _, arrays: arrays.update(roots=np.array("x")), "the selector is broken"),
    ],
)
def test_a_broken_selector_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    """Whatever is missing or wrong in it."""
    file = tmp_path / "selector.npz"
    save_selector(small_selector(), file)
    with np.load(file) as stored:
        arrays: dict[str, Any] = dict(stored)
    about = json.loads(arrays.pop("about").item())
    change(about, arrays)
    np.savez(file, about=np.array(json.dumps(about)), **arrays)

    with pytest.raises(InputError, match=message):
        load_selector(file)


def test_a_process_takes_the_file_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own embedder alone; the settings in force are then those that it was fitted by."""
    file = tmp_path / "selector.npz"
    save_selector(small_selector(models=2, support_size=9), file)
    monkeypatch.setenv("JISI_SELECTOR_FILE", str(file))
    routing = RoutingSettings(method="selector")
    selector = SelectorSettings().load(routing, EMBEDDER)

    assert selector is not None
    assert in_force(routing, selector).agreement_models == 2
    assert in_force(routing, selector).neighbours == 9
    assert in_force(RoutingSettings(), selector) == RoutingSettings()
    with pytest.raises(InputError, match="fitted with the embedder letters, this process embeds with digits"):
        SelectorSettings().load(routing, "digits")


def test_a_process_may_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is to select."""
    monkeypatch.delenv("JISI_SELECTOR_FILE", raising=False)

    assert SelectorSettings().load(RoutingSettings(), EMBEDDER) is None
    with pytest.raises(InputError, match="JISI_ROUTING_METHOD=selector needs JISI_SELECTOR_FILE"):
        SelectorSettings().load(RoutingSettings(method="selector"), EMBEDDER)
