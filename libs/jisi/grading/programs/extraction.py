"""The program in a response."""

import ast
from dataclasses import dataclass

from jisi.contracts.texts import visible_text

LONGEST_PROGRAM = 200_000
"""Characters."""
_FENCES = ("```", "~~~")
_PYTHON = frozenset({"", "python", "python3", "py"})


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    text: str


def program_in(response: str) -> str | None:
    """Give the last fenced block that may be Python, else the whole response where that is Python; None: no program."""
    text = visible_text(response)
    blocks = [block for block in _blocks(text) if block.text.strip()]
    python = [block for block in blocks if block.language in _PYTHON]
    if blocks:
        program = (python or blocks)[-1].text
        return program if len(program) <= LONGEST_PROGRAM else None
    return text if _parses(text) else None


def last_block(response: str, languages: frozenset[str]) -> str | None:
    """Give the last fenced block in one of these languages."""
    return next((one.text for one in reversed(_blocks(visible_text(response))) if one.language in languages), None)


def _blocks(text: str) -> list[_Block]:
    """All fenced blocks that are closed, by Markdown's rule: the closing fence is as long as the opening one."""
    blocks: list[_Block] = []
    fence, language = "", ""
    lines: list[str] = []
    for line in text.splitlines():
        mark = line.strip()
        if not fence:
            if mark.startswith(_FENCES):
                fence = mark[: len(mark) - len(mark.lstrip(mark[0]))]
                language = mark[len(fence) :].strip().partition(" ")[0].lower()
                lines = []
        elif mark.startswith(fence) and not mark.strip(fence[0]):
            blocks.append(_Block(language, "\n".join(lines) + "\n"))
            fence = ""
        else:
            lines.append(line)
    return blocks


def _parses(text: str) -> bool:
    if len(text) > LONGEST_PROGRAM:
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(one, ast.Expr) for one in tree.body)  # a word is an expression, too
