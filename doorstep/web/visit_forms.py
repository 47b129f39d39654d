"""A form that a customer sent: read with care, and each fault said beside its field with what was typed kept."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from doorstep.facts.clean import clean
from doorstep.web.visit_own import Mine, Shut
from doorstep.web.visit_pace import PER_VISIT, WINDOW, pace_of

LONGEST = 1000
SHOWN = 2000           # letters of a text that is too long which stand in its field again


class Form:
    """What was typed, and what is wrong with it. A fault is a name of the page's words."""

    def __init__(self, typed: dict[str, str]) -> None:
        self.typed = typed
        self.faults: dict[str, str] = {}

    def text(self, name: str, *, needed: str = "", longest: int = LONGEST) -> str:
        """A free text in one clean line; `needed` is the fault of leaving it out."""
        said = clean(self.typed.get(name), SHOWN).strip()
        self.typed[name] = said
        if len(said) > longest:
            self.faults[name] = "too_long"
        elif needed and not said:
            self.faults[name] = needed
        return said

    def one_of(self, name: str, choices: Sequence[str], *, needed: str = "") -> str | None:
        """A choice; None where it was left open."""
        said = self.typed.get(name, "")
        if said in choices:
            return said
        if said or needed:
            self.faults[name] = needed or "choose"
        return None

    def yes_no(self, name: str, *, needed: str = "") -> bool | None:
        """A yes or a no; None where it was left open."""
        said = self.one_of(name, ("yes", "no"), needed=needed)
        return None if said is None else said == "yes"

    def number(self, name: str) -> int | None:
        """A number of ours that a hidden field carries."""
        said = self.typed.get(name, "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


async def _form(request: Request, own: Mine) -> Form:
    """The form of this request, at a person's pace. Raises Shut where they come too fast."""
    if pace_of(request).too_often("visit", str(own.visit_id), PER_VISIT, own.now):
        page = own.page("visit_slow.html", status=429, why="slow")
        page.headers["retry-after"] = str(WINDOW)
        raise Shut(page)
    try:
        async with request.form(max_files=1, max_fields=40) as form:
            return Form({name: value for name, value in reversed(form.multi_items()) if isinstance(value, str)})
    except (UnicodeError, ValueError) as error:         # a charset that is none
        raise HTTPException(400, "This form cannot be read. Nothing was changed.") from error


Typed = Annotated[Form, Depends(_form)]
