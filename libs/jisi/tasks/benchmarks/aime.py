"""AIME: problems of the American Invitational Mathematics Examination, whose answers are integers from 0 to 999."""

from jisi.tasks.benchmark import Benchmark
from jisi.tasks.benchmarks.mathematics import read_problems
from jisi.tasks.task import TaskDescription

BENCHMARK = Benchmark(
    name="aime",
    description=TaskDescription(
        title="AIME 2024 and 2025",
        homepage="https://maa.org/maa-invitational-competitions/",
        licence="of the Mathematical Association of America, all rights reserved; see the card of the data set",
        data="AIME 2024 (https://huggingface.co/datasets/Maxwell-Jia/AIME_2024) and 2025 "
        "(https://huggingface.co/datasets/opencompass/AIME2025), 30 problems each",
        grader="maths",
        needs=("math-verify",),
    ),
    read=read_problems,
)
