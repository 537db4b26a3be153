"""Runs programs that models wrote: in a process of their own, without network, within limits, leaving nothing."""

from jisi.grading.sandbox.sandbox import End, Isolation, Limits, Run, Sandbox

__all__ = ["End", "Isolation", "Limits", "Run", "Sandbox"]
