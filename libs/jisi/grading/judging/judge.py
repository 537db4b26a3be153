"""A judge: a model that is shown responses and asked for a verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jisi.contracts.texts import is_usable, storable, visible_text
from jisi.grading.protocol import GradingUnavailableError, JudgeCall
from jisi.llm.client import CallMeter, LLMClient
from jisi.llm.errors import ContextOverflow, LLMError
from jisi.llm.prices import cost_usd
from jisi.llm.quoting import neutralised, new_boundary
from jisi.llm.request import Message
from jisi.llm.spec import ModelSpec

_LONGEST_QUOTE = 60_000
"""Characters of a response that a judge is shown, unless its context is too small for that."""
_SHORTEST_QUOTE = 2_000
_CUT = "\n[... a part is left out here ...]\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Puts untrusted texts between lines they cannot contain."""

    boundary: str
    longest: int
    """Characters of each text; of a longer one the middle is left out."""

    def of(self, name: str, text: str) -> str:
        """Give a text, its reasoning taken away, between its opening and closing lines."""
        shown = storable(visible_text(text)).strip()
        if len(shown) > self.longest:
            half = self.longest // 2
            shown = shown[:half] + _CUT + shown[-half:]
        name = name.upper()
        quoted = neutralised(shown, self.boundary)
        return f"<<<{name} {self.boundary}>>>\n{quoted}\n<<<END OF {name} {self.boundary}>>>"


def quoting_messages(instructions: str, texts: Mapping[str, str], request: str, *, longest: int) -> list[Message]:
    """Write to a judge: what it is to do, with `{boundary}` in it, the texts by name, quoted, and what it replies."""
    quotation = Quotation(boundary=new_boundary(), longest=longest)
    quoted = [quotation.of(name, text) for name, text in texts.items()]
    return [
        {"role": "system", "content": instructions.format(boundary=quotation.boundary)},
        {"role": "user", "content": "\n\n".join((*quoted, request))},
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a judge said, without its reasoning, and what that cost."""

    text: str
    call: JudgeCall


class Judge:
    """Asks one model; the client is the caller's, who closes it."""

    def __init__(self, client: LLMClient, spec: ModelSpec, *, max_tokens: int = 8192) -> None:
        """Ask nothing yet.

        Args:
            client: through which the judge is asked.
            spec: which model; what it is told of sampling holds, and temperature 0 where that says nothing.
            max_tokens: longest verdict, the judge's reasoning included.
        """
        self._client = client
        self._spec = spec
        self._max_tokens = max_tokens

    async def ask(self, write: Callable[[int], Sequence[Message]]) -> Said:
        """Ask once; again with shorter quotations where they do not fit into the judge's context.

        Args:
            write: gives the messages, with quotations of at most so many characters.

        Raises:
            GradingUnavailableError: the judge could not be asked now, or its verdict is not whole.
            LLMError: it cannot be asked at all until the pool file or the key is mended.
        """
        longest = _LONGEST_QUOTE
        while True:
            try:
                return await self._ask(write(longest))
            except ContextOverflow as error:
                longest //= 2
                if longest < _SHORTEST_QUOTE:
                    raise GradingUnavailableError(f"the judge's context is too small: {error}") from error

    async def _ask(self, messages: Sequence[Message]) -> Said:
        spec, meter = self._spec, CallMeter()
        try:
            completion = await self._client.complete(
                spec,
                messages,
                max_tokens=self._max_tokens,
                timeout_seconds=spec.timeouts.total_seconds,
                meter=meter,
                temperature=0.0 if spec.sampling.temperature is None else None,
            )
        except LLMError as error:
            if error.transient:
                raise GradingUnavailableError(f"the judge did not answer: {error}", calls=self._paid(meter)) from error
            raise
        if completion.cut_off or not is_usable(completion.text):
            ended = completion.finish_reason or "without a reason"
            raise GradingUnavailableError(f"the judge gave no whole verdict: {ended}", calls=self._paid(meter))
        return Said(text=visible_text(completion.text).strip(), call=self._call(meter))

    def _call(self, meter: CallMeter) -> JudgeCall:
        usage = meter.usage()
        return JudgeCall(
            model=self._spec.name,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_usd=cost_usd(self._spec, usage),
        )

    def _paid(self, meter: CallMeter) -> tuple[JudgeCall, ...]:
        call = self._call(meter)
        return (call,) if call.prompt_tokens + call.completion_tokens else ()
