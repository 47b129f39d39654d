"""Tries out the words: every notice of a plan, on each of its channels, in each language, for awkward visits."""

from collections.abc import Iterator
from typing import NamedTuple

from doorstep.rollout import PlanRow, Rollout
from doorstep.sms import is_gsm, parts
from doorstep.words.answers import KNOWN
from doorstep.words.library import Library
from doorstep.words.render import LINKED
from doorstep.words.samples import awkward
from doorstep.words.skeleton import Message, Skeleton

Slip = tuple[str, int, str]              # its kind, how bad it is, what to say about it
MOST_PARTS = 2
_GUARDED = ("rollout.refusal_fee", "rollout.compensation")     # their switches say whether there are any


class Findings(NamedTuple):
    """What is wrong, and what a person should know. Each is one sentence."""

    faults: list[str]
    warnings: list[str]


def check_words(library: Library, *rollouts: Rollout) -> Findings:
    """Render everything that the rollouts may send."""
    found = Findings([], [])
    for rollout in rollouts:
        _check_languages(library, rollout, found)
        for row in rollout.plan:
            _check_notice(library, rollout, row, found)
        _check_answers(library, rollout, found)
    # One slip shows in many cases; it is one fault.
    return Findings(list(dict.fromkeys(found.faults)), list(dict.fromkeys(found.warnings)))


def listed(names: list[str], what: str = "") -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more{what}" if len(names) > 3 else "")


def _check_languages(library: Library, rollout: Rollout, found: Findings) -> None:
    for language in rollout.file.languages:
        spoken: dict[str | None, list[str]] = {}
        for row in rollout.plan:
            spoken.setdefault(library.best(row.notice, rollout.chain(language)), []).append(row.notice)
        own = spoken.pop(language, None) or spoken.pop(language.split("_")[0], None)
        for best, notices in spoken.items():
            if best:
                found.warnings.append(f"{rollout.name}: no words in {language} for {listed(notices, ' notices')}; "
                                      f"{'it goes' if len(notices) == 1 else 'they go'} out in {best}")
        if own and not library.has_lines(language):
            found.warnings.append(f"{library.folder}/layouts/{language}.toml: missing, so the fixed lines of messages in "
                                  f"{language} are English; write it after the model of en.toml")


def _check_answers(library: Library, rollout: Rollout, found: Findings) -> None:
    """Whether each topic has an answer, where the plan answers concerns."""
    if not any(row.when.said in ("concern", "rumour") for row in rollout.plan):
        return
    answers, folder = library.answers, f"{library.folder}/answers"
    for language in rollout.file.languages:
        missing = [topic for topic in KNOWN if topic not in answers.topics(language)]
        lost = [topic for topic in missing if answers.answer(topic, rollout.chain(language), rollout) is None]
        if lost:
            found.faults.append(f"{folder}/{language}.md: no answer to {', '.join(lost)}; write one, or one in English in en.md")
        elif missing:
            some = "" if len(missing) == len(KNOWN) else f" to {', '.join(missing)}"
            found.warnings.append(f"{rollout.name}: no answers in {language}{some}; concerns are answered in the next language")
        unread = [topic for topic in answers.topics(language) if not answers.read_by_somebody(topic, language)]
        if unread:
            found.warnings.append(f"{folder}/{language}.md: nobody who speaks the language has read the answer to "
                                  f"{listed(unread)}; let somebody, and put the date behind Reviewed")


def _check_notice(library: Library, rollout: Rollout, row: PlanRow, found: Findings) -> None:
    written, folder = library.languages(row.notice), f"{library.folder}/{row.phase}/{row.notice}"
    if not written:
        found.faults.append(f"{folder}: no words, but the plan has this notice; write en.md there")
        return
    phase = library.words(row.notice, written[0]).phase
    if phase != row.phase:
        found.faults.append(f"{folder}: its words are in {phase}/; the plan has it in {row.phase}, so move them here")
    chains = {library.best(row.notice, rollout.chain(language)) for language in rollout.file.languages}
    for language in sorted(filter(None, chains)):
        for channel in row.ladder:
            if library.speaks(row.notice, language, channel):
                _check_channel(library, rollout, row.notice, language, channel, found)
            else:
                path, head = library.words(row.notice, language).path, {"sms": "Sms", "voice": "Voice"}[channel]
                found.faults.append(f"{path}: no {head}: line, but the plan sends this notice by {channel}; add one")
    if not any(chains):
        found.faults.append(f"{folder}: no words in any language of {rollout.name} "
                            f"({', '.join(rollout.file.languages)})")


def _check_channel(library: Library, rollout: Rollout, notice: str, language: str, channel: str, found: Findings) -> None:
    path, facts = library.words(notice, language).path, library.facts(rollout, language)
    switches = library.names(notice, language, channel).switches
    worst: dict[str, tuple[int, str]] = {}           # one slip shows in many cases: the worst of each kind is told
    for label, each in awkward(library.phrases(language), rollout, notice, language):
        case = each if channel in LINKED else each._replace(link="")
        skeleton = library.skeleton(rollout, notice, language, channel, facts.switches(case, switches))
        texts = facts.texts(case, skeleton.slots)
        for kind, weight, sentence in (*_empty(skeleton, texts), *_slips(skeleton, skeleton.fill(texts))):
            if kind == "parts" and case.link:
                continue                     # what has no room for the address goes out without it
            if kind not in worst or worst[kind][0] < weight:
                worst[kind] = (weight, f"{path}: by {channel}: {sentence}, for {label}")
    found.faults.extend(sentence for _, sentence in worst.values())
    constants = [name for name in library.names(notice, language, channel).texts if facts.constants.get(name) == ""]
    found.faults.extend(f"{path}: by {channel}: {name} is used, and the rollout {rollout.name} does not say it"
                        for name in constants if name not in _GUARDED)


def _empty(skeleton: Skeleton, texts: list[str]) -> Iterator[Slip]:
    for name, text in zip(skeleton.slots, texts, strict=True):
        if not text:
            yield name, 1, f"{name} is empty"


def _slips(skeleton: Skeleton, message: Message) -> Iterator[Slip]:
    if skeleton.channel in ("email", "post", "call") and not message.subject.strip():
        yield "subject", 1, "the subject is empty"
    if not message.text.strip():
        yield "text", 1, "there is nothing to say"
    if skeleton.channel == "sms":
        yield from _sms_slips(message.text, skeleton.language)


def _sms_slips(text: str, language: str) -> Iterator[Slip]:
    count = parts(text)
    if count > MOST_PARTS:
        yield "parts", len(text), f"{count} text messages ({len(text)} letters in {language}), {MOST_PARTS} are the most"
    if language.split("_")[0] == "en" and not is_gsm(text):
        odd = next(letter for letter in text if not is_gsm(letter))
        yield "alphabet", 1, f"{odd!r} is not in the alphabet of cheap text messages (GSM-7)"
