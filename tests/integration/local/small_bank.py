"""A bank of the local experts so small that it is embedded in a moment, and `jisi` with it in place of the shipped one.

`python -m tests.integration.local.small_bank FILE ARGUMENTS...` runs jisi so.
"""

import json
import sys
from pathlib import Path

from jisi.local import bank
from jisi.local.experts import EXPERTS

_QUESTIONS = {
    "What is the capital of Italy?": "Rome",
    "What is the capital of Spain?": "Madrid",
    "What is the capital of Japan?": "Tokyo",
    "What is the opposite of hot?": "cold",
    "What is the plural of mouse?": "mice",
    "Which is larger, 73 or 37?": "73",
}


def write_small_bank(file: Path) -> int:
    """Write six questions on which each expert is right now and then, and give their number."""
    rows = []
    for index, (question, answer) in enumerate(_QUESTIONS.items()):
        right = {expert.name: (index + place) % 3 > 0 for place, expert in enumerate(EXPERTS)}
        rows.append(
            {
                "query": question,
                "dataset": "local-facts",
                "index": index,
                "split": "train",
                "records": {name: float(is_right) for name, is_right in right.items()},
                "usages": {name: {"prompt_tokens": 30, "completion_tokens": 8, "cost": 1e-6} for name in right},
                "raw_output": {name: f"It is {answer}." if is_right else "No." for name, is_right in right.items()},
            }
        )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return len(rows)


if __name__ == "__main__":
    bank.shipped_bank = lambda: Path(sys.argv[1])  # before any command is loaded, which is when it is called
    from jisi.cli.program import run

    sys.exit(run(sys.argv[2:]))
