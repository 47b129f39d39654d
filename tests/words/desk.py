"""A desk with words on it: made-up notices beside the real layouts, and cases to fill them for."""

from pathlib import Path
from typing import Any

from doorstep.facts import Case
from doorstep.rollout import Rollout
from doorstep.settings import CHECKOUT
from doorstep.words import Library, Message, Skeleton
from tests.making import make_rollout

TEMPLATES = CHECKOUT / "templates"
REMINDER = """\
Subject: Visit on {{ visit.day }}
Sms: {{ utility.short_name }}: visit {{ visit.day }}, {{ visit.window }}. For {{ customer.name }}
Voice: This is {{ utility.name }}. We come on {{ visit.day }}.

{% if customer.named %}Dear {{ customer.name }},{% else %}Hello,{% endif %}

We come on **{{ visit.day }}**.

- Place: {{ customer.address }}
{% if visit.power_off %}- Power: off for {{ visit.power_off_minutes }} minutes{% endif %}
- Who comes: {{ installer.name }}
"""


def write_words(folder: Path, text: str, *, notice: str = "reminder", language: str = "en", phase: str = "before") -> Path:
    """Put one words file into a templates folder."""
    path = folder / phase / notice / f"{language}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def library_of(folder: Path, text: str = REMINDER, **place: str) -> Library:
    """A library of one notice, with the layouts that Doorstep comes with."""
    write_words(folder, text, **place)
    return Library.load(folder, TEMPLATES / "layouts")


def case_of(**values: Any) -> Case:
    """A booked visit on Tuesday 9 March 2027 between 8 and 12."""
    case = Case(1, "2027-03-09", "", 2, 3, "booked", "2027-03-09", 480, 720, "Europe/London", "NW0000001",
                name="Ms Andrea O'Neill", address="1 Mill Road", town="Northwick")
    return case._replace(**values)


def skeleton_of(library: Library, channel: str, case: Case, *, language: str = "en", notice: str = "reminder",
                rollout: Rollout | None = None) -> tuple[Skeleton, list[str]]:
    """The skeleton for a case and what fills it."""
    rollout = rollout or ROLLOUT
    facts = library.facts(rollout, language)
    switches = facts.switches(case, library.names(notice, language, channel).switches)
    skeleton = library.skeleton(rollout, notice, language, channel, switches)
    return skeleton, facts.texts(case, skeleton.slots)


def message_of(library: Library, channel: str, case: Case, **kind: Any) -> Message:
    """What the customer of a case gets."""
    skeleton, texts = skeleton_of(library, channel, case, **kind)
    return skeleton.fill(texts)


ROLLOUT = make_rollout()
