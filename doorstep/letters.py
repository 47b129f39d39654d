"""Letters as PDF: one compiler and one set of fonts, kept; a letter is its layout, its data, an address and a date."""

import json
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files

import typst

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")


class Press:
    """Prints letters. The same layout and data make the same bytes, on any day and any machine."""

    @cached_property
    def _compiler(self) -> typst.Compiler:
        folders = [str(files(package) / "files") for package in FONTS]
        # Only the fonts that come with Doorstep: what this machine happens to have must not change a letter.
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        return typst.Compiler(font_paths=fonts)

    def pdf(self, layout: str, letter: str, *, address: Sequence[str], date: str) -> bytes:
        """One letter. `layout` is typst source, `letter` the data that a skeleton filled, `date` as it is printed."""
        post = json.dumps({"address": list(address), "date": date}, ensure_ascii=False)
        made = self._compiler.compile(input=layout.encode(), format="pdf", timestamp=0, sys_inputs={"letter": letter, "post": post})
        return bytes(made)
