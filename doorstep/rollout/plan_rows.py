"""The engagement plan as rows: one notice, its moment, its end of usefulness, its audience and its channels."""

from dataclasses import dataclass
from typing import Any, Literal

from doorstep.timing import When, parse_when

Phase = Literal["before", "during", "after"]
PURPOSES = ("duty", "programme", "marketing")
FLAGS = ("vulnerable", "life_support", "landlord", "business", "prepaid", "presence_required", "has_email", "has_phone",
         "has_address", "told")
VALUES = ("status", "outcome", "wave", "area", "language", "commodities", "prefers")
NUMBERS = ("attempts_at_least", "attempts_below")
_KEYS = {"id", "notice", "when", "again", "until", "to", "purpose", "channels", "once", "off", "unknown"}
LAST_RESORT = ("post", "call")
_CHANNELS = ("email", "sms", "post", "voice", "call")


@dataclass(frozen=True)
class Condition:
    """An audience: every test must hold; of `any_of`, one; of `none_of`, not one."""

    tests: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()


@dataclass(frozen=True)
class PlanRow:
    """One notice of the plan. `channels` are the alternatives in order; each is one channel or several at once."""

    id: str
    notice: str
    phase: Phase
    when: When
    until: When
    audience: str
    condition: Condition
    purpose: str
    channels: tuple[tuple[str, ...], ...]
    once: bool = False          # once for a visit, however often its date moves
    resend: bool = False        # whose fate stays unknown: told again, for twice is better than never
    again: tuple[When, ...] = ()        # where no reply came: when it is said once more, and once more after that

    @property
    def on_the_spot(self) -> bool:
        """Whether it answers a message just sent to us: by the same channel or not at all, at any hour, stop or no stop."""
        return self.when.said in ("stopped", "help")

    @property
    def offered(self) -> tuple[str, ...]:
        """Every channel of the plan's order, flat: those that a customer's preference may choose from."""
        return tuple(dict.fromkeys(name for alternative in self.channels for name in alternative))

    @property
    def ladder(self) -> tuple[str, ...]:
        """What is tried in turn; a duty notice ends with a letter and a person who calls."""
        last = LAST_RESORT if self.purpose == "duty" and not self.on_the_spot else ()
        return tuple(dict.fromkeys((*self.offered, *last)))

    @property
    def waits_for(self) -> str | None:
        """What must exist before this notice can be due, or None."""
        return self.when.waits_for


def read_condition(raw: Any) -> Condition:
    """An audience's table as a condition. Raises ValueError naming the key."""
    if not isinstance(raw, dict):
        raise ValueError(f'{raw!r} is not an audience; write a table such as {{ status = ["booked"] }}')
    tests: list[tuple[str, tuple[Any, ...]]] = []
    for key, value in raw.items():
        if key not in ("any_of", "none_of"):
            tests.append((key, _values(key, value)))
    return Condition(tuple(tests), tuple(map(read_condition, raw.get("any_of", ()))),
                     tuple(map(read_condition, raw.get("none_of", ()))))


def _values(key: str, value: Any) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    right: type = bool if key in FLAGS else int if key in NUMBERS else str
    if key not in (*FLAGS, *VALUES, *NUMBERS):
        raise ValueError(f'"{key}" is not known; an audience may ask for {", ".join((*FLAGS, *VALUES, *NUMBERS))}')
    for each in values:
        if type(each) is not right:
            raise ValueError(f"{key}: {each!r} should be a {right.__name__}")
    return values


def read_channels(raw: Any) -> tuple[tuple[str, ...], ...]:
    """`["post and email", "sms"]` as alternatives. Raises ValueError naming the word."""
    if not isinstance(raw, list) or not raw:
        raise ValueError(f'{raw!r} is not a list of channels; write ["email", "sms"] or ["post and email", "sms"]')
    alternatives = tuple(tuple(word.strip() for word in str(entry).split(" and ")) for entry in raw)
    for word in (word for alternative in alternatives for word in alternative):
        if word not in _CHANNELS:
            raise ValueError(f'"{word}" is not a channel; the channels are {", ".join(_CHANNELS)}')
    return alternatives


def read_row(raw: dict[str, Any], phase: Phase, audiences: dict[str, Condition]) -> PlanRow:
    """One table of plan.toml as a row. Raises ValueError starting with the key that is wrong."""
    for key in raw:
        if key not in _KEYS:
            raise ValueError(f'{key}: not known; a notice has {", ".join(sorted(_KEYS))}')
    for key in ("notice", "when", "until", "purpose", "channels"):
        if key not in raw:
            raise ValueError(f"{key}: missing")
    audience = raw.get("to", "all")
    if audience not in audiences:
        raise ValueError(f'to: "{audience}" is not an audience of this file; they are {", ".join(sorted(audiences))}')
    if not isinstance(raw.get("once", False), bool):
        raise ValueError(f"once: {raw['once']!r} should be true or false")
    if raw.get("unknown", "leave") not in ("resend", "leave"):
        raise ValueError(f'unknown: "{raw["unknown"]}" should be resend or leave: what to do when nobody can say whether it '
                         "arrived")
    if raw["purpose"] not in PURPOSES:
        raise ValueError(f'purpose: "{raw["purpose"]}" should be one of {", ".join(PURPOSES)}')
    when, until = _keyed("when", parse_when, raw["when"]), _keyed("until", parse_when, raw["until"])
    if when.event and when.at is not None and until.event is None:
        raise ValueError(f'until: "{until.text}" should be reckoned from the event too, like "3 days after {when.event}"')
    again = _again(when, until, raw.get("again", []))
    return PlanRow(str(raw.get("id", raw["notice"])), raw["notice"], phase, when, until, audience, audiences[audience],
                   raw["purpose"], _keyed("channels", read_channels, raw["channels"]), bool(raw.get("once", False)),
                   raw.get("unknown", "resend" if raw["purpose"] == "duty" else "leave") == "resend", again)


def _again(when: When, until: When, raw: list[str]) -> tuple[When, ...]:
    """The further moments of what is said again, and whether what customers say is reckoned as it must be."""
    again = tuple(_keyed("again", parse_when, each) for each in raw)
    if when.said == "no_reply":
        for key, each in (("when", when), *(("again", each) for each in again)):
            if each.said != "no_reply" or each.unit != "day" or each.working or each.at is None:
                raise ValueError(f'{key}: "{each.text}" should be like "4 days after no reply at 10:00"')
        if until.anchor != "day":
            raise ValueError(f'until: "{until.text}" should be reckoned from the visit, like "10 days before"')
    elif again:
        raise ValueError("again: is for notices that get no reply")
    elif when.said and (when.amount or until.said != when.said or until.working or until.at is not None):
        raise ValueError(f'until: "{until.text}" should be a span after the same thing, like "5 days after {when.text[5:]}"')
    return again


def _keyed(key: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{key}: {error}") from error
