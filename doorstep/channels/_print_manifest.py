"""What goes with a file of letters: which pages are whose, for the print house; and our proof of what was handed over."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from doorstep.channels import Item
from doorstep.errors import Transient
from doorstep.facts.clean import clean
from doorstep.letters import Letter, Printed

VERSION = 1
# One word with a digit, or two; the second may be two letters, as in 1234 AB. "12 Mill Road" and "Flat 2" are none.
_POSTCODE = re.compile(r"(?=.{3,10}$)[0-9A-Z]*\d[0-9A-Z]*([ -]([0-9A-Z]*\d[0-9A-Z]*|[A-Z]{1,2}))?")


class Ready(NamedTuple):
    """An item and the letter made of it."""

    item: Item
    letter: Letter


class Place(NamedTuple):
    """Where a letter stands in its batch."""

    batch: str
    page: int
    pages: int

    @property
    def provider_id(self) -> str:
        """By which a person finds it: the batch's name and the page."""
        return f"{self.batch}#{self.page}"


def name_of(letters: Sequence[Ready]) -> str:
    """A batch's name: the same letters make the same name, in whatever order they come."""
    return sha256("\n".join(sorted(each.item.ref for each in letters)).encode()).hexdigest()[:32]


def manifest(letters: Sequence[Ready], printed: Printed, **about: Any) -> bytes:
    """The manifest of a batch. No name and no street: those are in the letters."""
    country = about.pop("country")
    rows, page = [], 1
    for each, count in zip(letters, printed.pages, strict=True):
        rows.append({
            "ref": each.item.ref, "notice": each.item.notice_id, "page": page, "pages": count,
            "postcode": postcode(each.item.address_lines), "country": country,
            "large_print": each.letter.large_print, "format": each.letter.form})
        page += count
    head = {"version": VERSION, **about, "sha256": sha256(printed.pdf).hexdigest(), "pages": page - 1}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)          # one for each letter: people compare them
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "letters": [\n{lines}\n]}}\n'.encode()


def places(content: bytes, name: str) -> Mapping[str, Place]:
    """Where each reference of a manifest stands. Raises Transient for one that cannot be read: who knows what was in it."""
    try:
        read = json.loads(content)
        return {row["ref"]: Place(read["batch"], row["page"], row["pages"]) for row in read["letters"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Transient(f"the manifest {name} cannot be read; put it back as it was", code="away") from error


def postcode(lines: Sequence[str]) -> str:
    """The last line of an address where it looks like a postcode, for sorting; else nothing."""
    last = clean(lines[-1]).upper() if lines else ""
    return last if _POSTCODE.fullmatch(last) else ""


def utc(at: int) -> str:
    """An instant as a manifest writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
