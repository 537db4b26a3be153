"""The error tree: what the caller should do about a failure decides its class.

    JisiError
    ├── TransientError    pause and redeliver or retry: nobody's fault, it will pass
    └── PermanentError    never retry: dead-letter it and tell the asker
        └── InputError    the text or file given is wrong: says where and what to do

Anything else that is raised is a bug: it is dead-lettered with its traceback. Leaves live beside the code that raises
them.
"""

from typing import ClassVar


class JisiError(Exception):
    """Base of all errors raised on purpose; `code` is its stable name on the wire."""

    code: ClassVar[str] = "error"


class TransientError(JisiError):
    """Something is down or busy for now: wait and try again."""

    code: ClassVar[str] = "transient"


class PermanentError(JisiError):
    """Trying again cannot help: the message is dead-lettered and its query fails with this reason."""

    code: ClassVar[str] = "permanent"


class InputError(PermanentError):
    """What was given is wrong; the message says where and what to do about it."""

    code: ClassVar[str] = "invalid"
