"""The nine benchmarks of the paper, a module each: prompt, grader, reference, and the published file it is read from.

Prompts are those of LLMRouterBench (https://github.com/ynulihao/LLMRouterBench, `evaluation/`), where it has them: nine
of its datasets are the paper's.
"""
