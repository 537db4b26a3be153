"""What an evaluation was asked to do: files, models, division; and the recordings made for it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jisi.embedding.protocol import Embedder
from jisi.errors import InputError
from jisi.evaluation.recordings.candidates import Candidates, choose_candidates
from jisi.evaluation.recordings.preparing import Preparation
from jisi.evaluation.recordings.reading import recorded_models
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import Fold, k_folds, leave_one_out, own_split
from jisi.support.files import SUFFIXES

Split = Literal["own", "folds", "leave-one-out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """Which recordings, divided how."""

    banks: Sequence[Path]
    """Bank files, or folders of a family (its train and test files)."""
    tests: Sequence[Path] = ()
    """Files whose rows are tested, whatever their split."""
    pool: Path | None = None
    """pool.toml; else meta.json beside the first bank, else every recorded model may be chosen."""
    split: Split = "own"
    folds: int = 5
    seed: int = 42
    empty_as_they_are: bool = False
    """Take empty responses as the reference implementation does, instead of as no response (ALGORITHM.md 0)."""

    @property
    def files(self) -> list[Path]:
        """All files, those of the banks first."""
        return [*(file for bank in self.banks for file in _files_of(bank)), *self.tests]

    def candidates(self) -> Candidates:
        """Read which models may be chosen.

        Raises:
            InputError: a file is missing or wrong; names file, line and field.
        """
        files = self.files
        return choose_candidates(files[0], recorded_models(files), pool_file=self.pool)

    async def prepare(
        self,
        embedder: Embedder,
        folder: Path,
        *,
        say: Callable[[str], None],
        embedded: Callable[[int, int], None],
        candidates: Candidates | None = None,
    ) -> Evaluation:
        """Read and embed the recordings, and divide them; `candidates`: what `candidates()` gave, where it was asked.

        Raises:
            InputError: a file is missing or wrong, or there is nothing to test; names file, line and field.
        """
        say("reading the files")
        files = self.files
        if candidates is None:
            candidates = await asyncio.to_thread(self.candidates)
        preparation = Preparation(embedder=embedder, folder=folder, embedded=embedded)
        everyone = [*candidates.names, *candidates.references]
        recordings = await preparation.prepare(files, everyone, candidates.names)
        if self.empty_as_they_are:
            recordings = recordings.with_empty_usable()
        return Evaluation(recordings=recordings, candidates=candidates, folds=self._divide(recordings), seed=self.seed)

    def _divide(self, recordings: Recordings) -> Sequence[Fold]:
        match self.split:
            case "own":
                tested = sum(file.vectors.shape[1] for file in recordings.vectors.files[-len(self.tests) :])
                return own_split(recordings, first_test_row=len(recordings) - tested if self.tests else None)
            case "folds":
                return k_folds(recordings, self.folds, seed=self.seed)
            case "leave-one-out":
                return leave_one_out(recordings)


def _files_of(bank: Path) -> list[Path]:
    """Give a bank's file, or the train and test files of a folder."""
    if not bank.is_dir():
        return [bank]
    found = [bank / f"{name}{suffix}" for name in ("train", "test") for suffix in SUFFIXES]
    files = [file for file in found if file.is_file()]
    if not files:
        raise InputError(f"{bank} holds no bank: there is no train.jsonl, train.jsonl.gz, test.jsonl or test.jsonl.gz.")
    return files
