"""What a feed's columns and words mean, as the rollout's file says it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from doorstep.errors import ConfigError
from doorstep.rollout import FeedShape, Rollout
from doorstep.rollout.shape import CHANNELS, REQUIRED_FIELDS

RULES_VERSION = "1"       # counted up when checking changes what a row means, so that every row is looked at again
EARLIEST = date(2000, 1, 1)
YEARS_AHEAD = 5
JOINED = {"name": " ", "address": ", ", "phone": ";"}    # several columns make one value; of other fields the first wins
UNITS = {"minutes": 1.0, "hours": 60.0, "seconds": 1 / 60, "days": 1440.0}
_SPAN = re.compile(r"\s*(\d{1,2})(?::(\d\d))?\s*(?:-|–|—|to)\s*(\d{1,2})(?::(\d\d))?\s*", re.IGNORECASE)

Window = tuple[int, int]


@dataclass(frozen=True)
class Rules:
    """All that checking needs to know; made once for a pull."""

    place: str                                 # the rollout's file, for sentences about it
    fields: dict[str, tuple[str, ...]]         # our field -> the feed's columns
    constants: dict[str, str]
    dates: tuple[str, ...]
    stamps: tuple[str, ...]
    stamp_zone: str
    zone: str
    now: int
    earliest: date
    latest: date
    status: dict[str, str]
    windows: dict[str, Window | None]
    outcomes: dict[str, str]
    refusals: tuple[str, ...]
    commodities: dict[str, str]
    languages: dict[str, str]                  # a feed's word -> our code; the codes themselves included
    first_language: str
    yes: tuple[str, ...]
    landlord: tuple[str, ...]
    business: tuple[str, ...]
    region: str
    units: dict[str, float]                    # our field -> minutes in one of the feed's units
    defaults: dict[str, int]
    fingerprint: str                           # changes when the meaning of a row may have changed

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the feed that is used, once."""
        return tuple(dict.fromkeys(column for columns in self.fields.values() for column in columns))


def read_rules(rollout: Rollout, *, now: int) -> Rules:
    """The rules of a rollout's feed at this moment. Raises ConfigError for a window or unit that cannot be read."""
    feed, spoken = rollout.file.feed, rollout.file
    place = rollout.config_path or f"config/rollouts/{rollout.name}.toml"
    today = datetime.fromtimestamp(now, UTC).date()
    return Rules(
        place=place, fields=_fields(feed), constants=feed.constants, dates=tuple(feed.dates),
        stamps=tuple(feed.stamps), stamp_zone=feed.zone or spoken.zone, zone=spoken.zone, now=now,
        earliest=EARLIEST, latest=today + timedelta(days=round(YEARS_AHEAD * 365.25)),
        status=folded({word: status.value for word, status in feed.status.items()}),
        windows=_windows(feed, place), outcomes=folded(feed.outcomes),
        refusals=tuple(map(fold, feed.refusals)), commodities=folded(feed.commodities),
        languages=folded({code: code for code in spoken.languages} | feed.languages),
        first_language=spoken.languages[0], yes=tuple(map(fold, feed.yes)),
        landlord=tuple(map(fold, feed.landlord)), business=tuple(map(fold, feed.business)), region=spoken.country,
        units=_units(feed, place), defaults={"prepaid": int(spoken.prepaid)}, fingerprint=_fingerprint(rollout))


def fold(word: str) -> str:
    """A feed's word as it is compared: case and outer blanks do not matter."""
    return word.strip().upper()


def folded(words: Mapping[str, str]) -> dict[str, str]:
    """The words of a mapping, folded."""
    return {fold(word): meaning for word, meaning in words.items()}


def span(text: str) -> Window | None:
    """ "16:00-20:00" as minutes after midnight, or None where it is no window of one day."""
    match = _SPAN.fullmatch(text)
    if not match:
        return None
    hour, minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    return (start, end) if start < end <= 1440 and minute < 60 and to_minute < 60 else None


def check_columns(rules: Rules, *, file: str, have: Iterable[str], required_only: bool = False) -> None:
    """See that every mapped column is there. Raises ConfigError in one sentence naming file, key and column."""
    header = list(have)
    wanted = [(field, column) for field, columns in rules.fields.items() for column in columns
              if field in REQUIRED_FIELDS or not required_only]
    missing = [(field, column) for field, column in wanted if column not in header]
    if missing:
        first, *others = [f'feed.columns.{field} is mapped to "{column}"' for field, column in missing]
        also = f" (nor for {'; '.join(others)})" if others else ""
        # A first line with none of our columns may be a customer's: it is not repeated.
        there = (f"its columns are {', '.join(header)}" if len(missing) < len(wanted) else
                 f"none of the {len(header)} words of its first line is a column that is mapped")
        raise ConfigError(f"{rules.place}: {first}, but {file} has no such column{also}; {there}")


def mapped(frame: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The frame in our field names; reading has trimmed the texts and left null where there is nothing."""
    present = set(frame.columns)
    chosen = [_field(name, [column for column in columns if column in present])
              for name, columns in rules.fields.items()]
    fixed = [pl.lit(value).alias(name) for name, value in rules.constants.items() if name not in rules.fields]
    own = [name for name in ("line", "seq", "broken") if name in present]
    return frame.select(*own, *chosen, *fixed)


def _field(name: str, columns: Sequence[str]) -> pl.Expr:
    parts = [pl.col(column) for column in columns]
    if not parts:
        return pl.lit(None, pl.String).alias(name)
    if len(parts) == 1:
        return parts[0].alias(name)
    if name not in JOINED:
        return pl.coalesce(parts).alias(name)
    together = pl.concat_str(parts, separator=JOINED[name], ignore_nulls=True)
    return pl.when(together != "").then(together).alias(name)


def _fields(feed: FeedShape) -> dict[str, tuple[str, ...]]:
    return {name: (columns,) if isinstance(columns, str) else tuple(columns)
            for name, columns in feed.columns.items() if columns}


def _windows(feed: FeedShape, place: str) -> dict[str, Window | None]:
    windows: dict[str, Window | None] = {}
    for word, meaning in feed.windows.items():
        windows[fold(word)] = span(meaning)
        if meaning and windows[fold(word)] is None:
            raise ConfigError(f'{place}: feed.windows."{word}": "{meaning}" is not a window; write "08:00-12:00", '
                              'or "" where the word means that none is set')
    return windows


def _units(feed: FeedShape, place: str) -> dict[str, float]:
    units: dict[str, str] = getattr(feed, "units", {})
    for field, unit in units.items():
        if unit not in UNITS:
            raise ConfigError(f'{place}: feed.units.{field}: "{unit}" is not a unit; write {", ".join(UNITS)}')
    return {field: UNITS[unit] for field, unit in units.items()}


def _fingerprint(rollout: Rollout) -> str:
    meaning = rollout.file.feed.model_dump(mode="json", exclude={"source", "format", "full", "hold_share", "sheet"})
    context = [RULES_VERSION, meaning, rollout.file.country, rollout.file.zone, rollout.file.languages,
               rollout.file.prepaid, CHANNELS]
    return hashlib.blake2b(json.dumps(context, sort_keys=True).encode(), digest_size=3).hexdigest()
