"""The fast patterns for emails and phone numbers never say what the libraries would not."""

import phonenumbers
import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorstep.schedule.contact import clean_emails, clean_phones, clean_text, phone_pattern

QUICK = settings(max_examples=60, deadline=None)
PART = st.text("abzABZ019.-_+'é", min_size=1, max_size=8)
DOMAIN = st.sampled_from(["example.com", "Example.CO.UK", "a-b.org", "a--b.org", "-a.org", "x.test", "host.local", "nodot",
                          "münchen.de", "xn--mnchen-3ya.de", "a.c1", "a_b.com", "deep.er.sub.net", "localhost", "1.2.3.4"])
EMAIL = st.builds("{}@{}".format, st.one_of(PART, st.sampled_from(["Info", "postmaster", "NoReply", "a..b", ".a", "a"])),
                  st.one_of(DOMAIN, PART))
NATIONAL = st.sampled_from(["7400309661", "2079460958", "7781123456", "8001111", "1632960123", "752709309", "414123456",
                            "547414801", "112345678", "920001234"])
PREFIX = st.sampled_from(["", "0", "00", "+44", "0044", "+44 (0)", "+256", "00256", "00966", "+966", "44", "+44 0", "(0", "+"])
PHONE = st.one_of(st.builds(lambda prefix, number, gap, at: prefix + number[:at] + gap + number[at:], PREFIX, NATIONAL,
                            st.sampled_from(["", " ", "-", ".", ")", "(", "x", "/"]), st.integers(0, 7)),
                  st.text("0123456789+ -()", max_size=14), st.builds("{} / {}".format, NATIONAL, NATIONAL))


@QUICK
@given(st.lists(EMAIL, min_size=1, max_size=20))
@example([f"{'a' * 65}@example.com", f"a@{'b' * 64}.com", f"a@{'b.' * 40}com", "INFO@X.com", "a@b.c", "a@example.com\n"])
def test_emails_are_what_the_library_says_they_are(emails: list[str]) -> None:
    assert clean_emails(pl.Series(emails)).to_list() == [asked_email(email) for email in emails]


@QUICK
@given(st.lists(PHONE, min_size=1, max_size=20), st.sampled_from(["GB", "UG", "SA", "GG", "US"]))
def test_phone_numbers_are_what_the_library_says_they_are(phones: list[str], region: str) -> None:
    found = clean_phones(pl.Series(phones), region).to_list()
    assert found == [next(filter(None, (asked_phone(part, region) for part in phone.split("/"))), None) for phone in phones]


def asked_email(email: str) -> str | None:
    try:
        return validate_email(email, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def asked_phone(phone: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.PhoneNumberFormat.E164
    return phonenumbers.format_number(number, e164) if phonenumbers.is_valid_number(number) else None


@pytest.mark.parametrize("region", ["GB", "UG", "SA"])
def test_the_pattern_takes_the_librarys_own_example_of_a_mobile(region: str) -> None:
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    national = phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.NATIONAL)
    pattern = phone_pattern(region)
    assert pattern and pl.Series([national.replace(" ", "")]).str.contains(pattern).all()


@pytest.mark.parametrize("region", ["GG", "KZ", "AR", "ZZ"])
def test_a_region_whose_rules_are_not_plain_is_left_to_the_library(region: str) -> None:
    assert phone_pattern(region) is None


@pytest.mark.parametrize("mark", ["\u200c", "\u200d", "\u200e", "\u200f", "\u0651", "\u064b", "\u06d6"])
def test_joiners_direction_marks_and_arabic_marks_stay(mark: str) -> None:
    clean, odd = clean_text(pl.Series([f"م{mark}م"]))
    assert clean.to_list() == [f"م{mark}م"] and not odd.any()


@pytest.mark.parametrize("mark", ["\u0000", "\u001b", "\u0085", "\u202a", "\u202e", "\u2066", "\u2069", "\u200b", "\ufeff",
                                  "\u2028", "\ufffd", "\ue000", "\U000e0041", "<i>", "<"])
def test_marks_that_can_deceive_go(mark: str) -> None:
    clean, odd = clean_text(pl.Series([f"Ann{mark} Lee"]))
    assert clean.to_list() == ["Ann Lee"] and odd.all()
