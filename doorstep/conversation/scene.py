"""What stands around a reply: who wrote, the visit, the notice it answers, the date last told; and what it means there."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, select

from doorstep.conversation.finding import same_address
from doorstep.kpis.surveys import INVITATIONS
from doorstep.model import OPEN, Customer, Notice, Visit, table
from doorstep.replies import Meaning, judge
from doorstep.rollout import Rollout

V, C, N = table(Visit), table(Customer), table(Notice)
ANSWER = "concern-answer"               # the notice that asks "did this answer you?"
TOLD = ("accepted", "delivered", "attempting", "unknown")


class Said(NamedTuple):
    """Something that a customer wrote or pressed. `ref` is the provider's id of it, `address` where it came from: None where
    that is not proven, or where it came by another way than to an address of theirs (their page, a call)."""

    ref: str
    at: int
    channel: str
    words: str
    customer_id: int | None = None
    visit_id: int | None = None
    notice_id: int | None = None
    address: str | None = None


class Scene(NamedTuple):
    """Rows as they stand; None where nothing is known. `told` is the notice that last told the visit's date."""

    customer: Row[Any] | None
    visit: Row[Any] | None
    notice: Row[Any] | None
    told: Row[Any] | None

    @property
    def language(self) -> str | None:
        """The customer's."""
        return None if self.customer is None else str(self.customer.language)

    @property
    def is_open(self) -> bool:
        """Whether there is a visit that is still to come."""
        return self.visit is not None and self.visit.status in OPEN

    @property
    def up_to_date(self) -> bool:
        """Whether the date that the customer was last told is the visit's own."""
        if self.visit is None or self.told is None:
            return False
        visit, told = self.visit, self.told
        return bool((told.told_day, told.told_start, told.told_end) == (visit.day, visit.window_start, visit.window_end))


def scene_of(connection: Connection, rollout: Rollout, said: Said) -> Scene:
    """What is known, of this rollout and of this customer alone: ids of somebody else's visit or notice count for nothing."""
    customer = _one(connection, C, said.customer_id, C.c.rollout == rollout.name)
    if customer is None:
        return Scene(None, None, None, None)
    notice = _one(connection, N, said.notice_id, N.c.customer_id == customer.id)
    visit = _one(connection, V, said.visit_id or (notice.visit_id if notice else None), V.c.customer_id == customer.id)
    if visit is not None and visit.merged_into:
        visit = _one(connection, V, visit.merged_into, V.c.customer_id == customer.id)
    if visit is None:
        visit = connection.execute(select(V).where(V.c.customer_id == customer.id).order_by(
            case((V.c.status.in_(OPEN), 0), else_=1), V.c.id.desc()).limit(1)).first()
    return Scene(customer, visit, notice, _told(connection, visit) if visit else None)


def may_act(scene: Scene, said: Said) -> bool:
    """Whether these words come from the customer: from the very address we write to, or from where there is none to prove."""
    if scene.customer is None:
        return False
    if said.channel == "email":
        return same_address("email", said.address, scene.customer.email)
    return said.address is None or same_address(said.channel, said.address, scene.customer.phone)


def meant_by(scene: Scene, said: Said) -> Meaning:
    """What the words mean after the notice that they answer. Beside the kinds of `judge`: "rating" (the detail is the number),
    and "satisfied" with the detail yes or no."""
    meant = judge(said.words, language=scene.language)
    asked = scene.notice.notice if scene.notice else ""
    yes, no = meant.kind == "confirm", meant.detail in ("2", "no")
    if asked in INVITATIONS and meant.detail in ("1", "2", "3", "4", "5"):
        return Meaning("rating", detail=meant.detail)
    if asked == ANSWER and (yes or no):
        return Meaning("satisfied", detail="yes" if yes else "no")
    if yes:
        return _agreed(scene, meant)
    if meant == ("unclear", "other", "no") and scene.is_open and scene.notice is not None and scene.notice.told_day:
        return Meaning("move", detail="no")                 # "Is Tuesday still right for you?"
    return meant


def _agreed(scene: Scene, meant: Meaning) -> Meaning:
    """A yes agrees to the visit's own date, where that is what was told; an old date is for a person to clear up."""
    dated = scene.notice is not None and scene.notice.told_day is not None
    if scene.is_open and scene.up_to_date and (dated or meant.detail != "yes"):
        return meant
    # A yes to what asked nothing is courtesy.
    nothing_asked = scene.notice is not None and not dated
    return Meaning("thanks" if meant.detail == "yes" and (nothing_asked or not scene.is_open) and scene.customer else "unclear")


def _told(connection: Connection, visit: Row[Any]) -> Row[Any] | None:
    return connection.execute(select(N).where(
        N.c.visit_id == visit.id, N.c.told_day.is_not(None), N.c.state.in_(TOLD), N.c.attempted_at.is_not(None)).order_by(
        N.c.attempted_at.desc(), N.c.id.desc()).limit(1)).first()


def _one(connection: Connection, of: Any, number: int | None, fits: Any) -> Row[Any] | None:
    return connection.execute(select(of).where(of.c.id == number, fits)).first() if number else None
