"""Letters for tests: made from real layouts, and read back as a scanner and an eye would."""

import re
from io import BytesIO
from typing import NamedTuple

from pypdf import PageObject, PdfReader

from doorstep.barcode import PATTERNS

# A layout as it was kept with letters of old, before one run printed many.
OLD_LAYOUT = """\
#let letter = json(bytes(sys.inputs.letter))
#let post = json(bytes(sys.inputs.post))
#set page(paper: "a4")
#set text(font: ("Noto Sans", "Noto Sans Arabic"))
#letter.sender #linebreak() #post.address.join(linebreak()) #linebreak() #post.date #linebreak() #letter.heading
"""


class Run(NamedTuple):
    """A piece of text on a page: millimetres from its left and top edges to where it begins, and its size in points."""

    text: str
    x: float
    y: float
    size: float


def pages_of(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(BytesIO(pdf)).pages)


def said(page: PageObject) -> str:
    """What a page says, in one line."""
    return " ".join(page.extract_text().split())


def drawing(page: PageObject) -> bytes:
    """What a page is drawn with, as the file says it."""
    contents = page.get_contents()
    assert contents is not None
    return contents.get_data()


def runs(page: PageObject) -> list[Run]:
    """The page's pieces of text in their places."""
    found: list[Run] = []
    high = float(page.mediabox.height)

    def visit(text: str, place: list[float], _line: list[float], _font: object, size: float) -> None:
        if text.strip():
            found.append(Run(text.strip(), place[4] / 72 * 25.4, (high - place[5]) / 72 * 25.4, size))

    page.extract_text(visitor_text=visit)
    return found


def paper(page: PageObject) -> tuple[int, int]:
    """Width and height in millimetres."""
    return round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4)


def widths(page: PageObject) -> list[float]:
    """The bars and spaces that are drawn, in points."""
    [drawn] = re.findall(rb"\[([\d. ]{40,})\] ?0 d", drawing(page))
    return [float(width) for width in drawn.split()]


def scanned(page: PageObject) -> str:
    """What a scanner reads from the bars."""
    drawn = [width for width in widths(page) if width]
    module = sum(drawn) / (11 * ((len(drawn) - 7) // 6) + 13)
    return decoded([round(width / module) for width in drawn])


def decoded(modules: list[int]) -> str:
    """Code 128 from the widths of its bars and spaces."""
    assert len(modules) % 6 == 1
    signs = ["".join(map(str, modules[at:at + 6])) for at in range(0, len(modules) - 7, 6)]
    values = [PATTERNS.index(sign) for sign in signs]
    assert "".join(map(str, modules[-7:])) == "2331112", "the stop sign is missing"
    start, *body, check = values
    assert (start + sum(place * value for place, value in enumerate(body, 1))) % 103 == check
    letters, pairs = "", {104: False, 105: True}[start]
    for value in body:
        if value == (100 if pairs else 99):
            pairs = not pairs
        else:
            letters += f"{value:02d}" if pairs else chr(value + 32)
    return letters
