"""The shape of `config/rollouts/<name>.toml`: every key, its type and its default."""

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from doorstep.model import Status
from doorstep.rollout.plan_rows import PlanRow
from doorstep.rollout.talk_shape import Booking, Conversation, StaffRules, UsageRules
from doorstep.timing import Calendar, Quiet

Channel = Literal["email", "sms", "post", "voice", "call"]
Format = Literal["csv", "tsv", "json", "jsonl", "xlsx", "parquet"]
CHANNELS: tuple[str, ...] = ("email", "sms", "post", "voice", "call")
OUTCOMES = ("no_access", "refused", "unsafe", "obstructed", "wrong_meter", "technical", "weather", "by_customer",
            "by_utility", "other")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REQUIRED_FIELDS = ("work_order", "premise", "account", "day", "status", "stamp")
FIELDS = (*REQUIRED_FIELDS, "name", "email", "phone", "language", "address", "town", "postcode", "area", "wave",
          "contractor", "commodity", "old_meter", "new_meter", "window", "window_start", "window_end", "outcome",
          "outcome_at", "vulnerable", "life_support", "landlord", "business", "prepaid", "presence_required",
          "power_off_minutes", "duration_minutes", "lat", "lon", "prefers")


def _minutes(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", text):
        raise ValueError(f'"{text}" is not a time of day; write it like "08:00"')
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())       # reads a folder of hundreds of files each time


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f'"{name}" is not a time zone; write one like "Europe/London"')
    return name


Clock = Annotated[str, AfterValidator(_minutes)]
Zone = Annotated[str, AfterValidator(_zone)]
Spoken = str | dict[str, str]          # one text, or one for each language


def minutes_of(clock: str) -> int:
    """"08:30" as minutes after midnight."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class Shape(BaseModel):
    """Keys that are not known are mistakes, not extras."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Utility(Shape):
    """Who speaks to the customer."""

    name: Spoken
    short_name: Spoken = Field(description="at most 12 letters, for text messages")
    phone: str
    website: str
    address: Spoken
    sms_number: str = ""
    email: str


class QuietHours(Shape):
    """When nobody is disturbed, in the customer's own time."""

    start: Clock = Field(default="21:00", alias="from")
    end: Clock = Field(default="08:00", alias="to")
    channels: frozenset[Channel] = frozenset({"sms", "voice", "email"})


class FeedShape(Shape):
    """Where the schedule comes from and what its columns mean."""

    source: dict[str, Any] = Field(description='its "kind" (folder, s3, http, sql) and what that kind needs')
    format: Format | None = Field(default=None, description="taken from the file's name where not set")
    encoding: Literal["utf-8", "windows-1256", "latin-1"] = "utf-8"
    sheet: str | None = None
    records: str | None = Field(default=None, description="where in a JSON file the list of rows is, as a.b.c")
    full: bool = Field(default=True, description="each file names every open work order")
    hold_share: float = Field(default=0.2, gt=0, le=1)
    zone: Zone | None = Field(default=None, description="of time stamps that do not say theirs")
    columns: dict[str, str | list[str]] = Field(description="our field -> the feed's column, or JSON path as a.b.c")
    constants: dict[str, str] = {}
    dates: list[str] = ["%Y-%m-%d"]
    stamps: list[str] = ["%Y-%m-%dT%H:%M:%S%z"]
    status: dict[str, Status]
    windows: dict[str, str] = {}
    outcomes: dict[str, Literal[OUTCOMES]] = {}     # type: ignore[valid-type]  # a literal made of our list
    refusals: list[str] = Field(default=[], description="outcome words by which the customer refuses the meter")
    commodities: dict[str, Literal["electricity", "gas", "water"]] = {}
    languages: dict[str, str] = {}
    units: dict[str, Literal["seconds", "minutes", "hours", "days"]] = Field(
        default={}, description="of a length that does not say its own, by our field")
    yes: list[str] = ["Y", "YES", "TRUE", "1"]
    landlord: list[str] = ["LANDLORD"]
    business: list[str] = ["SME", "BUSINESS"]

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(columns) - set(FIELDS))
        if unknown:
            raise ValueError(f'"{unknown[0]}" is not a field; the fields are {", ".join(FIELDS)}')
        return columns

    @model_validator(mode="after")
    def _nothing_required_is_missing(self) -> "FeedShape":
        have = set(self.columns) | set(self.constants)
        missing = [name for name in REQUIRED_FIELDS if name not in have]
        if missing:
            raise ValueError(f'columns.{missing[0]} is missing: name the feed\'s column for "{missing[0]}"')
        return self


class KpiTarget(Shape):
    """What a KPI is held against."""

    title: str
    phase: Literal["before", "during", "after"]
    unit: Literal["%", "days", "minutes", "count", "ratio", "money", "stage", "per 1,000"] = "%"
    direction: Literal["up", "down", "watch"]
    target: float | None = None
    near: float | None = Field(default=None, description="how far from the target is still near, in the KPI's unit")
    least: int = Field(default=20, description="fewer than this in the denominator is too few to say")
    alarm: float | None = None
    source: str = ""


class RolloutFile(Shape):
    """One rollout, as its file says it."""

    title: str
    country: str = Field(pattern="^[A-Z]{2}$")
    region: str | None = None
    zone: Zone
    languages: list[str] = Field(min_length=1, description="the first is the rollout's own")
    fallback: dict[str, list[str]] = {}
    live: bool = False
    allow_list: list[str] = []
    weekend: list[Literal[WEEKDAYS]] = ["sat", "sun"]     # type: ignore[valid-type]  # a literal made of our list
    closed: list[dt.date] = []
    opened: list[dt.date] = []
    utility: Utility
    installer: Spoken
    quiet: QuietHours = QuietHours()
    cap_per_week: int = Field(default=3, ge=1, description="notices that are not duty, for one customer in seven days")
    post_days: int = Field(default=3, ge=0, description="working days a letter takes, print and post together")
    power_off_minutes: int = 20
    duration_minutes: int = 60
    prepaid: bool = False
    refusal_allowed: bool = False
    refusal_fee: str = ""
    compensation: str = ""
    nightly_at: Clock = "02:00"
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    costs: dict[Channel, float] = {}
    senders: dict[Channel, list[str]] = Field(
        default={}, description="for a live rollout: the providers of each channel, the second for when the first is away")
    providers: dict[str, dict[str, Any]] = Field(default={}, description="what each provider needs to know of this rollout")
    rates: dict[str, float] = Field(
        default={}, description="by provider: messages a second that all senders together may hand over")
    senders_at_once: int = Field(default=1, ge=1, le=64, description="runs that share the sending; more than 1 on PostgreSQL")
    conversation: Conversation = Conversation()
    booking: Booking = Booking()
    staff: StaffRules = StaffRules()
    usage: UsageRules = UsageRules()
    feed: FeedShape
    plan: dict[str, dict[str, Any]] = {}
    kpis: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Rollout:
    """A rollout ready for work: its file, its plan and its targets."""

    name: str
    file: RolloutFile
    plan: tuple[PlanRow, ...]
    targets: dict[str, KpiTarget]
    config_path: str = ""
    quiet: Quiet = field(init=False)
    calendar: Calendar = field(init=False)
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        spoken = self.file
        hours = spoken.quiet
        object.__setattr__(self, "zone", ZoneInfo(spoken.zone))
        object.__setattr__(self, "quiet", Quiet(minutes_of(hours.start), minutes_of(hours.end), frozenset(hours.channels)))
        object.__setattr__(self, "calendar", Calendar(
            spoken.country, spoken.region, frozenset(WEEKDAYS.index(day) for day in spoken.weekend),
            frozenset(spoken.closed), frozenset(spoken.opened)))

    def chain(self, language: str) -> tuple[str, ...]:
        """The languages to try for a customer who reads `language`: theirs, its fallbacks, the rollout's own."""
        return tuple(dict.fromkeys((language, *self.file.fallback.get(language, ()), *self.file.languages)))

    def row(self, notice: str) -> PlanRow:
        """The plan's row for a notice."""
        return next(row for row in self.plan if row.notice == notice)

    def local(self, at: int | None) -> str:
        """An instant as the programme's people read it: `2027-01-05 09:30` in the rollout's own zone. Empty for none."""
        return f"{dt.datetime.fromtimestamp(at, self.zone):%Y-%m-%d %H:%M}" if at else ""

    def in_language(self, spoken: Spoken, language: str) -> str:
        """A text of the rollout file in a language, or the nearest one along the chain."""
        if isinstance(spoken, str):
            return spoken
        return next((spoken[code] for code in self.chain(language) if code in spoken), next(iter(spoken.values())))
