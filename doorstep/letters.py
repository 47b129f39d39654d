"""Letters as PDF: presses that are kept warm; a letter is its layout, its data, an address and the day it is dated."""

import json
import os
import re
from collections.abc import Sequence
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
_PAGE = re.compile(rb"/Type/Page\b")
_MANY = b"sys.inputs.letters"             # by this a layout says that it prints many; those of old print one
_ROW = 38                                 # letters of an address line that surely fit the window at its smallest size
_ROWS = 7                                 # such lines that fit
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
        wanted, many = Letter(layout, letter, tuple(address), ref, large_print, hanger), prints_many(layout)
        inputs = (_inputs([fit_to_print(wanted)], now=now, zone=zone, window=window) if many
                  else {"letter": letter, "post": _old_post(wanted, now, zone)})
        press = self._presses.get()
        try:
            # Data goes in beside the source, never into it: a name cannot become typst code.
            return _whole(press.compile(input=layout.encode(), format="pdf", timestamp=now, sys_inputs=inputs,
                                        pdf_standards=ARCHIVE if many else None))
        finally:
            self._presses.put(press)

    def batch(self, letters: Sequence[Letter], *, now: int, zone: ZoneInfo, window: Window) -> Printed:
        """Letters of one layout, in their order, in one run; they are fit to print, see `fit_to_print`.

        Raises Permanent with UNSET where one of them cannot be set."""
        [layout] = {letter.layout for letter in letters}
        if not prints_many(layout):
            return self._one_by_old_layout(letters, now, zone)
        press = typst.Compiler(self._on_file(layout), root=self._shelf.name, font_paths=self._fonts,
                               sys_inputs=_inputs(letters, now=now, zone=zone, window=window))
        try:
            # Tags are for readers of screens; in a file for a print house they are two thirds of its size.
            pdf = _whole(press.compile(format="pdf", timestamp=now, pdf_standards=ARCHIVE, pdf_tags=False))
        except typst.TypstError as error:
            raise Permanent(UNSET) from error
        last = [page for page in json.loads(press.query("metadata", field="value")) if page]
        self._rest()
        return Printed(pdf, [page - before for page, before in zip(last, [0, *last], strict=False)])

    def _one_by_old_layout(self, letters: Sequence[Letter], now: int, zone: ZoneInfo) -> Printed:
        if len(letters) > 1:
            raise ValueError("this layout prints one letter at a time")
        pdf = self.pdf(letters[0].layout, letters[0].data, address=letters[0].address, now=now, zone=zone)
        return Printed(pdf, [pages(pdf)])

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
    return _MANY.decode() in layout


def fit_to_print(letter: Letter) -> Letter:
    """The letter without the signs that no font has. Raises Permanent with ALPHABET where it needs letters that none has."""
    data, lines = printable(letter.data), [printable(line) for line in letter.address]
    if data is None or None in lines:
        raise Permanent(ALPHABET)
    return letter._replace(data=data, address=tuple(line for line in lines if line))


def window_lines(lines: Sequence[str], name: str = "") -> tuple[str, ...] | None:
    """An address as it stands in the window; None where a postman could do nothing with it, or it would not fit."""
    kept = tuple(filter(None, map(clean, lines)))
    rows = sum(-(-len(line) // _ROW) for line in kept)
    return kept if any(line != clean(name) for line in kept) and rows <= _ROWS else None


def pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    return len(_PAGE.findall(pdf))


def _whole(made: bytes | list[bytes] | None) -> bytes:
    return made if isinstance(made, bytes) else b"".join(made or ())      # typst's types allow for one file to the page


def _inputs(letters: Sequence[Letter], *, now: int, zone: ZoneInfo, window: Window) -> dict[str, str]:
    day = datetime.fromtimestamp(now, zone).date().isoformat()
    each = (f'{{"letter":{letter.data},"post":{json.dumps(_post(letter, day, window), ensure_ascii=False)}}}'
            for letter in letters)
    return {"letters": f"[{','.join(each)}]"}


def _post(letter: Letter, day: str, window: Window) -> dict[str, Any]:
    spoken = json.loads(letter.data)
    rtl = sum(map(reads_rtl, letter.address)) * 2 > len(letter.address) - bool(spoken["rtl"])
    return {"address": letter.address, "address_rtl": rtl, "date": _said(day, spoken["locale"], spoken["day"]),
            "ref": letter.ref, "bars": code128(letter.ref) if letter.ref else (), "large": letter.large_print,
            "form": letter.form, "window": window}


def _old_post(letter: Letter, now: int, zone: ZoneInfo) -> str:
    day, spoken = datetime.fromtimestamp(now, zone).date().isoformat(), json.loads(letter.data)
    return json.dumps({"address": list(letter.address), "date": _said(day, spoken["locale"], spoken["day"])},
                      ensure_ascii=False)


@lru_cache(maxsize=256)
def _said(day: str, locale: str, pattern: str) -> str:
    return say_day(day, locale, pattern)
