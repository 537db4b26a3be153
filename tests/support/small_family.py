"""A family of recorded responses, made up by the simulated models."""

import gzip
import json
from pathlib import Path

from jisi.simulate.bank import bank_rows
from jisi.simulate.models import MODELS

POOL = MODELS[:5]


def write_family(folder: Path, *, train: int, test: int, seed: int = 3) -> Path:
    """Write train and test rows of five models, and the meta.json that names pool and prices; gives the folder."""
    folder.mkdir()
    kept = {model.name for model in POOL}
    rows = []
    for generated in bank_rows(items=train, seed=seed, test_items=test):
        row = dict(generated)
        for name in ("records", "usages", "raw_output"):
            column = row[name]
            assert isinstance(column, dict)
            row[name] = {model: value for model, value in column.items() if model in kept}
        rows.append(row)
    for split in ("train", "test"):
        lines = [json.dumps(row) for row in rows if row["split"] == split]
        (folder / f"{split}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    prices = {model.name: {"input": model.price.prompt, "output": model.price.completion} for model in POOL}
    meta = {"family": "made-up", "pool": [model.name for model in POOL], "prices_usd_per_million_tokens": prices}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder
