"""Questions of one's own at a terminal, one after the other, while everything still runs."""

import asyncio
import sys
from collections.abc import AsyncGenerator

from rich.text import Text

from jisi.cli.output import notes

ASKING = "Ask your own question (empty to end)"


def is_asked() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


async def own_questions() -> AsyncGenerator[str, None]:
    """Give what is typed, a line a question, until an empty line or the end of the input."""
    while True:
        notes().print()
        notes().print(Text(f"{ASKING}: ", "bold magenta"), end="")
        line = await _typed_line()
        if not line.strip():
            return
        yield line.strip()


async def _typed_line() -> str:
    """Wait for a line without a thread, which nothing could end: a terminal is readable once a line is complete."""
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.buffer.readline().decode("utf-8", "replace")
