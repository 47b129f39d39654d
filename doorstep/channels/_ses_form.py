"""A notice's words as an Amazon SES template, and each customer's texts as its data, so that neither can be taken for code."""

import json
import re
from collections.abc import Sequence

import orjson

from doorstep.words.skeleton import Skeleton

_ODD = re.compile(r"[{}\\]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Form:
    """A skeleton as an SES template, whose gaps are {{names}}: SES puts a customer's text there as it is, without escaping.

    Braces and backslashes of our own words are put in as data too, since around a name they would be template code. The
    names carry a random part, so that no customer's text can be one.
    """

    def __init__(self, skeleton: Skeleton, mark: str) -> None:
        self.skeleton = skeleton
        self._odd = {"{": f"o{mark}", "}": f"c{mark}", "\\": f"b{mark}"}
        self._names: dict[str, dict[str, int]] = {}          # of each part: name -> the slot it stands for
        self.content = {part.capitalize(): self._template(part, mark) for part in ("subject", "text", "html")}
        self._fixed = {name: letter for letter, name in self._odd.items() if any(name in text for text in self.content.values())}
        self.size = sum(map(on_the_wire, self.content.values()))

    def data(self, texts: Sequence[str]) -> str:
        """One customer's texts for all names, as JSON."""
        made = dict(self._fixed)
        for part, names in self._names.items():
            dressed = self.skeleton.dressed(part, texts)
            for name, slot in names.items():
                made[name] = _BREAKS.sub(" ", dressed[slot]) if part == "subject" else dressed[slot]      # that is one line
        return orjson.dumps(made).decode()

    def _template(self, part: str, mark: str) -> str:
        gaps = [f"{part[0]}{slot}{mark}" for slot in range(len(self.skeleton.slots))]
        pieces = re.split(f"({part[0]}[0-9]+{mark})", self.skeleton.with_gaps(part, gaps))
        self._names[part] = {name: gaps.index(name) for name in pieces[1::2]}
        pieces[::2] = [_ODD.sub(lambda odd: f"{{{{{self._odd[odd[0]]}}}}}", literal) for literal in pieces[::2]]
        pieces[1::2] = [f"{{{{{name}}}}}" for name in pieces[1::2]]
        return "".join(pieces)


def on_the_wire(text: str) -> int:
    """How many bytes of a request the text takes: it travels as JSON in ASCII."""
    return len(json.dumps(text))
