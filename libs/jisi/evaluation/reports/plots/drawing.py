"""Figures to inline SVG whose colours are those of the page, light or dark.

Matplotlib knows fixed colours alone, so figures are drawn in stand-ins that become CSS variables afterwards.
"""

import io
import re
from collections.abc import Callable, Mapping
from html import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#0a0000"
MUTED = "#0a0001"
GRID = "#0a0002"
SERIES = tuple(f"#0b00{place:02x}" for place in range(6))
"""Colours of curves, told apart by the colour-blind too (Okabe and Ito); taken in turn."""
GAIN, LOSS = SERIES[0], SERIES[1]

VARIABLES: Mapping[str, str] = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    **{stand_in: f"var(--series-{place})" for place, stand_in in enumerate(SERIES)},
}
"""The page defines these."""

_STYLE: Mapping[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "jisi",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
_REFERENCE = re.compile(r'(\sid="|href="#|url\(#)')


def svg(build: Callable[[], Figure], *, identity: str, description: str, tips: Mapping[str, str] | None = None) -> str:
    """Draw a figure as an `svg` element for a page.

    Args:
        build: makes the figure, under the style of all of them.
        identity: of the plot within its page; ids in the SVG begin with it.
        description: what is read aloud in place of it.
        tips: what is shown at an artist, by its gid.
    """
    buffer = io.StringIO()
    with rc_context(dict(_STYLE)):  # type: ignore[arg-type] # the stubs list every key
        build().savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
    for stand_in, variable in VARIABLES.items():
        drawn = drawn.replace(stand_in, variable)
    for gid, tip in (tips or {}).items():
        drawn = drawn.replace(f'<g id="{gid}">', f'<g id="{gid}"><title>{escape(tip)}</title>', 1)
    return _REFERENCE.sub(rf"\g<1>{identity}-", drawn)


def series_colour(place: int) -> str:
    """Give the colour of a curve by its number."""
    return SERIES[place % len(SERIES)]


def literal(text: str) -> str:
    """Write a name as it is: two dollar signs would make mathematics of it."""
    return text.replace("$", r"\$")


def light_grid(axes: Axes) -> None:
    """Draw lines to read values by."""
    axes.grid(visible=True)
