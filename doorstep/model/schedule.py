"""What the schedule says: feeds, customers, visits with their versions, work orders."""

from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


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

    __table_args__ = (UniqueConstraint("rollout", "premise", "account"), Index("customer_by_phone", "rollout", "phone"),
                      Index("customer_by_email", "rollout", text("lower(email)")),
                      Index("customer_by_account", "rollout", "account"))
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
    most_per_week: int | None = None              # notices that are not duty, where the customer set a number
    # The customer said so: the feed no longer decides it.
    language_chosen: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    prefers_chosen: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    verified_at: int | None = None                # when the customer last confirmed or used an address of theirs
    large_print: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
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
        Index("visit_merged", "merged_into", sqlite_where=text("merged_into IS NOT NULL"),
              postgresql_where=text("merged_into IS NOT NULL")),
        Index("visit_split", "split_from", sqlite_where=text("split_from IS NOT NULL"),
              postgresql_where=text("split_from IS NOT NULL")),
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
