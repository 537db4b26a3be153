"""What is measured, and where what came of it is kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jisi.collecting.plan import PlannedQuestion
from jisi.evaluation.recordings.preparing import file_digest
from jisi.llm.spec import Pool
from jisi.routing.settings import RoutingSettings

_DECIDING = ("JISI_ROUTING_", "JISI_SELECTOR_", "JISI_AGGREGAT")
"""What the names of such variables begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One measurement."""

    bank: Path
    """The evidence."""
    pool_file: Path | None
    """Models whose endpoints run already; None: the local ones, served for it."""
    questions: int
    seed: int
    """Of the questions; bootstrap and tests have it too."""
    in_flight: int
    """Questions under way at once."""
    samples: int
    """Of the best single model, for self-fusion and self-consistency."""
    settings: RoutingSettings
    """That the services run with."""
    variables: Mapping[str, str]
    """Of the environment, that change what the services decide or say."""

    @property
    def spec(self) -> str:
        """The questions as a task."""
        return f"local:{self.questions}:{self.seed}"


def deciding(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that change what the services decide or say."""
    return {name: value for name, value in sorted(environment.items()) if name.startswith(_DECIDING)}


def folder_of(parent: Path, plan: Plan, pool: Pool, questions: Sequence[PlannedQuestion]) -> Path:
    """Name the folder of a measurement by all that its answers depend on: what is resumed is the same measurement."""
    depends = {
        "bank": file_digest(plan.bank),
        "pool": [spec.model_dump(mode="json", exclude={"base_url"}) for spec in pool.eligible],
        "questions": [(one.id, one.prompt, one.reference_digest) for one in questions],
        "samples": plan.samples,
        "settings": asdict(plan.settings),
        "variables": dict(plan.variables),
    }
    digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:12]
    return parent / f"local-{plan.questions}-{plan.seed}-{digest}"
