"""What may be said about a visit, in one language: texts by name and switches by name, fast enough for a million."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from doorstep.facts.answer import Answer
from doorstep.facts.case import Case
from doorstep.facts.clean import clean
from doorstep.facts.names import CONSTANTS
from doorstep.facts.phrases import Phrases, say_day
from doorstep.rollout import Rollout
from doorstep.sms import is_gsm

LONGEST_ANSWER = 4000                   # letters of what a person answered
BRIEF, BRIEF_ELSEWHERE = 160, 70        # letters of an answer that leave room in two parts, in GSM-7 and in other alphabets
Answering = Callable[[str], Answer | None]
Text = Callable[[Case], str]
Switch = Callable[[Case], bool | str]
Window = tuple[int | None, int | None]


def _no_answer(_topic: str) -> Answer | None:
    return None


class Facts:
    """Says things about cases in one language of one rollout. Holds no customer; days and windows are kept once said."""

    def __init__(self, rollout: Rollout, language: str, phrases: Phrases, answers: Answering = _no_answer) -> None:
        self.language = language
        self.answers = answers
        self.phrases = phrases
        self.rollout = rollout
        self.locale = _locale(language, rollout.file.country)
        self.day = _Days(self.locale, phrases.day_pattern(rollout.file.country))
        self.window = _Windows(phrases)
        self.constants = constants_of(rollout, language)
        self._meters: dict[tuple[str, int], str] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._texts: dict[str, Text] = self._text_makers()
        self._switches: dict[str, Switch] = self._switch_makers()
        self._text_plans: dict[tuple[str, ...], tuple[Text, ...]] = {}
        self._switch_plans: dict[tuple[str, ...], tuple[Switch, ...]] = {}

    def texts(self, case: Case, slots: tuple[str, ...]) -> list[str]:
        """What fills these slots for this case, in their order. Raises KeyError for a name that is not a text."""
        makers = self._text_plans.get(slots)
        if makers is None:
            makers = self._text_plans[slots] = tuple(self._texts[name] for name in slots)
        return [make(case) for make in makers]

    def switches(self, case: Case, names: tuple[str, ...]) -> tuple[bool | str, ...]:
        """How these switches stand for this case, in their order. Raises KeyError for a name that is not a switch."""
        makers = self._switch_plans.get(names)
        if makers is None:
            makers = self._switch_plans[names] = tuple(self._switches[name] for name in names)
        return tuple([make(case) for make in makers])

    def _text_makers(self) -> dict[str, Text]:
        day, window, file = self.day, self.window, self.rollout.file
        own: dict[str, Text] = {
            "customer.name": lambda case: clean(case.name),
            "customer.address": self._address,
            "visit.day": lambda case: day[case.day],
            "visit.window": lambda case: window[case.window_start, case.window_end],
            "visit.reference": lambda case: clean(case.reference),
            "visit.meters": self._meters_text,
            "visit.duration_minutes": lambda case: str(case.duration_minutes or file.duration_minutes),
            "visit.power_off_minutes": lambda case: str(_power_off(case, file.power_off_minutes)),
            "visit.old_day": lambda case: day[case.old_day] if case.old_day else "",
            "visit.old_window": self._old_window,
            "visit.done_day": self._done_day,
            "visit.new_meter": lambda case: clean(case.new_meter),
            "visit.attempts": lambda case: str(case.attempts),
            "visit.link": lambda case: case.link,
            "concern.question": lambda case: self._answer(case).question,
            "concern.short": lambda case: self._answer(case).short,
            "concern.answer": lambda case: self._answer(case).text,
            "concern.source": lambda case: self._answer(case).source,
        }
        return own | {name: _always(self.constants[name]) for name in CONSTANTS}

    def _switch_makers(self) -> dict[str, Switch]:
        usual = self.rollout.file.power_off_minutes
        return {
            "visit.window_known": lambda case: case.window_start is not None or case.window_end is not None,
            "visit.power_off": lambda case: "electricity" in case.commodities and _power_off(case, usual) > 0,
            "visit.presence_required": lambda case: bool(case.presence_required),
            "visit.two_meters": lambda case: case.meters > 1 or "," in case.commodities,
            "visit.gas": lambda case: "gas" in case.commodities,
            "visit.electricity": lambda case: "electricity" in case.commodities,
            "visit.changed": _changed,
            "visit.day_moved": lambda case: case.old_day is not None and case.old_day != case.day,
            "visit.new_meter_known": lambda case: bool(case.new_meter),
            "visit.booked": lambda case: case.status in ("booked", "en_route"),
            "visit.outcome": lambda case: case.outcome or "none",
            "customer.named": lambda case: bool(clean(case.name)),
            "customer.vulnerable": lambda case: bool(case.vulnerable),
            "customer.life_support": lambda case: bool(case.life_support),
            "customer.landlord": lambda case: bool(case.landlord),
            "customer.prepaid": lambda case: bool(case.prepaid),
            "customer.business": lambda case: bool(case.business),
            "visit.link_known": lambda case: bool(case.link),
            "concern.topic": lambda case: case.topic or "none",
            "concern.brief": lambda case: _is_brief(self._answer(case).short),
            "concern.by_person": lambda case: bool(case.answer),
            "concern.sourced": lambda case: bool(self._answer(case).source),
        } | {name: _always(stands) for name, stands in rollout_switches(self.rollout).items()}

    def _answer(self, case: Case) -> Answer:
        """What a person answered; else ours to the topic."""
        ours = self.answers(case.topic) if case.topic else None
        ours = ours or Answer(case.topic or "none", "", "", "", "", "", "", self.language)
        if not case.answer:
            return ours._replace(text=" ".join(ours.text.split()))
        said = clean(case.answer, LONGEST_ANSWER)
        return ours._replace(short=said, text=said, source=clean(case.answer_source))

    def _address(self, case: Case) -> str:
        street, town = clean(case.address), clean(case.town)
        if street and town and town not in street:
            return f"{street}{self.phrases.comma}{town}"
        return street or town or self.phrases.no_address

    def _meters_text(self, case: Case) -> str:
        key = (case.commodities, case.meters)
        said = self._meters.get(key)
        if said is None:
            said = self._meters[key] = self.phrases.meters_text(*key)
        return said

    def _old_window(self, case: Case) -> str:
        if case.old_start is None and case.old_end is None:
            return self.phrases.window.never_told
        return self.window[case.old_start, case.old_end]

    def _done_day(self, case: Case) -> str:
        return self.day[self.local_day(case.outcome_at, case.zone) if case.outcome_at is not None else case.day]

    def local_day(self, at: int, zone: str) -> str:
        """The date of an instant in a zone, ISO."""
        known = self._zones.get(zone)
        if known is None:
            known = self._zones[zone] = ZoneInfo(zone)
        return dt.datetime.fromtimestamp(at, known).date().isoformat()


class _Days(dict[str, str]):
    """ISO date -> the day as the language says it."""

    def __init__(self, locale: str, pattern: str) -> None:
        self.locale = locale
        self.pattern = pattern

    def __missing__(self, day: str) -> str:
        self[day] = said = say_day(day, self.locale, self.pattern)
        return said


class _Windows(dict[Window, str]):
    """(start, end) -> the window as the language says it."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    def __missing__(self, window: Window) -> str:
        self[window] = said = clean(self.phrases.span(*window))
        return said


def _locale(language: str, country: str) -> str:
    """The nearest locale that dates can be written in."""
    for code in (f"{language}_{country}", language, language.split("_")[0]):
        try:
            return str(Locale.parse(code))
        except (UnknownLocaleError, ValueError):
            continue
    return "en_GB"


def constants_of(rollout: Rollout, language: str) -> dict[str, str]:
    """The texts that are the same for every customer of the rollout."""
    file, utility = rollout.file, rollout.file.utility
    spoken = {
        "utility.name": utility.name, "utility.short_name": utility.short_name, "utility.phone": utility.phone,
        "utility.website": utility.website, "utility.address": utility.address,
        "utility.sms_number": utility.sms_number, "installer.name": file.installer,
        "rollout.refusal_fee": file.refusal_fee, "rollout.compensation": file.compensation,
    }
    return {name: clean(rollout.in_language(text, language)) for name, text in spoken.items()}


def rollout_switches(rollout: Rollout) -> dict[str, bool]:
    """How the switches stand that are the same for every customer of the rollout."""
    file = rollout.file
    return {"rollout.refusal_allowed": file.refusal_allowed, "rollout.refusal_fee_due": bool(file.refusal_fee),
            "rollout.compensation_due": bool(file.compensation), "rollout.prepaid": file.prepaid,
            "rollout.replies": bool(file.utility.sms_number)}


def _is_brief(text: str) -> bool:
    """Whether it leaves room for the rest of a text message of two parts, in its own alphabet."""
    return 0 < len(text) <= (BRIEF if is_gsm(text) else BRIEF_ELSEWHERE)


def _always(value: Any) -> Callable[[Case], Any]:
    return lambda _: value


def _power_off(case: Case, usual: int) -> int:
    return usual if case.power_off_minutes is None else case.power_off_minutes


def _changed(case: Case) -> bool:
    if case.old_day is None:
        return False
    if case.old_day != case.day:
        return True
    # A time that was never told cannot have changed: to name it now is news, not a correction.
    told = (case.old_start, case.old_end)
    return told != (None, None) and told != (case.window_start, case.window_end)
