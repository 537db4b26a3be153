"""Names beside points, as many as there is room for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from jisi.evaluation.reports.plots.drawing import INK, literal

_SIZE = 8
_WIDTH, _HEIGHT = 0.62 * _SIZE, 1.25 * _SIZE
"""Of a character, in points; page fonts differ by a little."""
_GAP = 5
_REACH = 3
"""Of a mark around its middle."""


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def within(self, other: "_Box") -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )


def label_points(
    axes: Axes, points: Sequence[tuple[float, float, str]], *, lines: Sequence[tuple[float, float]] = ()
) -> None:
    """Write names beside points, the most important first; what finds no free place stays without.

    The limits and the place of the axes must be settled: the figure has been laid out. `lines` are the corners of a
    line that is kept free, whose parts are level or upright.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = 72 / figure.dpi
    window = axes.get_window_extent()
    frame = _Box(window.x0 * scale, window.y0 * scale, window.x1 * scale, window.y1 * scale)
    places = [tuple(axes.transData.transform((x, y)) * scale) for x, y, _ in points]
    corners = [tuple(axes.transData.transform(corner) * scale) for corner in lines]
    taken = [_around(place, place) for place in places]
    taken += [_around(start, end) for start, end in pairwise(corners)]
    for (x, y, name), (left, bottom) in zip(points, places, strict=True):
        for right, up in _offsets(len(name) * _WIDTH):
            box = _Box(left + right, bottom + up, left + right + len(name) * _WIDTH, bottom + up + _HEIGHT)
            if box.within(frame) and not any(box.meets(other) for other in taken):
                taken.append(box)
                axes.annotate(
                    literal(name), (x, y), (right, up + 2), textcoords="offset points", fontsize=_SIZE, color=INK
                )
                break


def _around(start: tuple[float, ...], end: tuple[float, ...]) -> _Box:
    """Give the room of a point, or of a level or upright line."""
    (left, right), (bottom, top) = (sorted(pair) for pair in zip(start, end, strict=True))
    return _Box(left - _REACH, bottom - _REACH, right + _REACH, top + _REACH)


def _offsets(width: float) -> Iterable[tuple[float, float]]:
    """Give where a name may begin: right of the point, left, above, below."""
    middle = -_HEIGHT / 2
    yield _GAP, middle
    yield -_GAP - width, middle
    for up in (_GAP, -_GAP - _HEIGHT):
        for right in (-width / 2, 0.0, -width):
            yield right, up
