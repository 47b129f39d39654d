"""How a customer wants to hear from us: in which language, by which channel, how often, and what no longer."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from doorstep.consent import EVERYTHING, Entry, Over, S, end_stops, is_stopped, stop_addresses
from doorstep.conversation.deeds import C, reached, visit_held, write_down
from doorstep.model import address_on
from doorstep.rollout import Rollout
from doorstep.rollout.shape import CHANNELS
from doorstep.store import Store

NOT_DUTY = ("marketing", "programme")
ALL = (EVERYTHING,)
# A letter about the visit itself cannot be stopped: it is what remains when everything else is.
STOPPABLE = {"email": ALL, "sms": ALL, "voice": ALL, "post": NOT_DUTY}
# An address that bounced, or whose owner says it is not this customer's, is not mended by the customer's wish.
OWN_WISH = ("stop", "complaint")
ANY = "any"


def choose_language(store: Store, rollout: Rollout, visit_id: int, language: str, *, now: int) -> bool:
    """From now on in this language, whatever the feed says. Raises ValueError for one that the rollout does not speak."""
    if language not in rollout.file.languages:
        raise ValueError(f'"{language}" is not spoken here; the languages are {", ".join(rollout.file.languages)}')
    return _choose(store, rollout, visit_id, {"language": language, "language_chosen": 1}, f"language={language}", now)


def choose_channel(store: Store, rollout: Rollout, visit_id: int, channel: str | None, *, now: int) -> bool:
    """This channel first, where a notice may go out on it; None: whichever suits the notice."""
    if channel is not None and channel not in CHANNELS:
        raise ValueError(f'"{channel}" is no channel; it is one of {", ".join(CHANNELS)}')
    return _choose(store, rollout, visit_id, {"prefers": channel, "prefers_chosen": 1}, f"prefers={channel or ANY}", now)


def choose_most_per_week(store: Store, rollout: Rollout, visit_id: int, most: int | None, *, now: int) -> bool:
    """At most so many notices a week that are not duty; None: the rollout's own number."""
    if most is not None and not 0 <= most <= rollout.file.cap_per_week:
        raise ValueError(f"{most} a week is not possible; choose 0 to {rollout.file.cap_per_week}")
    return _choose(store, rollout, visit_id, {"most_per_week": most},
                   f"most_per_week={ANY if most is None else most}", now)


def stop_channel(store: Store, rollout: Rollout, visit_id: int, channel: str, *, now: int) -> bool:
    """Nothing more to the customer's address on this channel. A duty notice then takes the next channel."""
    if channel not in STOPPABLE:
        raise ValueError(f'"{channel}" cannot be stopped; it is one of {", ".join(STOPPABLE)}')
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        address = address_on(channel, _customer(connection, visit), visit.customer_id)
        changed = address is not None and stop_by_wish(connection, rollout, channel, address, STOPPABLE[channel], now=now)
        if changed:
            write_down(connection, visit, "stopped", f"page {channel}", now=now)
    return changed


def start_channel(store: Store, rollout: Rollout, visit_id: int, channel: str, *, now: int) -> bool:
    """The customer wants to hear from us on this channel again."""
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        address = address_on(channel, _customer(connection, visit), visit.customer_id)
        ended = end_stops(connection, rollout, channel, address, OWN_WISH, at=now)
        if ended:
            write_down(connection, visit, "started", f"page {channel}", now=now)
    return bool(ended)


def stop_by_wish(connection: Connection, rollout: Rollout, channel: str, address: str, purposes: tuple[str, ...], *,
                 now: int) -> bool:
    """Put an address into the ledger of stops; whether anything was not stopped before."""
    return not is_stopped(connection, rollout, channel, address, EVERYTHING) and stop_addresses(
        connection, rollout, [Entry(channel, address, "stop", now, purpose) for purpose in purposes], Over.ENDED) > 0


def standing(connection: Connection, rollout: Rollout, customer: Row[Any]) -> dict[str, str]:
    """By channel on which the customer has an address: open, visits (duty only), stopped, or broken (it does not arrive)."""
    have = {channel: address for channel in STOPPABLE if (address := address_on(channel, customer, customer.id))}
    rows = connection.execute(select(S.c.channel, S.c.address, S.c.purpose, S.c.reason).where(
        S.c.rollout == rollout.name, S.c.address.in_(set(have.values())), S.c.ended_at.is_(None))).all()
    found = dict.fromkeys(have, "open")
    for row in rows:
        if have.get(row.channel) == row.address:
            found[row.channel] = max(found[row.channel], _of(row), key=("open", "visits", "stopped", "broken").index)
    return found


def _of(row: Row[Any]) -> str:
    if row.reason not in OWN_WISH:
        return "broken"
    return "stopped" if row.purpose == EVERYTHING else "visits"


def _customer(connection: Connection, visit: Row[Any]) -> Row[Any]:
    return connection.execute(select(C).where(C.c.id == visit.customer_id)).one()


def _choose(store: Store, rollout: Rollout, visit_id: int, wish: dict[str, Any], said: str, now: int) -> bool:
    """Whether the wish is news."""
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        customer = _customer(connection, visit)
        if all(getattr(customer, name) == value for name, value in wish.items()):
            return False
        connection.execute(update(C).where(C.c.id == visit.customer_id).values(**wish))
        reached(connection, visit.customer_id, now=now)
        write_down(connection, visit, "chosen", said, now=now)
    return True
