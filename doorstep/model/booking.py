"""Visits that customers choose for themselves: the calendar of slots, holds on them, and what the scheduler is asked to do."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class CalendarSlot(SQLModel, table=True):
    """A day and window in an area with room for so many visits."""

    __table_args__ = (UniqueConstraint("rollout", "area", "day", "window_start", "window_end"),
                      CheckConstraint("taken >= 0", name="taken_is_a_count"))
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    area: str                                     # "*" serves every area
    day: str
    window_start: int
    window_end: int
    capacity: int
    taken: int = 0                                # holds in force and bookings together
    updated_at: int


class SlotHold(SQLModel, table=True):
    """A place in a slot that one visit has: held for some minutes while the customer decides, or booked.

    A visit has one booked place at most, and may hold another one while its customer moves there.
    """

    __table_args__ = (
        Index("hold_open", "slot_id", "state", "until_at"),
        Index("hold_of_visit", "visit_id", "state", unique=True, sqlite_where=text("state IN ('held','booked')"),
              postgresql_where=text("state IN ('held','booked')")),
    )
    id: int | None = Field(default=None, primary_key=True)
    slot_id: int
    visit_id: int
    state: str                                    # held | booked | released
    until_at: int | None = None                   # of a hold: when it lapses
    at: int


class Request(SQLModel, table=True):
    """What a customer asked of the scheduler: another slot, or no meter. It stands until the feed says the same."""

    __table_args__ = (Index("request_open", "rollout", "state", "visit_id"), Index("request_by_visit", "visit_id"),
                      Index("request_of_parcel", "parcel"))
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    visit_id: int
    customer_id: int
    kind: str                                     # move | refuse
    channel: str                                  # page | sms | call | desk: through which it was asked
    from_day: str
    from_start: int | None = None
    from_end: int | None = None
    from_status: str
    to_day: str | None = None
    to_start: int | None = None
    to_end: int | None = None
    slot_id: int | None = None
    at: int
    # open: asked; written: handed to the scheduler; confirmed: the feed says so; overruled: it says another thing;
    # replaced: the customer asked for something else since
    state: str = "open"
    parcel: int | None = None                     # those handed over together: the id of the first of them
    written_at: int | None = None
    settled_at: int | None = None


class RequestOrder(SQLModel, table=True):
    """What the schedule may go on saying of a work order until it has heard of a request: that is no news."""

    __table_args__ = (Index("request_order_of", "request_id"), Index("request_order_by_order", "order_id"))
    id: int | None = Field(default=None, primary_key=True)
    request_id: int
    order_id: int
    day: str
    window_start: int | None = None
    window_end: int | None = None
    status: str | None = None                     # None: planned or booked
    settled: str | None = None                    # confirmed | overruled | replaced


class VisitNote(SQLModel, table=True):
    """What the customer told us about the visit: who is there, how to get in, what to look out for."""

    visit_id: int = Field(primary_key=True)
    rollout: str = Field(index=True)
    present: str | None = None                    # me | someone | nobody
    who: str | None = None                        # the other person's name: personal
    access: str | None = None                     # how to get in: personal
    pets: int = 0
    medical: int = 0                              # equipment that needs power; never what for
    confirmed_at: int | None = None
    at: int
