"""The outbox: every message becomes one file named by its notice, whole or not there; nothing leaves the machine.

A file is written beside its place and then moved there, so sending a notice again puts the same file in the same place.
"""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from doorstep.channels import Channel, Item, Outcome
from doorstep.channels._email import email_of
from doorstep.errors import Permanent, Transient
from doorstep.facts.clean import clean
from doorstep.letters import PressRoom, pages, window_lines
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.sms import parts

Made = tuple[bytes, int | None]           # a file's content, and how many parts or pages it is


class Outbox(ABC):
    """What the channels of the outbox share: one folder, one file for each message."""

    provider = "outbox"
    batch_size = 500
    exactly_once = True
    kind: str
    suffix = ".txt"

    def __init__(self, folder: Path, rollout: Rollout) -> None:
        self.folder = folder / self.kind
        self.rollout = rollout

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Write each item's file; an item that cannot be written as it is comes back refused."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Transient(f"the outbox {self.folder} cannot be written: {error.strerror}", code="full") from error
        return self._put_all(items, now)

    @abstractmethod
    def make(self, item: Item, now: int) -> Made:
        """The file of one item. Raises Permanent for one that can never be written."""

    def _put_all(self, items: Sequence[Item], now: int) -> list[Outcome]:
        return [self._put(item, now) for item in items]

    def _put(self, item: Item, now: int) -> Outcome:
        try:
            content, count = self.make(item, now)
        except Permanent:
            return Outcome(item.notice_id, "refused", code="address")
        name = f"{item.notice_id}{self.suffix}"
        try:
            write_whole(self.folder / name, content)
        except OSError:
            return Outcome(item.notice_id, "throttled", code="full")       # what was written before it stands
        return Outcome(item.notice_id, "accepted", name, None, count)


class EmailOutbox(Outbox):
    """Complete emails, as a mail program opens them."""

    kind = "email"
    suffix = ".eml"

    def make(self, item: Item, now: int) -> Made:
        return email_of(item, self.rollout, now), None


class SmsOutbox(Outbox):
    """Text messages: to whom, and the text."""

    kind = "sms"

    def make(self, item: Item, now: int) -> Made:
        text = item.skeleton.fill(item.texts).text
        return f"To: {number_of(item)}\n\n{text}\n".encode("utf-8", "replace"), parts(text)


class VoiceOutbox(Outbox):
    """Calls that a machine speaks: to whom, in which language, and what."""

    kind = "voice"

    def make(self, item: Item, now: int) -> Made:
        text = item.skeleton.fill(item.texts).text
        head = f"To: {number_of(item)}\nLanguage: {item.skeleton.language}\n\n"
        return f"{head}{text}\n".encode("utf-8", "replace"), None


class CallOutbox(Outbox):
    """Calls for a person to make: who, why, and what to say."""

    kind = "call"
    suffix = ".json"

    def make(self, item: Item, now: int) -> Made:
        message = item.skeleton.fill(item.texts)
        call = {"notice": item.skeleton.notice, "reference": item.ref, "who": clean(item.name), "phone": number_of(item),
                "language": item.skeleton.language, "why": message.subject, "say": message.text, "script": message.script}
        return json.dumps(call, ensure_ascii=False, indent=1).encode("utf-8", "replace"), None


class PostOutbox(Outbox):
    """Letters, printed several at a time."""

    kind = "post"
    suffix = ".pdf"

    def __init__(self, folder: Path, rollout: Rollout) -> None:
        super().__init__(folder, rollout)
        self._room = PressRoom()

    def make(self, item: Item, now: int) -> Made:
        lines = window_lines(item.address_lines, item.name)
        if lines is None:
            raise Permanent("a letter without an address")
        pdf = self._room.pdf(item.skeleton.layout, item.skeleton.fill(item.texts).letter, address=lines, now=now,
                             zone=self.rollout.zone, ref=item.ref, large_print=item.large_print)
        return pdf, pages(pdf)

    def _put_all(self, items: Sequence[Item], now: int) -> list[Outcome]:
        with ThreadPoolExecutor(self._room.size) as hands:             # the presses work side by side
            return list(hands.map(lambda item: self._put(item, now), items))


def outbox_channels(folder: Path, rollout: Rollout) -> dict[str, Channel]:
    """The outbox under this folder: <folder>/<channel>/<notice id>.<eml, txt, json or pdf>."""
    kinds: Iterable[type[Outbox]] = (EmailOutbox, SmsOutbox, VoiceOutbox, CallOutbox, PostOutbox)
    return {kind.kind: kind(folder, rollout) for kind in kinds}


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: the outbox where the settings put it."""
    return outbox_channels(settings.outbox_folder, rollout)


def number_of(item: Item) -> str:
    digits = item.to.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise Permanent("the number is not one in international form")
    return item.to


def write_whole(place: Path, content: bytes) -> None:
    beside = f"{place.parent}/.{place.name}.{os.getpid()}"
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)   # messages are personal data
    try:
        left = memoryview(content)
        while left:                     # a disk that is nearly full may take only a part, and says so
            left = left[os.write(handle, left):]
    finally:
        os.close(handle)
    os.replace(beside, place)  # noqa: PTH105 (a Path costs as much as the move)
