"""The fonts that letters are set in, and which letters they have: a PDF for the archive may not show an empty box."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
# Nothing is drawn for these: joiners, direction marks, variation selectors, soft hyphen, line breaks.
_UNSEEN = frozenset(map(chr, (0xAD, 0x0A, 0x61C, *range(0x200B, 0x2010), *range(0x2060, 0x2065), *range(0x2066, 0x206A),
                              *range(0xFE00, 0xFE10))))
# Categories of letters, accents and digits: without one of these a name is not the name.
_SPELLING = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl", "No"})


def folders() -> list[str]:
    """Where the fonts are that come with Doorstep: what this machine happens to have must not change a letter."""
    return [str(files(package) / "files") for package in FONTS]


def printable(text: str) -> str | None:
    """The text as it can be printed: a sign without a glyph (an emoji) is left out; None where a letter has none."""
    missing = set(text) - _letters()
    if not missing:
        return text
    if any(unicodedata.category(letter) in _SPELLING for letter in missing):
        return None
    return "".join(letter for letter in text if letter not in missing)


@lru_cache(maxsize=1)
def _letters() -> frozenset[str]:
    fonts = [path for folder in folders() for path in Path(folder).glob("*.ttf")]
    return _UNSEEN.union(*({chr(code) for code in _codes(path.read_bytes())} for path in fonts))


def _codes(font: bytes) -> Iterator[int]:
    """The code points of a TrueType font's `cmap`, from its tables of forms 4 and 12; glyph 0 is the empty box."""
    tables = {font[at:at + 4]: int.from_bytes(font[at + 8:at + 12], "big")
              for at in range(12, 12 + 16 * int.from_bytes(font[4:6], "big"), 16)}
    cmap = tables[b"cmap"]
    for at in range(cmap + 4, cmap + 4 + 8 * int.from_bytes(font[cmap + 2:cmap + 4], "big"), 8):
        table = cmap + int.from_bytes(font[at + 4:at + 8], "big")
        form = int.from_bytes(font[table:table + 2], "big")
        if form == 4:
            yield from _of_form_4(font, table)
        elif form == 12:
            yield from _of_form_12(font, table)


def _of_form_4(font: bytes, table: int) -> Iterator[int]:
    count = int.from_bytes(font[table + 6:table + 8], "big") // 2
    ends, starts, deltas, offsets = (struct.unpack_from(f">{count}H", font, table + 14 + part * 2 * count + (2 if part else 0))
                                     for part in range(4))
    first_offset = table + 16 + 6 * count
    for place, (end, start, delta, offset) in enumerate(zip(ends, starts, deltas, offsets, strict=True)):
        for code in range(start, end + 1):
            glyph = code
            if offset:
                at = first_offset + 2 * place + offset + 2 * (code - start)
                glyph = int.from_bytes(font[at:at + 2], "big")
            if glyph and (glyph + delta) % 65536:
                yield code


def _of_form_12(font: bytes, table: int) -> Iterator[int]:
    for group in range(int.from_bytes(font[table + 12:table + 16], "big")):
        first, last, glyph = struct.unpack_from(">III", font, table + 16 + 12 * group)
        yield from range(first + (glyph == 0), last + 1)
