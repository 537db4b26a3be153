"""The topics: one an event, versioned by name; their dead-letter topics; the consumer groups."""

from dataclasses import dataclass
from typing import Literal

Service = Literal["router", "generator", "switch", "aggregator"]

DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class Topics:
    """Names of all topics; a prefix lets several systems share one Kafka cluster."""

    prefix: str = ""

    @property
    def queries(self) -> str:
        """Public: queries and cancellations, from users to the router."""
        return f"{self.prefix}jisi.queries.v1"

    @property
    def generation(self) -> str:
        """One expert to be asked: router to generator."""
        return f"{self.prefix}jisi.generation.v1"

    @property
    def responses(self) -> str:
        """An expert's response is stored, or a wave is closed: generator to router."""
        return f"{self.prefix}jisi.responses.v1"

    @property
    def candidates(self) -> str:
        """The candidate experts stand: router to switch."""
        return f"{self.prefix}jisi.candidates.v1"

    @property
    def aggregation(self) -> str:
        """References are to be fused: switch to aggregator."""
        return f"{self.prefix}jisi.aggregation.v1"

    @property
    def answers(self) -> str:
        """Public: exactly one answer for each query."""
        return f"{self.prefix}jisi.answers.v1"

    @property
    def progress(self) -> str:
        """Public: stage events for people and consoles; best effort, never to be relied on."""
        return f"{self.prefix}jisi.progress.v1"

    @property
    def consumed(self) -> tuple[str, ...]:
        """Topics that a service consumes; each has a dead-letter topic."""
        return (self.queries, self.generation, self.responses, self.candidates, self.aggregation)

    @property
    def all(self) -> tuple[str, ...]:
        """Every topic, dead-letter topics included."""
        dead = tuple(self.dead_letters(topic) for topic in self.consumed)
        return (*self.consumed, self.answers, self.progress, *dead)

    def dead_letters(self, topic: str) -> str:
        """Name of the dead-letter topic of a topic."""
        return f"{topic}{DEAD_LETTER_SUFFIX}"

    def group(self, service: Service) -> str:
        """Name of a service's consumer group: its replicas share the topic's partitions."""
        return f"{self.prefix}jisi-{service}"
