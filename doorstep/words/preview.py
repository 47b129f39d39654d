"""Shows a notice as a made-up customer sees it."""

from typing import NamedTuple

from doorstep.errors import UsageError
from doorstep.letters import PressRoom
from doorstep.rollout import Rollout
from doorstep.words.library import Library
from doorstep.words.render import SECTIONS
from doorstep.words.samples import sample, suits
from doorstep.words.skeleton import Message


class Preview(NamedTuple):
    """A notice to look at: `text` for the terminal, `content` for a file that ends in `suffix`."""

    text: str
    content: bytes
    suffix: str


def preview(library: Library, rollout: Rollout, notice: str, *, now: int, language: str | None = None,
            channel: str | None = None) -> Preview:
    """The notice by its first channel and in the rollout's own language unless told. Raises UsageError for what is not there."""
    if notice not in library.notices():
        raise UsageError(f'"{notice}" is not a notice; those are {", ".join(library.notices())}')
    channel = channel or _first_channel(rollout, notice)
    spoken = _language(library, rollout, notice, language, channel)
    phrases, facts = library.phrases(spoken), library.facts(rollout, spoken)
    case = sample(phrases, rollout, spoken, **suits(rollout, notice))
    switches = facts.switches(case, library.names(notice, spoken, channel).switches)
    skeleton = library.skeleton(rollout, notice, spoken, channel, switches)
    message = skeleton.fill(facts.texts(case, skeleton.slots))
    if channel == "post":
        address = (case.name or "", case.address or "", case.town or "")
        pdf = PressRoom().pdf(skeleton.layout, message.letter, address=address, now=now, zone=rollout.zone)
        return Preview(message.text, pdf, ".pdf")
    if channel == "email":
        return Preview(f"Subject: {message.subject}\n\n{message.text}", message.html.encode(), ".html")
    text = _spoken(message, channel)
    return Preview(text, text.encode(), ".txt")


def _spoken(message: Message, channel: str) -> str:
    return f"{message.subject}\n\n{message.text}\n\n{message.script}\n" if channel == "call" else f"{message.text}\n"


def _first_channel(rollout: Rollout, notice: str) -> str:
    return next((row.ladder[0] for row in rollout.plan if row.notice == notice), "email")


def _language(library: Library, rollout: Rollout, notice: str, language: str | None, channel: str) -> str:
    if channel not in SECTIONS:
        raise UsageError(f'"{channel}" is not a channel; those are {", ".join(SECTIONS)}')
    chain = rollout.chain(language) if language else tuple(rollout.file.languages)
    if language and not library.best(notice, (language,)):
        raise UsageError(f'"{notice}" has no words in "{language}"; it has them in {", ".join(library.languages(notice))}')
    spoken = library.best(notice, chain, channel) or next(
        (each for each in library.languages(notice) if library.speaks(notice, each, channel)), None)
    if spoken is None:
        raise UsageError(f'"{notice}" says nothing by {channel}: its words have no line for that')
    return spoken
