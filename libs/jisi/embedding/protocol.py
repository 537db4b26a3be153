"""What every embedder offers, whichever way it computes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into unit vectors; text beyond the model's window keeps its tail (ALGORITHM.md 0)."""

    @property
    def identity(self) -> str:
        """Name of model and window, e.g. `all-MiniLM-L6-v2/tail-254`: equal identities give equal vectors.

        A bank records it.
        """
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts in order: shape (len(texts), dimensions), float32, rows of unit norm.

        A vector does not depend on its neighbours in the call. Raises TransientError when an endpoint is unreachable.
        """
        ...

    async def close(self) -> None:
        """Release threads and connections."""
        ...
