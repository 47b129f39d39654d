"""How the customer's page says things: words whose gaps are filled when they are said, and what a stranger may not see whole."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from babel import Locale
from markupsafe import Markup, escape

from doorstep.facts import Case, Facts
from doorstep.rollout import Rollout

_TEXTS = {"day": "visit.day", "window": "visit.window", "reference": "visit.reference", "minutes": "visit.duration_minutes",
          "power_minutes": "visit.power_off_minutes", "old_day": "visit.old_day", "old_window": "visit.old_window",
          "done_day": "visit.done_day", "new_meter": "visit.new_meter", "meters": "visit.meters", "utility": "utility.name",
          "website": "utility.website", "sms_number": "utility.sms_number",
          "installer": "installer.name", "fee": "rollout.refusal_fee", "compensation": "rollout.compensation"}


class Say:
    """Words by name; `say["home"]["title"]` is the title with its gaps filled, safe to stand in a page."""

    def __init__(self, words: Mapping[str, Any], gaps: Mapping[str, Any]) -> None:
        self._words, self._gaps = words, gaps

    def __getitem__(self, name: str) -> Any:
        return self._said(self._words[name])

    def gap(self, name: str) -> Any:
        """What fills one gap."""
        return self._gaps[name]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """The names with what they say, in the order of the file."""
        return ((name, self._said(said)) for name, said in self._words.items())

    def _said(self, said: Any) -> Any:
        if isinstance(said, str):
            return Markup(escape(said)).format_map(self._gaps)
        if isinstance(said, list):
            return [self._said(each) for each in said]
        return Say(said, self._gaps)


def gaps_of(facts: Facts, rollout: Rollout, case: Case) -> dict[str, Markup]:
    """What the words of a page may say about a visit. The premise is its first line: who gets the link by mistake need not
    know the town, and the customer's name is nowhere."""
    said = facts.texts(case, tuple(_TEXTS.values()))
    (place,) = facts.texts(case._replace(town=None), ("customer.address",))
    gaps = {name: in_bdi(text) for name, text in zip(_TEXTS, said, strict=True)}
    return gaps | {"phone": phone_link(rollout), "place": in_bdi(place)}


def phone_link(rollout: Rollout) -> Markup:
    """The utility's number, to be dialled by a touch."""
    phone = rollout.file.utility.phone
    dialled = "".join(letter for letter in phone if letter.isdigit() or letter == "+")
    return Markup('<a class="ltr" dir="ltr" href="tel:{}">{}</a>').format(dialled, phone)


def in_bdi(text: Any) -> Markup:
    """A text that keeps its own direction and leaves that of its neighbours alone."""
    return text if isinstance(text, Markup) else Markup("<bdi>{}</bdi>").format(text)


def ltr(text: str) -> Markup:
    """A number or an address that is written from left to right in every language."""
    return Markup('<bdi class="ltr" dir="ltr">{}</bdi>').format(text)


def masked(channel: str, address: str) -> Markup:
    """Enough of an address for its owner to know it."""
    if channel == "email":
        local, _, domain = address.partition("@")
        host, _, top = domain.rpartition(".")
        return ltr(f"{local[:1]}•••@{host[:1]}•••.{top}")
    return ltr(f"••• {address[-3:]}")


@lru_cache
def language_name(code: str) -> str:
    """A language as it calls itself."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
