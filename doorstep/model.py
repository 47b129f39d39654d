"""The tables.

An instant (`at`, `..._at`, `since`) is an int: epoch seconds, UTC. A `day` is the premise's local date as ISO text.
A time of day is an int: minutes after local midnight (480 is 08:00, 1440 is 24:00). Flags are 0 or 1.
Plain numbers keep a million rows small, sort as they should, and mean the same on SQLite and PostgreSQL.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel


def table(of: type[SQLModel]) -> Table:
    """The table of a model, for statements over sets: without the mapper, which doubles their cost."""
    found: Table = of.__table__  # type: ignore[attr-defined]
    return found


class Status(StrEnum):
    """What a visit is, in our words; a feed's own words are mapped to these."""

    PLANNED = "planned"
    BOOKED = "booked"
    EN_ROUTE = "en_route"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    MERGED = "merged"      # its work orders joined another visit of the same household


OPEN = (Status.PLANNED, Status.BOOKED, Status.EN_ROUTE)


class Feed(SQLModel, table=True):
    """One pulled file: what it held, what it changed, or why it was held whole."""

    id: int | None = Field(default=None, primary_key=True)
    rollout: str = Field(index=True)
    file: str
    digest: str = Field(index=True)
    pulled_at: int
    state: str                                    # taken | held | accepted | same
    held: str | None = None                       # reason name, as in a pull's JSON
    report: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))   # the pull's JSON, whole
    accepted_by: str | None = None
    accepted_at: int | None = None


class SourceMark(SQLModel, table=True):
    """How far a source has been read: an ETag, a version id, a size and time."""

    __table_args__ = (UniqueConstraint("rollout", "source"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    source: str
    mark: str
    at: int


class Refused(SQLModel, table=True):
    """A row that was not taken, kept whole with its line and the reason."""

    id: int | None = Field(default=None, primary_key=True)
    rollout: str = Field(index=True)
    feed_id: int = Field(index=True)
    line: int
    reason: str
    detail: str
    row: str                                      # the whole source row as a JSON object
    work_order: str | None = Field(default=None, index=True)
    mended_at: int | None = None


class Customer(SQLModel, table=True):
    """An account at a premise, and how to reach it."""

    __table_args__ = (UniqueConstraint("rollout", "premise", "account"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    premise: str
    account: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None                      # E.164
    language: str
    address: str | None = None
    town: str | None = None
    postcode: str | None = None
    area: str | None = None
    prefers: str | None = None                    # a channel the customer asked for
    vulnerable: int = 0
    life_support: int = 0
    landlord: int = 0
    business: int = 0
    prepaid: int = 0
    lat: float | None = None
    lon: float | None = None
    updated_at: int


class Visit(SQLModel, table=True):
    """One household on one day: the current version. Earlier versions are in VisitPast."""

    __table_args__ = (
        Index("visit_by_day", "rollout", "day", "window_start", "window_end", "zone"),
        Index("visit_by_outcome", "rollout", "outcome_at", sqlite_where=text("outcome_at IS NOT NULL"),
              postgresql_where=text("outcome_at IS NOT NULL")),
        Index("visit_by_since", "rollout", "since"),
        Index("visit_by_change", "rollout", "changed_at", sqlite_where=text("version > 1"),
              postgresql_where=text("version > 1")),
    )
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    customer_id: int = Field(index=True)
    day: str
    window_start: int | None = None
    window_end: int | None = None
    status: str
    zone: str
    wave: str | None = None
    contractor: str | None = None
    reference: str                                # the lowest work order number of the visit
    meters: int = 1
    commodities: str                              # "electricity", "electricity,gas", ...
    presence_required: int = 0
    power_off_minutes: int | None = None
    duration_minutes: int | None = None
    new_meter: str | None = None
    attempts: int = 0                             # visits made so far that could not be completed
    round: int = 1                                # grows when a closed visit opens again (booked after an abort)
    reopened_at: int = 0                          # when the present round began; 0 for the first
    outcome: str | None = None                    # one of Outcome, why it was aborted or cancelled
    outcome_at: int | None = None                 # when it was completed, aborted, cancelled or refused
    version: int = 1
    since: int                                    # when this version began (the pull's now)
    changed_at: int                               # when day or window last changed
    created_at: int
    feed_id: int
    merged_into: int | None = None
    split_from: int | None = None                 # the visit whose notices told this one's old date


class VisitPast(SQLModel, table=True):
    """A version of a visit that is no longer so: what stood from `since` until `until`, and what ended it."""

    __table_args__ = (UniqueConstraint("visit_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str = Field(index=True)
    visit_id: int
    version: int
    day: str
    window_start: int | None = None
    window_end: int | None = None
    status: str
    attempts: int = 0
    outcome: str | None = None
    outcome_at: int | None = None
    since: int
    until: int
    # moved | window | cancelled | completed | aborted | refused | merged | split | other
    change: str
    feed_id: int                                  # the feed that ended it


class WorkOrder(SQLModel, table=True):
    """One job at one meter, as the schedule knows it."""

    __table_args__ = (UniqueConstraint("rollout", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    number: str
    customer_id: int
    visit_id: int | None = Field(default=None, index=True)
    commodity: str
    old_meter: str | None = None
    new_meter: str | None = None
    status: str
    day: str
    window_start: int | None = None
    window_end: int | None = None
    outcome: str | None = None
    outcome_at: int | None = None
    stamp: int                                    # the feed's own time stamp of the row
    digest: str                                   # of the mapped row: equal digest, nothing to do
    feed_id: int


class Notice(SQLModel, table=True):
    """One message owed to one customer about one visit, born when it is due."""

    __table_args__ = (
        UniqueConstraint("visit_id", "notice", "occasion", "via"),
        Index("notice_open", "rollout", "notice", "not_before",
              sqlite_where=text("state IN ('due','held','attempting')"),
              postgresql_where=text("state IN ('due','held','attempting')")),
        Index("notice_by_customer", "customer_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    notice: str                                   # its name in the plan, and its folder of words
    phase: str
    purpose: str
    visit_id: int
    customer_id: int
    occasion: str                                 # the day spoken of, or the event that triggered it
    via: str = ""                                 # the channel, where one notice goes out on several at once
    due_at: int
    until_at: int                                 # the end of its usefulness
    not_before: int                               # when to look at it (again)
    state: str = "due"
    why: str | None = None                        # the reason of every "no"
    channel: str | None = None
    tried: str = ""                               # channels that refused it, by spaces
    language: str | None = None
    told_day: str | None = None                   # the date and window that the message stated
    told_start: int | None = None
    told_end: int | None = None
    skeleton: str | None = None                   # digest of the words as rendered, see Skeleton
    texts: str | None = None                      # JSON list: what filled the skeleton's slots
    parts: int | None = None                      # text message parts, letter pages
    attempt: int = 0
    provider: str | None = None
    provider_id: str | None = None
    created_at: int
    attempted_at: int | None = None
    lease_until: int | None = None
    accepted_at: int | None = None
    delivered_at: int | None = None
    bounced_at: int | None = None
    closed_at: int | None = None                  # when it became void, missed or failed


class Skeleton(SQLModel, table=True):
    """A notice's words rendered for one set of switches, with slots: proof of what was said, kept once."""

    digest: str = Field(primary_key=True)
    rollout: str
    notice: str
    channel: str
    language: str
    slots: str                                    # JSON list of slot names, in the order of Notice.texts
    body: bytes = Field(sa_column=Column(LargeBinary))   # zlib JSON of the channel's parts (subject, text, html, ...)


class Journal(SQLModel, table=True):
    """What happened, one appended row each; never changed. Ids only, no personal data."""

    __table_args__ = (Index("journal_by_visit", "visit_id"), Index("journal_by_kind", "rollout", "kind", "at"))
    id: int | None = Field(default=None, primary_key=True)
    at: int
    rollout: str
    # accepted, refused, throttled, unknown; delivered, bounced, complained, replied, stopped, started; pulled, held-feed ...
    kind: str
    visit_id: int | None = None
    notice_id: int | None = None
    customer_id: int | None = None
    ref: str | None = None                        # the provider's event id or ours: an event counts once
    data: str | None = None                       # a short word or JSON: a code, a reason, an answer


class Stop(SQLModel, table=True):
    """An address that must not be used: the consent ledger and the suppression list in one."""

    __table_args__ = (UniqueConstraint("rollout", "address", "channel", "purpose"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    channel: str
    address: str
    purpose: str = "*"                            # "*" or one purpose
    reason: str                                   # stop | bounce | complaint | wrong_person
    at: int
    ended_at: int | None = None                   # START, or a mended address


class Score(SQLModel, table=True):
    """A KPI's value as measured one night, so that its course can be drawn."""

    __table_args__ = (UniqueConstraint("rollout", "kpi", "cut", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    kpi: str
    cut: str = ""                                 # "" for all, else "wave=W01", "language=ar", "channel=sms"
    at: int
    day: str
    value: float | None = None
    numerator: float
    denominator: float
    target: float | None = None
    status: str
