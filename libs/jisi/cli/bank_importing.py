"""Importing files into the bank of a database, with a bar."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.artefacts import cache_folder
from jisi.cli.bank_display import import_bar
from jisi.cli.output import notes
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder
from jisi.support.identity import TokenBasis
from jisi.support.importing import ImportBank, ImportReport
from jisi.support.lines import Split


async def import_with_bar(
    engine: AsyncEngine,
    files: Sequence[Path],
    *,
    split: Split | None = None,
    token_basis: TokenBasis | None = None,
    skip_bad: bool = False,
    merge: bool = False,
    cache: bool = True,
) -> tuple[ImportReport, int]:
    """Import the files, and give also how many texts were known from an earlier import.

    Args:
        engine: of the database.
        files: bank files.
        split: only items of this split.
        token_basis: what completion tokens count; None: as the bank does.
        skip_bad: leave out lines that are wrong.
        merge: add to items that are there.
        cache: keep vectors in the user's cache folder for the next import.
    """
    embedder = create_embedder(EmbedderSettings())
    cached = CachedEmbedder(embedder=embedder, folder=cache_folder() / "embeddings") if cache else None
    try:
        with import_bar(notes()) as bar:
            importer = ImportBank(engine=engine, embedder=cached or embedder, progress=bar)
            report = await importer.run(files, split=split, token_basis=token_basis, skip_bad=skip_bad, merge=merge)
    finally:
        await embedder.close()
    return report, cached.hits if cached else 0
