"""What is handed to SendGrid: one request for up to a thousand customers, checked for all that SendGrid refuses late.

The words stand once in a request, with marks for gaps; each customer is a personalization with the texts for the marks.
SendGrid puts them in by plain replacement, so texts are made fit here, and marks carry a random part for each batch: no
name can be taken for one.
"""

import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from doorstep.channels import Item
from doorstep.words import Skeleton

MOST_PEOPLE = 1000
MOST_BYTES = 20_000_000            # SendGrid's limit is 30 MB; what it counts is not said
MOST_TEXTS = 10_000                # bytes of one customer's substitutions
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
                      r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]").fullmatch
_LINK = re.compile(r"https?://[!-;=?-~]{1,900}").fullmatch
_EASY = re.compile(r"[ !#-%'-;=?-\[\]-~]*").fullmatch    # ASCII without & < > " \ and line breaks
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_PARTS = ("text", "html", "subject")
_COMMON = {"Auto-Submitted": "auto-generated"}

Row = tuple[Sequence[str], Sequence[str], Sequence[str]]


class Request(NamedTuple):
    """One POST: what all its customers share as JSON without its end, and each of them: the item's place in its send, and
    the personalization as JSON. Bytes and numbers, for Python's garbage collector looks at every dict that is kept."""

    head: bytes
    places: Sequence[int]
    people: Sequence[bytes]

    def body(self) -> bytes:
        return b"".join((self.head, b",".join(self.people), b"]}"))

    def cut(self, chosen: Collection[int]) -> "list[Request]":
        """Two requests: the chosen ones of its people, by number, and the others."""
        numbers = range(len(self.people))
        return [Request(self.head, [self.places[number] for number in some], [self.people[number] for number in some])
                for some in ([number for number in numbers if number in chosen],
                             [number for number in numbers if number not in chosen])]

    def halves(self) -> "list[Request]":
        return self.cut(range(len(self.people) // 2))


def fault_of(item: Item) -> str | None:
    """Why SendGrid would refuse the item, in a short word."""
    if len(item.to) > 254 or item.to.find("@") > 64 or not _ADDRESS(item.to):
        return "address"
    if item.unsubscribe and not _LINK(item.unsubscribe):
        return "unsubscribe"
    return None if len(item.texts) == len(item.skeleton.slots) else "words"


def requests_for(places: Sequence[int], items: Sequence[Item], shared: Mapping[str, Any],
                 refused: dict[int, str]) -> Iterator[Request]:
    """Requests for those items, all of one skeleton and without fault; those found too long are added to `refused`."""
    skeleton = items[places[0]].skeleton
    odd = _odd(skeleton, places, items)
    marks = _marks(skeleton, odd.values())
    frames = {part: skeleton.with_gaps(part, marks[part]) for part in _PARTS}
    if not all(frame.strip() for frame in frames.values()):
        refused.update(dict.fromkeys(places, "words"))       # SendGrid takes no empty subject and no empty content
        return
    headers = {"Content-Language": skeleton.language.replace("_", "-"), **_COMMON}
    mail = {**shared, "subject": " ".join(frames["subject"].split()), "headers": headers,
            "content": [{"type": "text/plain", "value": frames["text"]}, {"type": "text/html", "value": frames["html"]}]}
    head = orjson.dumps(mail)[:-1] + b',"personalizations":['
    fit, people = _people(places, items, odd, _gaps(marks, frames), headers, refused)
    for start in range(0, len(people), MOST_PEOPLE):
        yield Request(head, fit[start:start + MOST_PEOPLE], people[start:start + MOST_PEOPLE])


def _odd(skeleton: Skeleton, places: Sequence[int], items: Sequence[Item]) -> dict[int, Row]:
    """The texts of those who have some that a part would change, as each part wants them. Most have none."""
    sample = ["a 1"] * len(skeleton.slots)
    turned = any(skeleton.dressed(part, sample) != sample for part in _PARTS)        # the words run the other way
    return {place: _row(skeleton, items[place].texts) for place in places
            if turned or not _EASY(items[place].ref + "".join(items[place].texts))}


def _row(skeleton: Skeleton, texts: Sequence[str]) -> Row:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]      # half of a surrogate pair is no letter
    subject = skeleton.dressed("subject", texts)
    if _CONTROL.search("".join(subject)):                # a subject is one line, whatever a name holds
        subject = [_CONTROL.sub(" ", text) for text in subject]
    return skeleton.dressed("text", texts), skeleton.dressed("html", texts), subject


def _marks(skeleton: Skeleton, rows: Collection[Row]) -> dict[str, list[str]]:
    """A mark for each slot in each part: the plain text's own, unless somebody's text differs between the two parts."""
    salt = secrets.token_hex(4)
    plain = [f"-t{slot}.{salt}-" for slot in range(len(skeleton.slots))]
    made = {"text": plain}
    for number, part in enumerate(_PARTS[1:], 1):
        apart = {slot for row in rows if row[number] != row[0]
                 for slot, (one, other) in enumerate(zip(row[number], row[0], strict=True)) if one != other}
        made[part] = [f"-{part[0]}{slot}.{salt}-" if slot in apart else mark for slot, mark in enumerate(plain)]      # -h and -s
    return made


def _gaps(marks: Mapping[str, Sequence[str]], frames: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """The marks that stand somewhere, each with where its text is: the part's number in a row, and the slot."""
    return {mark: (number, slot) for number, part in enumerate(_PARTS)
            for slot, mark in enumerate(marks[part]) if mark in frames[part]}


def _people(places: Sequence[int], items: Sequence[Item], odd: Mapping[int, Row], gaps: Mapping[str, tuple[int, int]],
            headers: Mapping[str, str], refused: dict[int, str]) -> tuple[list[int], list[bytes]]:
    """Who goes, and each one's personalization."""
    # Texts that need no dressing need no escapes either: they are put into one form, at half the time.
    form = orjson.dumps(_person("%s", "%s", dict.fromkeys(gaps, "%s"))).decode()
    slots = [slot for _, slot in gaps.values()]
    fit, people = [], []
    for place in places:
        item = items[place]
        if place in odd or item.unsubscribe:
            row = odd.get(place) or (item.texts, item.texts, item.texts)
            texts = {mark: row[number][slot] for mark, (number, slot) in gaps.items()}
            made = orjson.dumps(_person(item.to, item.ref, texts, _unsubscribing(item, headers)))
        else:
            own = item.texts
            made = (form % (item.to, item.ref, *[own[slot] for slot in slots])).encode()
        if len(made) > MOST_TEXTS and len(orjson.dumps(orjson.loads(made)["substitutions"])) > MOST_TEXTS:
            refused[place] = "too_long"
        else:
            fit.append(place)
            people.append(made)
    return fit, people


def _person(to: str, ref: str, texts: Mapping[str, str], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A personalization. Nothing personal in custom_args: SendGrid keeps them for ever, and shows them to its staff."""
    person = {"to": [{"email": to}], "custom_args": {"doorstep": ref}, "substitutions": texts}
    return {**person, "headers": headers} if headers else person


def _unsubscribing(item: Item, headers: Mapping[str, str]) -> Mapping[str, str] | None:
    if not item.unsubscribe:
        return None
    return {**headers, "List-Unsubscribe": f"<{item.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
