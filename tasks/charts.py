"""Small pictures for an artifact: bars drawn as SVG and carried inside the page itself."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, LABEL, ROW = 820, 350, 26
INK, TRACK = "#7c8594", "#9ca3af40"        # greys that can be read on Prefect's light and dark pages alike


class Bar(NamedTuple):
    """One bar: a share of the full width, its colour, what stands at its end, and where a target line goes."""

    label: str
    share: float
    colour: str
    said: str
    target: float | None = None


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A Markdown picture of horizontal bars, one under the other."""
    height = ROW * len(rows) + 8
    drawn = "".join(_bar(row, 4 + ROW * place) for place, row in enumerate(rows))
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'font-family="system-ui,sans-serif" font-size="13" fill="{INK}">{drawn}</svg>')
    return f"![{title}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def _bar(row: Bar, top: int) -> str:
    room = WIDTH - LABEL - 90
    line = ""
    if row.target is not None:
        at = LABEL + room * _within(row.target)
        line = f'<path d="M{at:.1f} {top}v20" stroke="{INK}" stroke-width="2"/>'
    return (f'<text x="{LABEL - 10}" y="{top + 15}" text-anchor="end">{escape(row.label)}</text>'
            f'<rect x="{LABEL}" y="{top + 3}" width="{room}" height="14" rx="2" fill="{TRACK}"/>'
            f'<rect x="{LABEL}" y="{top + 3}" width="{room * _within(row.share):.1f}" height="14" rx="2" '
            f'fill="{row.colour}"/>{line}<text x="{LABEL + room + 10}" y="{top + 15}">{escape(row.said)}</text>')


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
