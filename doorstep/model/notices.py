"""What is owed and was told: notices, their words, the journal, and what stands in the way of sending."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Notice(SQLModel, table=True):
    """One message owed to one customer about one visit, born when it is due."""

    __table_args__ = (
        UniqueConstraint("visit_id", "notice", "occasion", "via"),
        Index("notice_open", "rollout", "notice", "not_before",
              sqlite_where=text("state IN ('due','held','attempting','unknown')"),
              postgresql_where=text("state IN ('due','held','attempting','unknown')")),
        Index("notice_by_customer", "customer_id"),
        # Africa's Talking knows a message by nothing but its own id.
        Index("notice_by_provider_id", "provider_id", sqlite_where=text("provider = 'africastalking'"),
              postgresql_where=text("provider = 'africastalking'")),
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


class Halt(SQLModel, table=True):
    """An emergency stop: nothing that fits it is handed over until it is ended. What is NULL fits everything."""

    id: int | None = Field(default=None, primary_key=True)
    rollout: str = Field(index=True)
    area: str | None = None
    notice: str | None = None
    language: str | None = None
    reason: str
    at: int
    by: str
    ended_at: int | None = None
    ended_by: str | None = None


class Rest(SQLModel, table=True):
    """The circuit breaker: a provider that failed lately, and until when it is left alone. Shared by every sender."""

    __table_args__ = (UniqueConstraint("rollout", "provider", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    provider: str
    kind: str                                     # the channel: a provider's texts may rest while its emails go out
    failures: int = 0                             # in a row
    until: int = 0                                # not asked before this; 0 when all is well
    why: str = ""
    at: int


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
