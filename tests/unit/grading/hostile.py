"""Texts that models, or those who steer them, might write to break a grader."""

from hypothesis import strategies as st

PIECES = (
    "answer", " is ", "The answer", r"\boxed{", r"\frac{", r"\sqrt", r"\text{", "}", "{", "[", "(", ")", "$", "%",
    '"answer": ', "<answer>", "</answer>", "<think>", "</think>", "```", "```python\n", "~~~", "diff --git a/x b/x\n",
    "--- a/x\n", "+++ b/x\n", "@@ -1 +1 @@\n", "[[A>>B]]", "CORRECT", "A", "(B)", "1", "0", "9" * 30, "1e999", "-",
    "/", ".", ",", "e", "=", "**", "\n", " ", "\t", "\x00", "\x1b[31m", "\ud800", "\u202e", "\N{SQUARE ROOT}",
    "\N{MINUS SIGN}", "\N{FULLWIDTH DIGIT THREE}", "\u0130", "\N{SUPERSCRIPT TWO}",
)  # fmt: skip

TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)
