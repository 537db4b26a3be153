"""Importing a bank on the way to something else: how far it is is told in words, and its vectors are kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.remembering import remembering_embedder
from jisi.support.importing import ImportBank, ImportReport
from jisi.support.lines import Split
from jisi.support.scan import Scan
from jisi.support.store import Written

Say = Callable[[str], None]


@dataclass(slots=True)
class SaidImport:
    """Tells how far an import is, in words, each time a twentieth more is done."""

    say: Say
    total: int = 0
    done: int = 0
    told: int = field(default=-1)

    def begin(self, found: Scan) -> None:
        """Say how much there is to do."""
        self.total = found.texts

    def embedded(self, texts: int) -> None:
        """Say how much is done."""
        self.done += texts
        percent = 20 * self.done // max(1, self.total) * 5
        if percent != self.told:
            self.told = percent
            self.say(f"embedding the bank: {self.done:,} of {self.total:,} texts, {percent}%")

    def committed(self, written: Written) -> None:
        """Nothing to say: the percentage tells it."""


async def import_files(
    engine: AsyncEngine, files: Iterable[Path], *, say: Say, split: Split | None = None
) -> ImportReport:
    """Import bank files with vectors kept in the user's cache: the next database needs no embedding."""
    async with remembering_embedder() as embedder:
        return await ImportBank(engine=engine, embedder=embedder, progress=SaidImport(say)).run(files, split=split)
