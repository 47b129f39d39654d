"""The shape of what a rollout says of conversations, bookings and staff: `[conversation]`, `[booking]`, `[staff]` in its file."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TOPICS = ("health", "privacy", "cost", "accuracy", "forced", "power_off", "safety", "scam", "disconnection", "hacking", "other")


class Part(BaseModel):
    """Keys that are not known are mistakes, not extras."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Conversation(Part):
    """Who answers customers, and by when."""

    owner: str = Field(default="Customer team", description="who gets what no topic below names")
    owners: dict[str, str] = Field(default={}, description="by topic or kind of enquiry: who answers")
    answer_days: int = Field(default=2, ge=1, description="working days until an answer is due")
    urgent: list[str] = Field(default=["safety", "scam"], description="topics that are due on the same working day")
    rumour_count: int = Field(default=5, ge=2, description="more than so many of one topic in one area within a day are a rumour")


class Booking(Part):
    """The slots that customers may choose, and how the scheduler learns of it."""

    calendar: dict[str, Any] = Field(default={}, description="where slot files come from, as a feed's source: "
                                                             '{ kind = "folder", path, pattern }; none: customers are called')
    hold_minutes: int = Field(default=15, ge=1, le=120, description="how long a slot is kept for a customer who decides")
    notice_days: int = Field(default=2, ge=0, description="working days before the visit until which a customer may move it")
    horizon_days: int = Field(default=90, ge=1, description="how far ahead slots are offered")
    write_back: dict[str, Any] = Field(default={}, description='{ kind = "folder" | "s3" | "webhook", ... }: where moves and '
                                                               "holds go; none: under DOORSTEP_HOME/requests")


class UsageRules(Part):
    """Where files of first readings come from."""

    source: dict[str, Any] = Field(default={}, description="as a feed's source: { kind = \"folder\", path, pattern }; none: "
                                                           "customers' pages do not show what they use")


class StaffRules(Part):
    """When a member of staff counts as ready to meet customers."""

    pass_mark: int = Field(default=80, ge=1, le=100, description="per cent of the quiz")
    front_line: list[str] = Field(default=["installer", "call_centre", "cashier", "meter_reader", "security"],
                                  description="roles that must be certified before a wave starts")
    briefing_days: int = Field(default=14, ge=1, description="days before a wave's first visit that its briefing goes out")
