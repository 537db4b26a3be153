"""LiveMathBench: recent competition problems, answers in LaTeX."""

from jisi.tasks.benchmark import Benchmark
from jisi.tasks.benchmarks.mathematics import read_problems
from jisi.tasks.task import TaskDescription

BENCHMARK = Benchmark(
    name="livemathbench",
    description=TaskDescription(
        title="LiveMathBench",
        homepage="https://github.com/open-compass/GPassK",
        licence="CC BY 4.0",
        data="the English configurations of https://huggingface.co/datasets/opencompass/LiveMathBench, a file each, "
        "given together or as a folder; the paper has 121 problems",
        grader="maths",
        needs=("math-verify",),
    ),
    read=read_problems,
)
