"""Letters as PDF: presses that are kept warm; a letter is its layout, its data, an address and the day it is dated."""

import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from importlib.resources import files
from queue import LifoQueue
from zoneinfo import ZoneInfo

import typst

from doorstep.facts.phrases import say_day

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
_PAGE = re.compile(rb"/Type/Page\b")


class PressRoom:
    """Prints letters, several at a time where there are processors for it. The same input makes the same bytes."""

    def __init__(self) -> None:
        self.size = min(4, os.cpu_count() or 1)

    @cached_property
    def _presses(self) -> "LifoQueue[typst.Compiler]":
        folders = [str(files(package) / "files") for package in FONTS]
        # Only the fonts that come with Doorstep: what this machine happens to have must not change a letter.
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        presses: LifoQueue[typst.Compiler] = LifoQueue()
        for _ in range(self.size):
            presses.put(typst.Compiler(font_paths=fonts))
        return presses

    def pdf(self, layout: str, letter: str, *, address: Sequence[str], now: int, zone: ZoneInfo) -> bytes:
        """One letter. `layout` is typst source; `letter` is the data that a skeleton filled."""
        post = json.dumps({"address": list(address), "date": _dated(letter, now, zone)}, ensure_ascii=False)
        press = self._presses.get()
        try:
            # Data goes in beside the source, never into it: a name cannot become typst code.
            made = press.compile(input=layout.encode(), format="pdf", timestamp=now,
                                 sys_inputs={"letter": letter, "post": post})
        finally:
            self._presses.put(press)
        return made if isinstance(made, bytes) else b"".join(made or ())


def pages(pdf: bytes) -> int:
    """How many pages a letter of ours has."""
    return len(_PAGE.findall(pdf))


def _dated(letter: str, now: int, zone: ZoneInfo) -> str:
    wanted = json.loads(letter)
    return _said(datetime.fromtimestamp(now, zone).date().isoformat(), wanted["locale"], wanted["day"])


@lru_cache(maxsize=256)
def _said(day: str, locale: str, pattern: str) -> str:
    return say_day(day, locale, pattern)
