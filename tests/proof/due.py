"""What there is to do: so many visits, all of them due one notice by email."""

from dataclasses import replace

from sqlmodel import SQLModel

from bench.making import customers, visits
from doorstep.delivery import send_due
from doorstep.delivery.lines import Lines
from doorstep.planning import plan_phase
from doorstep.rollout import Rollout
from doorstep.settings import CHECKOUT
from doorstep.store import Store, bulk
from doorstep.words import Library
from tests.making import at, make_rollout
from tests.town import Street

NOTICE = "reminder"            # a duty notice: told again when nobody can say whether it arrived


def live() -> Rollout:
    """A rollout that tells its customers one thing, by SendGrid."""
    rollout = make_rollout(live=True, senders={"email": ["sendgrid"]})
    return replace(rollout, plan=tuple(row for row in rollout.plan if row.notice == NOTICE))


ROLLOUT, LIBRARY = live(), Library.load(CHECKOUT / "templates")
START = at("2027-02-16 09:00", ROLLOUT)


def put_there(store: Store, count: int) -> None:
    """So many visits, each with its customer."""
    with store.write() as connection:
        for name, rows in (("customer", list(customers(count))), ("visit", list(visits(count)))):
            bulk(connection, name, list(rows[0]), [tuple(row.values()) for row in rows])


def fill(store: Store, notices: int) -> None:
    """Put the visits there and plan."""
    put_there(store, notices)
    assert plan_phase(store, ROLLOUT, phase=None, now=START) == notices


def rehearse(store: Store) -> None:
    """Fill, hand over and take all away again: words are rendered and statements compiled, once for all senders."""
    fill(store, 2)
    assert send_due(store, ROLLOUT, library=LIBRARY, lines=Lines.of({"email": Street("email")}), now=START).sent == 2
    with store.write() as connection:
        for each in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(each.delete())
