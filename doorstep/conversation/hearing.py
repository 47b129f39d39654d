"""A reply is heard once: kept, understood, acted on and written down in one transaction, or not at all.

The journal gets one row `replied` (its `ref` is the provider's id, its `data` what was meant) and one for each deed: `stopped`
and `started` ("reply sms"), `confirmed` ("sms"), `wrong_person` ("sms"), `asked` and `satisfied` (see `enquiries`), `rated`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, text, update

from doorstep.consent import PHONE, TAKEN_BACK, Entry, Over, end_stops, is_stopped, stop_addresses
from doorstep.conversation.deeds import reached, visit_held
from doorstep.conversation.enquiries import E, latest_asked, open_enquiry, settle
from doorstep.conversation.finding import People, find_people, same_address, spelled
from doorstep.conversation.notes import is_confirmed, note_of
from doorstep.conversation.scene import Said, Scene, may_act, meant_by, scene_of
from doorstep.conversation.surveys import rate
from doorstep.model import OPEN, Journal, Reply, table
from doorstep.replies import Meaning
from doorstep.rollout import Rollout
from doorstep.store import Store

__all__ = ["Heard", "People", "Said", "find_people", "hear"]

R, J = table(Reply), table(Journal)
DAY = 86400
MOST = 5000                # letters that are kept of a reply
# What an enquiry is called that a meaning leads to, where not by its own name.
_ASKED_AS: Mapping[str, str] = {"stop": "unclear", "start": "unclear", "confirm": "unclear", "satisfied": "unclear"}
_CONFIRM = text("""INSERT INTO visitnote (visit_id, rollout, pets, medical, confirmed_at, at)
    VALUES (:visit, :rollout, 0, 0, :now, :now)
    ON CONFLICT (visit_id) DO UPDATE SET confirmed_at = excluded.confirmed_at, at = excluded.at""")


class Heard(NamedTuple):
    """What was meant, the enquiry that waits for a person because of it, and whether this was news."""

    meant: str
    enquiry_id: int | None
    new: bool


class _Turn(NamedTuple):
    """One reply in its transaction."""

    connection: Connection
    rollout: Rollout
    said: Said
    scene: Scene
    meant: Meaning
    reply_id: int
    now: int


def hear(store: Store, rollout: Rollout, said: Said, *, now: int) -> Heard:
    """Do all that a reply means. Said again, with the same `ref`, it changes nothing."""
    with store.read() as connection:
        if before := _heard(connection, rollout, said.ref):
            return before
        scene = scene_of(connection, rollout, said)
    meant = meant_by(scene, said)
    if meant.kind == "rating" and scene.visit is not None:
        # Its own transaction, and first: cut off after it, the next run says the same again, which is no news.
        rate(store, rollout, scene.visit.id, "after", {"rating": int(meant.detail)}, said.channel, now=now)
    with store.write() as connection:
        reply_id = _keep(connection, rollout, said, scene, meant)
        if reply_id is None:
            return _heard(connection, rollout, said.ref) or Heard(meant.kind, None, False)
        turn = _Turn(connection, rollout, said, scene, meant, reply_id, now)
        _journal(turn, "replied", meant.kind, at=min(said.at, now), ref=said.ref)
        enquiry_id = _DEEDS.get(meant.kind, _ask)(turn)
        if scene.customer is not None and may_act(scene, said) and meant.kind not in ("wrong_person", "deceased"):
            reached(connection, scene.customer.id, now=now)
        if enquiry_id is not None:
            connection.execute(update(R).where(R.c.id == reply_id).values(enquiry_id=enquiry_id))
    return Heard(meant.kind, enquiry_id, True)


def _heard(connection: Connection, rollout: Rollout, ref: str) -> Heard | None:
    row = connection.execute(select(R.c.meant, R.c.enquiry_id).where(R.c.rollout == rollout.name, R.c.ref == ref)).first()
    return Heard(row.meant, row.enquiry_id, False) if row else None


def _keep(connection: Connection, rollout: Rollout, said: Said, scene: Scene, meant: Meaning) -> int | None:
    """The reply's id; None where somebody else is hearing or has heard it. They are waited for."""
    values = {"rollout": rollout.name, "ref": said.ref, "at": said.at, "channel": said.channel, "meant": meant.kind,
              "words": _own_words(said), "customer": scene.customer.id if scene.customer else None,
              "visit": scene.visit.id if scene.visit else None, "notice": scene.notice.id if scene.notice else None}
    return connection.execute(text(
        "INSERT INTO reply (rollout, ref, at, channel, customer_id, visit_id, notice_id, meant, words) VALUES "
        "(:rollout, :ref, :at, :channel, :customer, :visit, :notice, :meant, :words) "
        "ON CONFLICT (rollout, ref) DO NOTHING RETURNING id"), values).scalar()


# ---- what each meaning leads to; each returns the enquiry that it opened, if any ------------------------------------------


def _stop(turn: _Turn) -> int | None:
    """The address it came from is revoked, not the accounts: whoever shares it is told by another way."""
    said, scene = turn.said, turn.scene
    address = _ledger_address(turn)
    if address is None:
        return _ask(turn)
    channels = PHONE if turn.meant.detail == "calls" and said.channel in PHONE else (said.channel,)
    if _enter(turn, channels, address, "stop"):
        _journal(turn, "stopped", f"reply {said.channel}")
    # Nothing but "cancel" was said, about a visit that is to come.
    by_phone_too = turn.meant.detail == "calls" and said.channel == "email"
    visit_meant = turn.meant.detail == "cancel" and scene.is_open
    return _ask(turn, "move" if visit_meant else "unclear") if _elsewhere(turn) or by_phone_too or visit_meant else None


def _start(turn: _Turn) -> int | None:
    address = _ledger_address(turn)
    if address is None:
        return _ask(turn)
    where = (turn.connection, turn.rollout, turn.said.channel, address)
    if end_stops(*where, TAKEN_BACK, at=turn.now):
        _journal(turn, "started", f"reply {turn.said.channel}")
    # What stays is for a person to look at.
    return _ask(turn) if is_stopped(*where) or _elsewhere(turn) else None


def _enter(turn: _Turn, channels: Sequence[str], address: str, reason: str) -> bool:
    """Nothing more to this address by these channels; whether that is news."""
    return stop_addresses(turn.connection, turn.rollout, [Entry(channel, address, reason, turn.now) for channel in channels],
                          Over.WEAKER) > 0


def _elsewhere(turn: _Turn) -> bool:
    """Whether the customer's own address is another one, to which these words did nothing."""
    return turn.scene.customer is not None and not may_act(turn.scene, turn.said)


def _confirm(turn: _Turn) -> int | None:
    """Agreed to the date as it is at this very moment; agreed before, it is no news."""
    visit_id = turn.scene.visit.id if turn.scene.visit else 0
    if not visit_id or not may_act(turn.scene, turn.said):
        return _ask(turn)
    visit = visit_held(turn.connection, turn.rollout, visit_id)
    if visit.status not in OPEN or not turn.scene._replace(visit=visit).up_to_date:
        return _ask(turn)
    if not is_confirmed(visit, note_of(turn.connection, visit_id)):
        turn.connection.execute(_CONFIRM, {"visit": visit_id, "rollout": turn.rollout.name, "now": turn.now})
        _journal(turn, "confirmed", turn.said.channel)
    return None


def _wrong_person(turn: _Turn) -> int | None:
    """Whoever has this number or mailbox is not the customer: nothing more goes there, and a person looks for the customer."""
    address = _ledger_address(turn)
    if address is not None and turn.meant.detail != "doubt" and may_act(turn.scene, turn.said):
        channels = PHONE if turn.said.channel in PHONE else (turn.said.channel,)
        if _enter(turn, channels, address, "wrong_person"):
            _journal(turn, "wrong_person", turn.said.channel)
    return _ask(turn)


def _satisfied(turn: _Turn) -> int | None:
    """Did this answer you? What is asked about stands in the notice's occasion."""
    if turn.scene.customer is None or turn.scene.notice is None or not may_act(turn.scene, turn.said):
        return _ask(turn)
    customer = turn.scene.customer.id
    word, _, number = str(turn.scene.notice.occasion).partition(":")
    number = number.partition(".")[0]          # a person's answer says when it was given, too
    said = int(number) if word in ("concern", "answer") and number.isdigit() else 0
    named = turn.connection.execute(select(E.c.id).where(E.c.id == said, E.c.customer_id == customer)).scalar()
    enquiry_id = named or latest_asked(turn.connection, turn.rollout, customer)
    if enquiry_id is None:
        return _ask(turn)
    settle(turn.connection, turn.rollout, enquiry_id, yes=turn.meant.detail == "yes", now=turn.now)
    return enquiry_id


def _nothing(_turn: _Turn) -> None:
    """Help is answered by a notice of the plan, which the reply itself sets off; thanks and a rating need nobody."""


def _ask(turn: _Turn, kind: str = "") -> int:
    """A person is to answer. What the same customer adds within a day to what still waits goes to the same enquiry."""
    said, scene, meant = turn.said, turn.scene, turn.meant
    kind = kind or _ASKED_AS.get(meant.kind, meant.kind)
    if scene.customer is not None:
        same = turn.connection.execute(select(E.c.id, E.c.words).where(
            E.c.rollout == turn.rollout.name, E.c.visit_id == (scene.visit.id if scene.visit else None),
            E.c.customer_id == scene.customer.id, E.c.kind == kind, E.c.topic == meant.topic, E.c.state == "open",
            E.c.opened_at > turn.now - DAY).order_by(E.c.id.desc()).limit(1).with_for_update()).first()
        if same:
            turn.connection.execute(update(E).where(E.c.id == same.id).values(
                words=f"{same.words}\n\n{_own_words(said)}"[:MOST]))
            return int(same.id)
    return open_enquiry(
        turn.connection, turn.rollout, kind=kind, topic=meant.topic, customer_id=scene.customer.id if scene.customer else None,
        visit_id=scene.visit.id if scene.visit else None, channel=said.channel,
        language=scene.language or turn.rollout.file.languages[0], words=_own_words(said), now=turn.now)


def _own_words(said: Said) -> str:
    """The words as a database can keep them."""
    return said.words[:MOST].replace("\0", "").encode("utf-8", "replace").decode()


def _ledger_address(turn: _Turn) -> str | None:
    """The address as the ledger of stops knows it: in the customer's spelling, where it is theirs."""
    said, customer = turn.said, turn.scene.customer
    if said.channel not in (*PHONE, "email"):
        return None
    theirs: str | None = None if customer is None else customer.email if said.channel == "email" else customer.phone
    if theirs and ((said.address is None and said.channel != "email") or same_address(said.channel, said.address, theirs)):
        return theirs
    return spelled(said.channel, said.address) if said.address else None


def _journal(turn: _Turn, kind: str, data: str, *, at: int | None = None, ref: str | None = None) -> None:
    scene = turn.scene
    turn.connection.execute(insert(J).values(
        at=turn.now if at is None else at, rollout=turn.rollout.name, kind=kind, data=data, ref=ref,
        visit_id=scene.visit.id if scene.visit else None, notice_id=scene.notice.id if scene.notice else None,
        customer_id=scene.customer.id if scene.customer else None))


_DEEDS: Mapping[str, Callable[[_Turn], int | None]] = {
    "stop": _stop, "start": _start, "confirm": _confirm, "wrong_person": _wrong_person, "satisfied": _satisfied,
    "help": _nothing, "thanks": _nothing, "rating": _nothing}
