"""Letters as PDF: presses that are kept warm; a letter is its layout, its data, an address and the day it is dated."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from queue import LifoQueue
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import typst

from doorstep.barcode import code128
from doorstep.errors import Permanent, Transient
from doorstep.facts.clean import clean, reads_rtl
from doorstep.facts.phrases import say_day
from doorstep.fonts import folders, printable

Window = Literal["din", "uk"]             # the envelope's; both are described in the layout
Form = Literal["a4", "a5", "a6"]
ARCHIVE: Literal["a-2b"] = "a-2b"         # PDF/A: every font inside, nothing that plays, fetches or asks
ALPHABET, UNSET = "alphabet", "unset"     # why a letter cannot be printed, in a word
ONE_PAGE, NUMBERED = {"numbered": "no"}, {"numbered": "yes"}
_PAGE = re.compile(rb"/Type/Page\b")
_MANY = "sys.inputs.letters"              # by this a layout says that it prints many; those of old print one
_ROW = 38                                 # letters of an address line that surely fit the window at its smallest size
_ROWS = 7                                 # such lines that fit
_MOST = _ROW * (_ROWS + 1)                # of an address line, so that one too long is seen to be, and not cut
_PLENTY = {False: (24, 5), True: (18, 4)}     # rows of so many letters fit unmeasured; in large print fewer
_FORGETS_AFTER = 10                       # runs after which a press lets go of what it keeps in mind, see `_rest`


class Letter(NamedTuple):
    """One letter to print. `data` is what a skeleton filled; the texts are clean."""

    layout: str                           # typst source
    data: str
    address: tuple[str, ...]
    ref: str = ""                         # printed as bars and digits; nothing is printed where it is empty
    large_print: bool = False
    hanger: bool = False                  # a card for the door handle, without an address

    @property
    def form(self) -> Form:
        """The paper; a card in large print needs one twice as large."""
        return "a4" if not self.hanger else "a5" if self.large_print else "a6"


class Printed(NamedTuple):
    """A PDF of many letters, and how many pages each of them has."""

    pdf: bytes
    pages: list[int]


class PressRoom:
    """Prints letters, several at a time where there are processors for it. The same input makes the same bytes."""

    def __init__(self) -> None:
        self.size = min(4, os.cpu_count() or 1)

    @cached_property
    def _fonts(self) -> "typst.Fonts":
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders())

    @cached_property
    def _presses(self) -> "LifoQueue[typst.Compiler]":
        presses: LifoQueue[typst.Compiler] = LifoQueue()
        for _ in range(self.size):
            presses.put(typst.Compiler(font_paths=self._fonts))
        return presses

    @cached_property
    def _shelf(self) -> "TemporaryDirectory[str]":
        return TemporaryDirectory(prefix="doorstep-layouts-")

    def pdf(self, layout: str, letter: str, *, address: Sequence[str], now: int, zone: ZoneInfo, ref: str = "",
            large_print: bool = False, hanger: bool = False, window: Window = "din") -> bytes:
        """One letter. Raises Permanent for one whose words or address have letters that no font here has."""
        wanted = Letter(layout, letter, tuple(address), ref, large_print, hanger)
        if not prints_many(layout):
            return self._old(wanted, now, zone)
        data = _data([fit_to_print(wanted)], now=now, zone=zone, window=window)
        made = self._run(layout, data | ONE_PAGE, now)
        return made if pages(made) == 1 else self._run(layout, data | NUMBERED, now)

    def batch(self, letters: Sequence[Letter], *, now: int, zone: ZoneInfo, window: Window) -> Printed:
        """Letters of one layout, in their order, in one run; they are fit to print, see `fit_to_print`.

        Raises Permanent with UNSET where one of them cannot be set."""
        [layout] = {letter.layout for letter in letters}
        if not prints_many(layout):
            [letter] = letters
            pdf = self._old(letter, now, zone)
            return Printed(pdf, [pages(pdf)])
        data = _data(letters, now=now, zone=zone, window=window)
        try:
            return self._batch(layout, data, now, len(letters))
        except typst.TypstError as error:
            raise Permanent(UNSET) from error
        finally:
            self._rest()

    def _batch(self, layout: str, data: dict[str, str], now: int, count: int) -> Printed:
        made = self._run(layout, data | ONE_PAGE, now, tags=False)
        if pages(made) == count:                     # each letter begins a page: then each is one page
            return Printed(made, [1] * count)
        press = typst.Compiler(self._on_file(layout), root=self._shelf.name, font_paths=self._fonts, sys_inputs=data | NUMBERED)
        made = _whole(press.compile(format="pdf", timestamp=now, pdf_standards=ARCHIVE, pdf_tags=False))
        last = [page for page in json.loads(press.query("metadata", field="value")) if page]
        return Printed(made, [page - before for page, before in zip(last, [0, *last], strict=False)])

    def _run(self, layout: str, inputs: Mapping[str, str], now: int, *, archive: bool = True, tags: bool = True) -> bytes:
        """Tags are for readers of screens; in a file for a print house they are two thirds of its size."""
        press = self._presses.get()
        try:
            # Data goes in beside the source, never into it: a name cannot become typst code.
            return _whole(press.compile(input=layout.encode(), format="pdf", timestamp=now, sys_inputs=dict(inputs),
                                        pdf_standards=ARCHIVE if archive else None, pdf_tags=tags))
        finally:
            self._presses.put(press)

    def _old(self, letter: Letter, now: int, zone: ZoneInfo) -> bytes:
        """By a layout kept from before: to the byte as it was then."""
        day, spoken = datetime.fromtimestamp(now, zone).date().isoformat(), json.loads(letter.data)
        post = json.dumps({"address": letter.address, "date": _said(day, spoken["locale"], spoken["day"])}, ensure_ascii=False)
        return self._run(letter.layout, {"letter": letter.data, "post": post}, now, archive=False)

    def _on_file(self, layout: str) -> Path:
        """The layout as a file: only a file's pages can be counted."""
        try:
            path = Path(self._shelf.name, f"{sha256(layout.encode()).hexdigest()}.typ")
            if not path.exists():
                path.with_suffix(".new").write_text(layout, "utf-8")
                path.with_suffix(".new").replace(path)
            return path
        except OSError as error:
            raise Transient(f"letters cannot be printed: {error.strerror}", code="full") from error

    def _rest(self) -> None:
        """Typst keeps what it set in mind until some runs later: 200 MB for each batch of letters, none like the other."""
        press = self._presses.get()
        for _ in range(_FORGETS_AFTER + 1):
            press.compile(input=b"", format="pdf")
        self._presses.put(press)


def prints_many(layout: str) -> bool:
    """Whether a layout prints many letters in one run; those kept from before it could do so print one."""
    return _MANY in layout


def fit_to_print(letter: Letter) -> Letter:
    """The letter without the signs that no font has. Raises Permanent with ALPHABET where it needs letters that none has."""
    data, lines = printable(letter.data), [printable(line) for line in letter.address]
    if data is None or None in lines:
        raise Permanent(ALPHABET)
    return letter._replace(data=data, address=tuple(line for line in lines if line))


def window_lines(lines: Sequence[str], name: str = "") -> tuple[str, ...] | None:
    """An address as it stands in the window; None where a postman could do nothing with it, or it would not fit."""
    kept = tuple(filter(None, (clean(line, _MOST).strip() for line in lines)))
    return kept if any(line != clean(name).strip() for line in kept) and _rows(kept, _ROW) <= _ROWS else None


def _rows(lines: Sequence[str], row: int) -> int:
    return sum(-(-len(line) // row) for line in lines)


def pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    return len(_PAGE.findall(pdf))


def _whole(made: bytes | list[bytes] | None) -> bytes:
    return made if isinstance(made, bytes) else b"".join(made or ())      # typst's types allow for one file to the page


def _data(letters: Sequence[Letter], *, now: int, zone: ZoneInfo, window: Window) -> dict[str, str]:
    day = datetime.fromtimestamp(now, zone).date().isoformat()
    each = (f'{{"letter":{letter.data},"post":{json.dumps(_post(letter, day, window), ensure_ascii=False)}}}'
            for letter in letters)
    return {"letters": f"[{','.join(each)}]"}


def _post(letter: Letter, day: str, window: Window) -> dict[str, Any]:
    spoken = json.loads(letter.data)
    rtl = sum(map(reads_rtl, letter.address)) * 2 > len(letter.address) - bool(spoken["rtl"])
    row, rows = _PLENTY[letter.large_print]
    return {
        "address": letter.address, "address_rtl": rtl, "address_long": _rows(letter.address, row) > rows,
        "date": _said(day, spoken["locale"], spoken["day"]), "ref": letter.ref,
        "bars": code128(letter.ref) if letter.ref else (), "large": letter.large_print, "form": letter.form, "window": window}


@lru_cache(maxsize=256)
def _said(day: str, locale: str, pattern: str) -> str:
    return say_day(day, locale, pattern)
