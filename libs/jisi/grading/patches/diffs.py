"""The patch in a response, and the files that a patch touches."""

import re

from jisi.contracts.texts import visible_text
from jisi.grading.programs.extraction import last_block

LONGEST_PATCH = 1_000_000
"""Characters."""
_LANGUAGES = frozenset({"diff", "patch"})
_BEGINS = re.compile(r"^(?:diff --git |--- (?:a/|/dev/null))", re.MULTILINE)
_FILE = re.compile(r"^\+\+\+ b/([^\t\n]+)|^--- a/([^\t\n]+)", re.MULTILINE)


def patch_in(response: str) -> str | None:
    """Give the last block fenced as a diff, else what begins like one; None where there is none."""
    text = visible_text(response)
    patch = last_block(response, _LANGUAGES)
    if patch is None:
        begins = _BEGINS.search(text)
        patch = None if begins is None else text[begins.start() :].partition("\n```")[0]
    if patch is None or not _BEGINS.search(patch) or len(patch) > LONGEST_PATCH:
        return None
    return patch if patch.endswith("\n") else f"{patch}\n"


def files_of(patch: str) -> list[str]:
    """Give the files a patch changes, makes or removes, each once."""
    return list(dict.fromkeys(found[1] or found[2] for found in _FILE.finditer(patch)))
