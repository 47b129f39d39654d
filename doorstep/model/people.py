"""Those who work on the rollout: the desk's users and what they changed, staff and their certificates, shifts, briefings."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class DeskUser(SQLModel, table=True):
    """Someone who may log in to the desk."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    password: str                                 # argon2id, with its parameters and salt
    role: str                                     # viewer | agent | manager
    created_at: int
    ended_at: int | None = None                   # may no longer log in
    failures: int = 0                             # wrong passwords in a row
    locked_until: int = 0


class DeskSession(SQLModel, table=True):
    """A login that is in force; the cookie holds the secret, this table its digest."""

    digest: str = Field(primary_key=True)
    user_id: int = Field(index=True)
    began_at: int
    seen_at: int
    ended_at: int | None = None


class Audit(SQLModel, table=True):
    """Every change that a person made, appended and never changed. Ids only."""

    __table_args__ = (Index("audit_by_about", "rollout", "about"),)
    id: int | None = Field(default=None, primary_key=True)
    at: int
    rollout: str = ""
    by: str
    what: str                                     # a verb: answered, closed, stopped, looked, logged-in ...
    about: str                                    # "enquiry 12", "visit 5", "stop 3"
    data: str | None = None


class Staff(SQLModel, table=True):
    """Someone of the utility or a contractor whom customers may meet or call."""

    __table_args__ = (UniqueConstraint("rollout", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    number: str                                   # on the badge
    name: str
    role: str                                     # installer, call_centre, cashier, meter_reader, security, executive, ...
    firm: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str
    area: str | None = None
    since: int                                    # when a list named them first, or again after they had left
    left_at: int | None = None
    updated_at: int


class Certificate(SQLModel, table=True):
    """A quiz passed or not, on one script; it lapses when the script changes."""

    __table_args__ = (UniqueConstraint("staff_id", "script", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str = Field(index=True)
    staff_id: int
    script: str                                   # digest of the role's script, answers and quiz
    score: int                                    # per cent
    passed: int
    at: int


class Shift(SQLModel, table=True):
    """Who is on the list to visit customers on a day."""

    __table_args__ = (UniqueConstraint("rollout", "day", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    day: str
    number: str                                   # of the staff member, as on the badge; may be nobody we know
    firm: str | None = None
    area: str | None = None
    updated_at: int


class Briefing(SQLModel, table=True):
    """Notice B-00 to one member of staff about one wave: the states are those of a notice."""

    __table_args__ = (UniqueConstraint("staff_id", "wave", "script"), Index("briefing_open", "rollout", "state"))
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    staff_id: int
    wave: str
    script: str
    due_at: int
    until_at: int
    state: str = "due"
    why: str | None = None
    attempt: int = 0
    attempted_at: int | None = None
    provider_id: str | None = None
    accepted_at: int | None = None
