"""The grader of patches, by a repository's own tests in a container."""

from jisi.grading.patches.containers import ContainerEngine
from jisi.grading.patches.tests import PatchTests

__all__ = ["ContainerEngine", "PatchTests"]
