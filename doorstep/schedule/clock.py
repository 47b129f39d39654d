"""Dates, time stamps, times of day and lengths of time as feeds write them, read a column at a time."""

from collections.abc import Mapping, Sequence

import polars as pl

from doorstep.schedule.mapping import Window, span

EXCEL_EPOCH = pl.date(1899, 12, 30)       # Excel counts 1900 as a leap year; from March 1900 on this is right
_CLOCK = r"^(?:.*[T ])??(\d{1,2})[:.](\d{2})(?::\d{2}(?:\.\d+)?)?\s*([AaPp])?\.?[Mm]?\.?(?:Z|[+-]\d\d:?\d\d)?$"


def day_of(text: pl.Expr, formats: Sequence[str], zone: str) -> pl.Expr:
    """A date by the first format that fits; "excel" is a serial number, a format with an hour is cut to its day."""
    return pl.coalesce([_day(text, written, zone) for written in formats])


def _day(text: pl.Expr, written: str, zone: str) -> pl.Expr:
    if written == "excel":
        days = text.str.extract(r"^(\d{1,5})(?:\.\d+)?$", 1).cast(pl.Int64, strict=False)
        return EXCEL_EPOCH + pl.duration(days=days)
    if "%z" in written:
        return _zoned(text, written).dt.convert_time_zone(zone).dt.date()
    if "%H" in written or "%I" in written or "%T" in written:
        return text.str.to_datetime(written, strict=False).dt.date()
    return text.str.to_date(written, strict=False)


def instant_of(text: pl.Expr, formats: Sequence[str], zone: str) -> pl.Expr:
    """An instant in epoch seconds by the first format that fits; one that does not say its zone is local to `zone`."""
    return pl.coalesce([_instant(text, written, zone) for written in formats])


def _instant(text: pl.Expr, written: str, zone: str) -> pl.Expr:
    if written in ("epoch", "epoch_ms"):
        number = text.str.extract(r"^(\d{1,15})(?:\.\d+)?$", 1).cast(pl.Int64, strict=False)
        return number // 1000 if written == "epoch_ms" else number
    if "%z" in written:
        return _zoned(text, written).dt.epoch("s")
    dated = "%H" in written or "%I" in written or "%T" in written
    local = text.str.to_datetime(written, strict=False) if dated else text.str.to_date(written, strict=False)
    return _local(local.cast(pl.Datetime("us")), zone).dt.epoch("s")


def _zoned(text: pl.Expr, written: str) -> pl.Expr:
    return text.str.replace(r"[Zz]$", "+00:00").str.to_datetime(written, strict=False, time_zone="UTC")


def _local(moment: pl.Expr, zone: str) -> pl.Expr:
    # An hour that the clocks skip is read as the hour after it; one that they repeat as its first time.
    def placed(when: pl.Expr) -> pl.Expr:
        return when.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(placed(moment), placed(moment + pl.duration(hours=1)))


def minute_of(text: pl.Expr) -> pl.Expr:
    """A time of day such as "08:00", "8:30 pm" or "2027-01-29T08:00:00" as minutes after midnight; "24:00" is 1440."""
    hour = text.str.extract(_CLOCK, 1).cast(pl.Int64)
    minute = text.str.extract(_CLOCK, 2).cast(pl.Int64)
    half = text.str.extract(_CLOCK, 3).str.to_uppercase()
    hour = pl.when(half.is_null()).then(hour).when(hour > 12).then(None).otherwise(
        hour % 12 + pl.when(half == "P").then(12).otherwise(0))
    total = hour * 60 + minute
    return pl.when((total <= 1440) & (minute < 60)).then(total)


def windows_of(words: pl.Series, known: Mapping[str, Window | None]) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Start, end and whether a word could not be read, for a column of window words; each distinct word is read once."""
    distinct = words.drop_nulls().unique().to_list()
    read = {word: _window(word, known) for word in distinct}
    start = {word: each[0] for word, each in read.items() if each}
    end = {word: each[1] for word, each in read.items() if each}
    bad = [word for word in distinct if read[word] is None and known.get(word.upper(), word) is not None]
    return _looked_up(words, start), _looked_up(words, end), words.is_in(bad).fill_null(False)


def _window(word: str, known: Mapping[str, Window | None]) -> Window | None:
    return known[word.upper()] if word.upper() in known else span(word)


def _looked_up(words: pl.Series, values: Mapping[str, int]) -> pl.Series:
    if not values:
        return pl.Series(words.name, [None] * len(words), dtype=pl.Int64)
    return words.replace_strict(values, default=None, return_dtype=pl.Int64)


def length_of(text: pl.Expr, minutes_in_unit: float) -> pl.Expr:
    """A length of time in minutes: "45", "1.5" of the feed's unit, or one that says its own: "30 min", "1.5 h", "PT1H30M"."""
    plain = text.str.extract(r"^(\d+(?:\.\d+)?)$", 1).cast(pl.Float64) * minutes_in_unit
    hours = text.str.extract(r"(?i)^(?:PT)?(\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?(?:\s*\d+\s*m(?:in(?:ute)?s?)?)?$", 1)
    minutes = text.str.extract(r"(?i)^(?:PT)?(?:\d+(?:\.\d+)?\s*h(?:ours?|rs?)?\s*)?(\d+)\s*m(?:in(?:ute)?s?)?$", 1)
    spoken = hours.cast(pl.Float64).fill_null(0.0) * 60 + minutes.cast(pl.Float64).fill_null(0.0)
    said = pl.when(hours.is_not_null() | minutes.is_not_null()).then(spoken)
    return pl.coalesce(plain, said).round(0).cast(pl.Int64, strict=False)
