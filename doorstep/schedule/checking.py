"""Which rows may be taken, and what each taken row says in our words.

Each function adds columns to a frame that is in our field names. A row is refused by a `reason`; what is merely bad in a
row is left out of it and counted as a warning.
"""

from collections.abc import Mapping

import polars as pl

from doorstep.model import Status
from doorstep.rollout.shape import CHANNELS
from doorstep.schedule.clock import day_of, instant_of, length_of, minute_of, windows_of
from doorstep.schedule.contact import clean_emails, clean_names, clean_phones, clean_text
from doorstep.schedule.mapping import Rules

WARNINGS = ("email_invalid", "phone_invalid", "language_unknown", "window_unreadable", "location_zero", "name_cleaned",
            "commodity_unknown")
# What a visit becomes when its work orders differ: the weightiest word wins. 4 and more is open, 0 is called off.
WEIGHTS = {Status.CANCELLED: 0, Status.COMPLETED: 1, Status.ABORTED: 2, Status.REFUSED: 3, Status.PLANNED: 4,
           Status.BOOKED: 5, Status.EN_ROUTE: 6}
COMMODITIES = ("electricity", "gas", "water")
_FLAGS = ("vulnerable", "life_support", "prepaid", "presence_required")


def check(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows with every field read, a `reason` (null where taken) and one flag for each warning."""
    frame = _with_missing_fields(rows)
    frame = _read(frame, rules)
    frame = _contacts(frame, rules)
    frame = _windows(frame, rules)
    return frame.with_columns(_reason(rules), _identified("premise"), _identified("account"))


def _with_missing_fields(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in rows.columns)


TEXTS = ("broken", "work_order", "premise", "account", "day", "status", "stamp", "name", "email", "phone", "language",
          "address", "town", "postcode", "area", "wave", "contractor", "commodity", "old_meter", "new_meter", "window",
          "window_start", "window_end", "outcome", "outcome_at", "landlord", "business", "lat", "lon", "prefers",
          "power_off_minutes", "duration_minutes", *_FLAGS)


def _read(frame: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    said = _meaning("status", rules.status)
    stamp = instant_of(pl.col("stamp"), rules.stamps, rules.stamp_zone)
    return frame.with_columns(
        pl.col("day").alias("day_said"), pl.col("status").alias("status_said"),
        day_of(pl.col("day"), rules.dates, rules.zone).alias("day"), said.alias("said"),
        pl.when(stamp <= rules.now + 5 * 366 * 86400).then(stamp).fill_null(rules.now).alias("stamp"),
        _language(rules), _commodity(rules), _prefers(), *_flags(rules), *_lengths(rules), *_place(),
        instant_of(pl.col("outcome_at"), rules.stamps, rules.stamp_zone).alias("outcome_at"),
        _unknown("language", rules.languages).alias("language_unknown"),
        _unknown("commodity", rules.commodities | {word.upper(): word for word in COMMODITIES})
        .alias("commodity_unknown"),
        _outcome_word().alias("outcome_word"),
    ).with_columns(_status(rules)).with_columns(_outcome(rules), _weight(), _closed("outcome_at"))


def _word(name: str) -> pl.Expr:
    return pl.col(name).str.to_uppercase()


def _meaning(name: str, words: Mapping[str, str]) -> pl.Expr:
    if not words:
        return pl.lit(None, pl.String)
    return _word(name).replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)


def _unknown(name: str, words: Mapping[str, str]) -> pl.Expr:
    return pl.col(name).is_not_null() & ~_word(name).is_in(list(words))


def _language(rules: Rules) -> pl.Expr:
    return _meaning("language", rules.languages).fill_null(rules.first_language).alias("language")


def _commodity(rules: Rules) -> pl.Expr:
    words = {word.upper(): word for word in COMMODITIES} | rules.commodities
    return _meaning("commodity", words).fill_null(COMMODITIES[0]).alias("commodity")


def _prefers() -> pl.Expr:
    return _meaning("prefers", {channel.upper(): channel for channel in CHANNELS}).alias("prefers")


def _flags(rules: Rules) -> list[pl.Expr]:
    words = dict.fromkeys(_FLAGS, rules.yes) | {"landlord": rules.landlord + rules.yes,
                                                "business": rules.business + rules.yes}
    return [_word(name).is_in(list(known)).cast(pl.Int8).fill_null(rules.defaults.get(name, 0)).alias(name)
            for name, known in words.items()]


def _lengths(rules: Rules) -> list[pl.Expr]:
    return [length_of(pl.col(name), rules.units.get(name, 1.0)).alias(name)
            for name in ("power_off_minutes", "duration_minutes")]


def _place() -> list[pl.Expr]:
    lat, lon = (pl.col(name).cast(pl.Float64, strict=False) for name in ("lat", "lon"))
    real = lat.is_between(-90, 90) & lon.is_between(-180, 180)
    zero = ((lat == 0) & (lon == 0)).fill_null(False)
    return [zero.alias("location_zero"), *(pl.when(real & ~zero).then(each).alias(name)
                                           for name, each in (("lat", lat), ("lon", lon)))]


def _outcome_word() -> pl.Expr:
    return _word("outcome")


def _status(rules: Rules) -> pl.Expr:
    """The feed's status, or "refused" where its outcome word says that the customer will not have the meter."""
    turned_down = pl.col("outcome_word").is_in(list(rules.refusals)) & pl.col("said").is_in(
        [Status.ABORTED.value, Status.CANCELLED.value])
    return pl.when(turned_down).then(pl.lit(Status.REFUSED.value)).otherwise("said").alias("status")


def _outcome(rules: Rules) -> pl.Expr:
    """Why it was aborted or cancelled, in our codes; what an open or completed row still says of an earlier try is dropped."""
    code = _meaning("outcome_word", rules.outcomes)
    undone = pl.col("status").is_in([Status.ABORTED.value, Status.CANCELLED.value, Status.REFUSED.value])
    other = pl.when(pl.col("status") == Status.REFUSED.value).then(pl.lit("refused")).otherwise(pl.lit("other"))
    return (pl.when(~undone | (pl.col("outcome_word").is_null() & (pl.col("status") != Status.REFUSED.value)))
            .then(None).when(code.is_null()).then(other).otherwise(code).alias("outcome"))


def _weight() -> pl.Expr:
    weights = {status.value: weight for status, weight in WEIGHTS.items()}
    return pl.col("status").replace_strict(list(weights), list(weights.values()), default=None,
                                           return_dtype=pl.Int64).alias("weight")


def _closed(name: str) -> pl.Expr:
    still_open = [status.value for status, weight in WEIGHTS.items() if weight >= WEIGHTS[Status.PLANNED]]
    return pl.when(~pl.col("status").is_in(still_open)).then(pl.col(name)).alias(name)


def _contacts(frame: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    emails, phones = clean_emails(frame["email"]), clean_phones(frame["phone"], rules.region)
    names, odd = clean_names(frame["name"])
    texts = [clean_text(frame[name])[0].alias(name) for name in ("address", "town", "postcode", "area")
             if not _nothing(frame[name])]
    return frame.with_columns(
        (frame["email"].is_not_null() & emails.is_null()).alias("email_invalid"), emails.alias("email"),
        (frame["phone"].is_not_null() & phones.is_null()).alias("phone_invalid"), phones.alias("phone"),
        odd.alias("name_cleaned"), names.alias("name"), *texts)


def _nothing(column: pl.Series) -> bool:
    return column.null_count() == len(column)


def _windows(frame: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    start, end, bad = windows_of(frame["window"], rules.windows)
    frame = frame.with_columns(
        bad.alias("word_bad"), start.alias("word_start"), end.alias("word_end"),
        minute_of(pl.col("window_start")).alias("from"), minute_of(pl.col("window_end")).alias("to"),
        (pl.col("window_start").is_not_null() | pl.col("window_end").is_not_null()).alias("given"))
    right = (pl.col("from") < pl.col("to")).fill_null(False)
    return frame.with_columns(
        pl.coalesce(pl.when(right).then("from"), "word_start").alias("window_start"),
        pl.coalesce(pl.when(right).then("to"), "word_end").alias("window_end"),
        (pl.col("word_bad") | (pl.col("given") & ~right)).alias("window_unreadable"))


def _reason(rules: Rules) -> pl.Expr:
    day = pl.col("day")
    return (pl.when(pl.col("broken").is_not_null()).then(pl.lit("row_broken"))
            .when(pl.col("work_order").is_null()).then(pl.lit("work_order_missing"))
            .when(pl.col("day_said").is_null()).then(pl.lit("date_missing"))
            .when(day.is_null()).then(pl.lit("date_unreadable"))
            .when((day < rules.earliest) | (day > rules.latest)).then(pl.lit("date_out_of_range"))
            .when(pl.col("said").is_null()).then(pl.lit("status_unknown")).alias("reason"))


def _identified(name: str) -> pl.Expr:
    # A row that names neither premise nor account is a household of its own: strangers must not share a visit.
    nameless = pl.col("premise").is_null() & pl.col("account").is_null()
    return pl.when(nameless).then("work_order").otherwise(pl.col(name)).fill_null("").alias(name)
