"""Server-sent events, read from bytes as they come: the hot path, some thousand calls a second."""

MAX_EVENT_BYTES = 32 * 1024 * 1024
"""A longer event is no token of a model: the endpoint is broken, and memory finite."""


class EventTooLongError(ValueError):
    """An event does not end."""


class EventReader:
    """Cuts a byte stream into the data of its events.

    Lines end with LF or CRLF. Comments, event names and ids carry nothing in the OpenAI protocol and are left out; the
    data lines of one event are joined by a line feed.
    """

    __slots__ = ("_data", "_kept", "_parts")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line whose end has not come; joined once, however many
        self._kept = 0
        self._data: list[bytes] = []  # data lines of the event being read

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes and return the data of the events they complete.

        Raises:
            EventTooLongError: an event above MAX_EVENT_BYTES.
        """
        end = chunk.rfind(b"\n")
        if end < 0:
            self._keep(chunk)
            return []
        whole = chunk[:end]
        if self._parts:
            whole = b"".join((*self._parts, whole))
            self._parts.clear()
        events = self._read_lines(whole.split(b"\n"))
        self._kept = sum(map(len, self._data))
        if end + 1 < len(chunk):
            self._keep(chunk[end + 1 :])
        return events

    def finish(self) -> list[bytes]:
        """Return what is left of an event whose end the endpoint did not write."""
        events = self.feed(b"\n\n")
        self._parts.clear()
        return events

    def _read_lines(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        data = self._data
        for raw in lines:
            line = raw[:-1] if raw[-1:] == b"\r" else raw
            if not line:
                if data:
                    events.append(data[0] if len(data) == 1 else b"\n".join(data))
                    data.clear()
            elif line[:5] == b"data:":
                data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line[:6] == b"error:":  # as older llama.cpp servers say it
                data.append(b'{"error":' + line[6:] + b"}")
        return events

    def _keep(self, part: bytes) -> None:
        self._kept += len(part)
        if self._kept > MAX_EVENT_BYTES:
            raise EventTooLongError(f"an event of more than {MAX_EVENT_BYTES} bytes")
        self._parts.append(part)
