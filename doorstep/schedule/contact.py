"""How a customer can be reached: emails, phone numbers and names, checked a column at a time.

The two libraries are right but slow: some 40 microseconds a value. So a pattern takes what they surely accept, and only
the rest is asked of them, each distinct value once. `tests/schedule/test_contact.py` holds the two in agreement.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import phonenumbers
import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

_ATOM = r"[A-Za-z0-9_+\-]+"
_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAIN_EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{{2,24}}$"
_SHORT = 64                # so short that no part of it can be too long
_SPECIAL = (rf"(?i)^(?:{'|'.join(map(re.escape, CASE_INSENSITIVE_MAILBOX_NAMES))})@"
            rf"|[@.](?:{'|'.join(map(re.escape, SPECIAL_USE_DOMAIN_NAMES))})$")
_SEPARATORS = r"[ \x{A0}().\-]"
_BETWEEN_NUMBERS = re.compile(r"[;,/|&\n]|\s(?:or|and|و|أو)\s", re.IGNORECASE)
# Marks that change how the text around them is read, or are nothing that a name can hold. Joiners (U+200C, U+200D)
# and the plain direction marks stay: Urdu and Arabic names need them.
_ODD = (r"[\x{AD}\x{200B}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFD}\x{E000}-\x{F8FF}"
        r"\x{E0000}-\x{E007F}\x{F0000}-\x{10FFFD}]|<[^<>]*>|[<>]")
_BREAKS = r"[\p{Cc}\x{2028}\x{2029}]+"
NOBODY = ("OCCUPIER", "THE OCCUPIER", "OCCUPANT", "THE OCCUPANT", "RESIDENT", "THE RESIDENT", "UNKNOWN", "VACANT", "N/A", "-")


def clean_emails(column: pl.Series) -> pl.Series:
    """The addresses that can be written to, in normal form; null where there is none or it is invalid."""
    raw = pl.col("raw")
    plain = raw.str.contains(_PLAIN_EMAIL) & (raw.str.len_bytes() <= _SHORT) & ~raw.str.contains(_SPECIAL)
    at = pl.col("raw").str.splitn("@", 2)
    normal = at.struct.field("field_0") + "@" + at.struct.field("field_1").str.to_lowercase()
    return _checked(column, pl.when(plain).then(normal), _ask_email)


@lru_cache(maxsize=100_000)
def _ask_email(text: str) -> str | None:
    try:
        # A local part beyond ASCII needs SMTPUTF8 all the way, which hardly any provider has.
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def clean_phones(column: pl.Series, region: str) -> pl.Series:
    """The first valid number of each value as E.164, by the rules of the region; null where there is none."""
    pattern = phone_pattern(region)
    fast = pl.lit(None, pl.String)
    if pattern:
        digits = pl.col("raw").str.replace_all(_SEPARATORS, "")
        fast = pl.lit(f"+{phonenumbers.country_code_for_region(region)}") + digits.str.extract(pattern, 1)
    return _checked(column, fast, lambda text: _ask_phone(text, region))


@lru_cache(maxsize=100_000)
def _ask_phone(text: str, region: str) -> str | None:
    for part in _BETWEEN_NUMBERS.split(text):
        try:
            number = phonenumbers.parse(part, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


@lru_cache
def phone_pattern(region: str) -> str | None:
    """A pattern of what the library surely accepts, made from its own tables; None where those are not simple enough."""
    known = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if known is None or known.country_code is None or phonenumbers.region_code_for_country_code(known.country_code) != region:
        return None
    trunk = known.national_prefix or ""
    if known.national_prefix_transform_rule or not re.fullmatch(r"[\d|]*", known.national_prefix_for_parsing or ""):
        return None
    kinds = [kind.national_number_pattern for kind in (known.mobile, known.fixed_line)
             if kind and kind.national_number_pattern]
    abroad = f"|00{known.country_code}" if known.international_prefix == "00" else ""
    start = rf"(?:\+{known.country_code}{abroad}{'|' + trunk if trunk else ''})?"
    return rf"(?-u)^{start}({'|'.join(kinds)})$" if kinds else None


def _checked(column: pl.Series, fast: pl.Expr, ask: Callable[[str], str | None]) -> pl.Series:
    frame = column.alias("raw").to_frame().with_columns(clean=fast)
    doubtful = frame.filter(pl.col("raw").is_not_null() & pl.col("clean").is_null())["raw"].unique()
    if doubtful.is_empty():
        return frame["clean"]
    answers = pl.DataFrame({"raw": doubtful, "asked": pl.Series([ask(text) for text in doubtful], dtype=pl.String)})
    joined = frame.join(answers, on="raw", how="left", maintain_order="left")
    return joined.select(pl.coalesce("clean", "asked").alias("clean"))["clean"]


def clean_text(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The text as it may be shown, in NFC, and whether odd characters (control, bidi override, tags) were taken out."""
    raw = column.alias("raw")
    odd = raw.str.contains(f"{_ODD}|{_BREAKS}").fill_null(False)
    clean = raw
    if odd.any():
        clean = clean.str.replace_all(_ODD, "").str.replace_all(_BREAKS, " ").str.replace_all(r" {2,}", " ")
        clean = clean.str.strip_chars()
        clean = clean.to_frame().select(pl.when(pl.col("raw") != "").then(pl.col("raw")).alias("raw"))["raw"]
    if (raw.str.len_bytes() != raw.str.len_chars()).any():
        clean = clean.str.normalize("NFC")
    return clean, odd


def clean_names(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Names as `clean_text` gives them; a name that names nobody ("THE OCCUPIER") is null, without a warning."""
    clean, odd = clean_text(column)
    nobody = clean.str.to_uppercase().is_in(NOBODY)
    if nobody.any():
        clean = clean.to_frame().select(pl.when(~nobody).then(pl.col("raw")).alias("raw"))["raw"]
    return clean, odd
