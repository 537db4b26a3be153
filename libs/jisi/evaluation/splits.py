"""Which rows are evidence and which are tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from jisi.errors import InputError
from jisi.evaluation.recordings.recordings import Recordings
from jisi.routing.arrays import Flags, Positions


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One division of the rows, in order."""

    train: Positions
    test: Positions


class LeaveOneOut(Sequence[Fold]):
    """Each row tested on all others; folds are made when asked for: together they would hold every pair of rows."""

    def __init__(self, rows: Positions) -> None:
        """Take the rows, each of which is left out once, in this order."""
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Fold: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Fold]: ...

    def __getitem__(self, place: int | slice) -> Fold | Sequence[Fold]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        return Fold(np.delete(self.rows, place), self.rows[place, np.newaxis])


def own_split(recordings: Recordings, *, first_test_row: int | None = None) -> list[Fold]:
    """Divide as the files say: their train rows are evidence for their test rows.

    `first_test_row`: rows from there on are tested whatever their split, for they are of files given by --test; of the
    rows before, those of split "train" are evidence.

    Raises:
        InputError: there are no rows of one kind.
    """
    train = _is_train(recordings)
    test = ~train
    if first_test_row is not None:
        train[first_test_row:] = False
        test = np.arange(len(recordings)) >= first_test_row
    for wanted, there in (("train", train), ("test", test)):
        if not there.any():
            raise InputError(
                f'The files have no row of split "{wanted}": give the file of the test rows by --test, or divide the '
                "train rows by --split folds or --split leave-one-out."
            )
    return [Fold(np.flatnonzero(train), np.flatnonzero(test))]


def k_folds(recordings: Recordings, folds: int, *, seed: int) -> list[Fold]:
    """Divide each dataset's train rows into so many parts by lot; each is tested on the others (`--split folds`).

    Test rows of the files are left out: settings are chosen by this, and must never have seen them.

    Raises:
        InputError: fewer train rows than folds, or fewer than 2 folds.
    """
    rows = train_rows(recordings)
    if folds < 2 or len(rows) < folds:  # noqa: PLR2004 - one part would have nothing to learn from
        raise InputError(f"{len(rows)} train rows cannot be divided into {folds} folds: take from 2 to {len(rows)}.")
    lots = np.random.default_rng(seed)
    part = np.empty(len(rows), np.int64)
    dealt = 0
    for dataset in range(len(recordings.dataset_names)):
        members = np.flatnonzero(recordings.datasets[rows] == dataset)
        part[lots.permutation(members)] = (dealt + np.arange(len(members))) % folds
        dealt += len(members)
    return [Fold(rows[part != fold], rows[part == fold]) for fold in range(folds)]


def leave_one_out(recordings: Recordings) -> LeaveOneOut:
    """Test each train row on all others (`--split leave-one-out`).

    Raises:
        InputError: fewer than 2 train rows.
    """
    rows = train_rows(recordings)
    if len(rows) < 2:  # noqa: PLR2004 - the other one is the evidence
        raise InputError(f"Leaving one out takes at least 2 train rows; the bank has {len(rows)}.")
    return LeaveOneOut(rows)


def train_rows(recordings: Recordings) -> Positions:
    """Give the rows that may be learnt from."""
    return np.flatnonzero(_is_train(recordings))


def rows_under_test(folds: Sequence[Fold]) -> Positions:
    """Give all tested rows, fold after fold."""
    return folds.rows if isinstance(folds, LeaveOneOut) else np.concatenate([fold.test for fold in folds])


def _is_train(recordings: Recordings) -> Flags:
    return np.array([key.split == "train" for key in recordings.keys], np.bool_)
