"""A notice's words rendered for one set of switches, with gaps: filled for each customer, stored once as proof."""

import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from doorstep.facts.clean import is_rtl
from doorstep.facts.names import FOREIGN
from doorstep.words.dress import DRESSES, Dress, apart_from
from doorstep.words.marks import Pieces

FORM = 1     # of the stored body; grows when old bodies would be filled differently


class Message(NamedTuple):
    """What one customer gets. Which parts are filled depends on the channel."""

    subject: str = ""      # email, post, call
    text: str = ""         # every channel, in plain text
    html: str = ""         # email
    letter: str = ""       # post: the letter's data as JSON, for the layout
    script: str = ""       # call: what the caller may say in full


class Part(NamedTuple):
    """One part of a message: how customers' texts are dressed for it, and its words around the gaps."""

    dress: str
    pieces: Pieces


class Skeleton:
    """Words with gaps. Equal digests mean equal words, in any process and on any day."""

    def __init__(self, *, rollout: str, notice: str, channel: str, language: str, parts: Mapping[str, Part],
                 layout: str = "") -> None:
        self.rollout = rollout
        self.notice = notice
        self.channel = channel
        self.language = language
        self.layout = layout                        # post: the letter's typst source
        self.slots = tuple(dict.fromkeys(name for part in parts.values() for name in part.pieces[1]))
        self._parts = dict(parts)
        self._rtl = is_rtl(language)
        self._foreign = [place for place, name in enumerate(self.slots) if name in FOREIGN]
        self._forms = self._grouped()

    def fill(self, texts: Sequence[str]) -> Message:
        """The message for one customer; `texts` as Facts.texts gives them for `slots`."""
        if len(texts) != len(self.slots):
            raise ValueError(f"{len(texts)} texts for {len(self.slots)} slots of {self.notice}: {', '.join(self.slots)}")
        apart = apart_from(texts, self._foreign, rtl=self._rtl)
        made = ["", "", "", "", ""]
        for dress, frames in self._forms:
            values = dress(texts, apart)
            for place, frame, order in frames:
                pieces = frame[:]
                pieces[1::2] = [values[each] for each in order]
                made[place] = "".join(pieces)
        return Message._make(made)

    def dressed(self, part: str, texts: Sequence[str]) -> list[str]:
        """The texts made fit for one part, for providers that fill the gaps themselves."""
        apart = apart_from(texts, self._foreign, rtl=self._rtl)
        return list(DRESSES[self._parts[part].dress](texts, apart))

    def with_gaps(self, part: str, gap: Sequence[str]) -> str:
        """One part with `gap[i]` where the i-th slot stands, for providers that fill the gaps themselves."""
        literals, names = self._parts[part].pieces
        places = [self.slots.index(name) for name in names]
        return "".join(literal + gap[place] for literal, place in zip(literals, places, strict=False)) + literals[-1]

    @cached_property
    def digest(self) -> str:
        """What identifies these words."""
        return sha256(self._canonical()).hexdigest()[:32]

    def to_bytes(self) -> bytes:
        """For the store."""
        return zlib.compress(self._canonical(), 9)

    @classmethod
    def from_bytes(cls, body: bytes) -> "Skeleton":
        """From the store: fills to the same bytes as on the day it was sent."""
        raw = json.loads(zlib.decompress(body))
        if raw["form"] != FORM:
            raise ValueError(f"a skeleton of form {raw['form']} cannot be read; this Doorstep reads form {FORM}")
        slots = raw["slots"]
        parts = {name: Part(dress, (tuple(literals), tuple(slots[place] for place in places)))
                 for name, dress, literals, places in raw["parts"]}
        return cls(rollout=raw["rollout"], notice=raw["notice"], channel=raw["channel"], language=raw["language"],
                   parts=parts, layout=raw["layout"])

    def _canonical(self) -> bytes:
        places = {name: place for place, name in enumerate(self.slots)}
        raw: dict[str, Any] = {
            "form": FORM, "rollout": self.rollout, "notice": self.notice, "channel": self.channel, "language": self.language,
            "layout": self.layout, "slots": self.slots,
            "parts": [[name, part.dress, part.pieces[0], [places[slot] for slot in part.pieces[1]]]
                      for name, part in self._parts.items()],
        }
        return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def _grouped(self) -> list[tuple[Dress, list[tuple[int, list[str], list[int]]]]]:
        """The parts by dress, ready to fill: each text is dressed once, each frame is literals with empty gaps between."""
        forms: dict[str, list[tuple[int, list[str], list[int]]]] = {}
        for name, part in self._parts.items():
            literals, names = part.pieces
            frame = [piece for literal in literals for piece in (literal, "")][:-1]
            order = [self.slots.index(slot) for slot in names]
            forms.setdefault(part.dress, []).append((Message._fields.index(name), frame, order))
        return [(DRESSES[dress], frames) for dress, frames in forms.items()]
