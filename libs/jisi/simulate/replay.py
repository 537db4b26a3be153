"""Recorded responses as a responder: what a model once answered to a query is what it answers now."""

import gzip
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jisi.errors import InputError
from jisi.simulate.endpoint.chat import FIRST_REFERENCE_HEADER, ApiError, ChatRequest, Completion
from jisi.simulate.models import AT_ONCE, Pace
from jisi.simulate.tokens import count_tokens

FUSION_HEADER = "X-Jisi-Replayed-Fusion"
FUSION_FINGERPRINT = "replayed-fusion"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded response; empty where the model returned nothing."""

    text: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(slots=True)
class Recordings:
    """Responses by query and model."""

    by_query: dict[str, dict[str, Recorded]] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    """In the order of their first record."""
    responses: int = 0
    repeats: int = 0
    """Responses whose query and model were recorded before; the first stays."""

    def add(self, query: str, responses: Mapping[str, Recorded]) -> None:
        """Take in one row."""
        known = self.by_query.setdefault(query, {})
        for model, response in responses.items():
            if model in known:
                self.repeats += 1
                continue
            known[model] = response
            self.models.setdefault(model)
            self.responses += 1


def load_recordings(files: Iterable[Path]) -> Recordings:
    """Read bank files, gzipped or not; raises InputError that names file, line and field."""
    recordings = Recordings()
    for file in files:
        for place, row in _lines(file):
            query = row.get("query")
            if not isinstance(query, str):
                raise InputError(f"{place}: field `query` must be a text.")
            recordings.add(query, _responses(place, row))
    if not recordings.responses:
        raise InputError("There is no recorded response in these files.")
    return recordings


def _lines(file: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                place = f"{file}, line {number}"
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise InputError(f"{place} is not JSON: {error}") from None
                if not isinstance(row, dict):
                    raise InputError(f"{place} is not a JSON object.")
                yield place, row
    except (OSError, EOFError) as error:
        raise InputError(f"{file} cannot be read: {error}") from None


def _responses(place: str, row: Mapping[str, object]) -> dict[str, Recorded]:
    outputs, usages = row.get("raw_output"), row.get("usages") or {}
    if not isinstance(outputs, dict):
        raise InputError(f"{place}: field `raw_output` must map models to their responses.")
    if not isinstance(usages, dict):
        raise InputError(f"{place}: field `usages` must map models to token counts.")
    responses = {}
    for model, text in outputs.items():
        if text is None:
            continue
        if not isinstance(text, str):
            raise InputError(f"{place}: field `raw_output.{model}` must be a text.")
        usage = usages.get(model)
        usage = usage if isinstance(usage, dict) else {}
        responses[model] = Recorded(
            text,
            _tokens(usage.get("prompt_tokens"), str(row.get("query"))),
            _tokens(usage.get("completion_tokens"), text),
        )
    return responses


def _tokens(recorded: object, text: str) -> int:
    """Return the recorded count, else our own count of the text."""
    return int(recorded) if isinstance(recorded, int | float) else count_tokens(text)


class ReplayPool:
    """Recorded responses behind one endpoint.

    A fusion was never recorded. It replays the first reference's response to the query, and says so in its model, its
    fingerprint and a header. Its prompt is counted, for there is nothing recorded to bill.
    """

    mode = "replay"

    def __init__(self, recordings: Recordings, *, pace: Pace = AT_ONCE) -> None:
        self._recordings = recordings
        self._pace = pace

    @property
    def model_names(self) -> Sequence[str]:
        """All models with a recorded response, reference models too."""
        return list(self._recordings.models)

    def pace(self, model: str) -> Pace:  # noqa: ARG002 - one pace for all: recorded responses tell no speed
        """Return how fast responses come."""
        return self._pace

    def respond(self, request: ChatRequest) -> Completion:
        """Return the recorded response; raises ApiError (422) for what was not recorded.

        Not 404: that says the model is not there, and has every caller leave it alone for a while.
        """
        if not request.aggregator:
            recorded = self._find(request.model, request.query)
            return Completion(
                model=request.model,
                text=recorded.text,
                prompt_tokens=recorded.prompt_tokens,
                completion_tokens=recorded.completion_tokens,
                fingerprint="replayed",
            )
        reference = request.first_reference
        if reference is None:
            raise ApiError(
                400,
                f"A fusion can only be replayed when the header {FIRST_REFERENCE_HEADER} names its first reference.",
            )
        recorded = self._find(reference, request.query)
        return Completion(
            model=reference,
            text=recorded.text,
            prompt_tokens=recorded.prompt_tokens + count_tokens(request.system_text),
            completion_tokens=recorded.completion_tokens,
            fingerprint=FUSION_FINGERPRINT,
            headers={FUSION_HEADER: "first-reference"},
        )

    def _find(self, model: str, query: str) -> Recorded:
        known = self._recordings.by_query.get(query)
        if known is None:
            raise ApiError(
                422,
                "This query is in none of the replayed files: only recorded queries, word for word, can be answered.",
                code="query_not_recorded",
            )
        if model not in known:
            raise ApiError(422, f"No response of `{model}` to this query was recorded.", code="response_not_recorded")
        return known[model]


def load_with_report(files: Sequence[Path]) -> tuple[Recordings, str]:
    """Read bank files and say in a sentence what was read."""
    started = time.monotonic()
    recordings = load_recordings(files)
    repeated = f", {recordings.repeats} repeated ones left out" if recordings.repeats else ""
    return recordings, (
        f"{recordings.responses} responses of {len(recordings.models)} models to {len(recordings.by_query)} queries"
        f"{repeated}, read in {time.monotonic() - started:.1f} s"
    )
