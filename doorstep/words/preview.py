"""Shows a notice as a made-up customer sees it."""

from dataclasses import dataclass
from typing import Any

from doorstep.errors import UsageError
from doorstep.facts import Case
from doorstep.letters import PressRoom
from doorstep.rollout import Rollout
from doorstep.words.library import Library
from doorstep.words.render import SECTIONS
from doorstep.words.samples import sample, suits, written_at
from doorstep.words.skeleton import Message, Skeleton


@dataclass(frozen=True)
class Preview:
    """A notice to look at."""

    rollout: Rollout
    skeleton: Skeleton
    message: Message
    case: Case

    def as_text(self) -> str:
        """For the terminal."""
        message = self.message
        if self.skeleton.channel == "email":
            return f"Subject: {message.subject}\n\n{message.text}"
        if self.skeleton.channel == "call":
            return f"{message.subject}\n\n{message.text}\n\n{message.script}\n"
        return f"{message.text.strip()}\n"

    def as_file(self, suffix: str) -> bytes:
        """For a file of this ending: .html of an email, .pdf of a letter, .txt of anything."""
        channel = self.skeleton.channel
        if suffix in (".html", ".htm") and channel == "email":
            return self.message.html.encode()
        if suffix == ".pdf" and channel == "post":
            address = (self.case.name or "", self.case.address or "", self.case.town or "")
            return PressRoom().pdf(self.skeleton.layout, self.message.letter, address=address,
                                   now=written_at(self.case), zone=self.rollout.zone)
        if suffix == ".txt":
            return self.as_text().encode()
        best = {"email": ".html or .txt", "post": ".pdf or .txt"}.get(channel, ".txt")
        raise UsageError(f'a preview by {channel} cannot be a "{suffix}" file; end the name in {best}')


def preview(library: Library, rollout: Rollout, notice: str, *, language: str | None = None,
            channel: str | None = None, **differently: Any) -> Preview:
    """The notice by the plan's first channel and in the rollout's own language unless told; keywords change the made-up visit.

    Raises UsageError for what is not there.
    """
    if notice not in library.notices():
        raise UsageError(f'"{notice}" is not a notice; those are {", ".join(library.notices())}')
    channel = channel or _first_channel(rollout, notice)
    spoken = _language(library, rollout, notice, language, channel)
    facts = library.facts(rollout, spoken)
    case = sample(library.phrases(spoken), rollout, spoken, **{**suits(rollout, notice), **differently})
    switches = facts.switches(case, library.names(notice, spoken, channel).switches)
    skeleton = library.skeleton(rollout, notice, spoken, channel, switches)
    return Preview(rollout, skeleton, skeleton.fill(facts.texts(case, skeleton.slots)), case)


def drafted(library: Library, rollout: Rollout, notice: str, **differently: Any) -> dict[str, str]:
    """The notice's email as it would go out in each of the rollout's languages that has its words, to nobody by name."""
    spoken = dict.fromkeys(filter(None, (library.best(notice, (language,)) for language in rollout.file.languages)))
    return {language: preview(library, rollout, notice, language=language, channel="email", name=None, **differently).as_text()
            for language in spoken}


def _first_channel(rollout: Rollout, notice: str) -> str:
    return next((row.ladder[0] for row in rollout.plan if row.notice == notice), "email")


def _language(library: Library, rollout: Rollout, notice: str, language: str | None, channel: str) -> str:
    if channel not in SECTIONS:
        raise UsageError(f'"{channel}" is not a channel; those are {", ".join(SECTIONS)}')
    if language and not library.best(notice, (language,)):
        raise UsageError(f'"{notice}" has no words in "{language}"; it has them in {", ".join(library.languages(notice))}')
    chain = (language,) if language else (*rollout.file.languages, *library.languages(notice))
    spoken = library.best(notice, chain, channel)
    if spoken is None:
        raise UsageError(f'"{notice}" says nothing by {channel}: its words have no line for that')
    return spoken
