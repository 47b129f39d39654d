"""What SendGrid's answers mean: taken, wrong in itself, too large, not taken for now, or nobody knows."""

import re
from typing import Literal, NamedTuple

import orjson

from doorstep.channels._retry_after import moment_in
from doorstep.channels._sendgrid_transport import Answer

_PERSON = re.compile(r"personalizations?[.\[](\d+)").match


class Verdict(NamedTuple):
    """What became of a request.

    taken     all of it; `word` is SendGrid's id
    wrong     none of it, for what it says; `people` are the personalizations that SendGrid names
    large     none of it, for its size
    ours      none of it, for what all its customers share: words or settings of ours, no customer's fault
    stopped   none of it, nor would it take another; `word` is the code of a Transient
    lost      nobody knows; `word` says why
    """

    kind: Literal["taken", "wrong", "large", "ours", "stopped", "lost"]
    word: str = ""
    until: int | None = None
    people: frozenset[int] = frozenset()


def verdict(answer: Answer, now: int) -> Verdict:
    """Read an answer, careful with each: a promise is believed only if it is SendGrid's own."""
    status = answer.status
    if status in (200, 202):            # 200 is for the sandbox; a proxy's page would have no id
        word = answer.headers.get("X-Message-Id") or ("sandbox" if status == 200 and not answer.body else "")
        return Verdict("taken", word) if word else Verdict("lost", "unreadable")
    if status == 400:
        return _wrong(answer)
    if status == 413:
        return Verdict("large")
    if status == 429:
        return Verdict("stopped", "busy", until=_until(answer, now))
    if status in (401, 403):
        return Verdict("stopped", "auth")
    if 300 <= status < 500:             # moved, not found, not allowed: nobody's mail was taken, and the address is wrong
        return Verdict("stopped", "away")
    return Verdict("lost", f"http_{status}" if status >= 500 else "unreadable")      # it may be in SendGrid's queue already


def _wrong(answer: Answer) -> Verdict:
    """A 400 that names other fields than customers' is about what all of them share: ours to mend, no customer's."""
    fields = _fields(answer.body)
    people = frozenset(int(found[1]) for field in fields if (found := _PERSON(field)))
    return Verdict("ours", "auth") if fields and not people else Verdict("wrong", people=people)


def _fields(body: bytes) -> list[str]:
    try:
        faults = orjson.loads(body)["errors"]
        return [str(fault["field"]) for fault in faults if fault.get("field")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _until(answer: Answer, now: int) -> int | None:
    """When to come back, by the first header that says so."""
    said = (moment_in(answer.headers.get(name, ""), now) for name in ("Retry-After", "X-RateLimit-Reset"))
    return next((moment for moment in said if moment is not None), None)
