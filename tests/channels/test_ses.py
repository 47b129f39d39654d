"""Emails through Amazon SES: what each customer reads, from whom and to whom."""

from email.header import decode_header, make_header
from typing import Any

import pytest

from doorstep.channels.ses import ref_from_tag, tag_of
from tests.channels.emailing import NOW, Opened, Words, item, the
from tests.channels.emailing import libraries as libraries
from tests.channels.emailing import opened as opened
from tests.making import UTILITY, make_rollout
from tests.stubs.aws import AwsStub
from tests.stubs.aws_model import faults_of, read

LONG = "-".join(["شركة الطاقة"] * 8)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", ["Ms Andrea O'Neill", 'A & B <b>"', "{{utility}}", "{{{x}}}", "{{#if a}}{{/if}}", "}} {{", "{",
                                  "\\", "نورة بنت محمد", "\\{{b}}", "&amp;", "-links.page-", "{{> p}}", "日本 🏠"])
def test_every_customer_reads_the_very_message(amazon: AwsStub, opened: Opened, libraries: Words, name: str,
                                               language: str) -> None:
    sent = item(libraries[language], name=name, language=language)
    [outcome] = opened().send([sent], now=NOW)
    email, meant = the(amazon), sent.skeleton.fill(sent.texts)
    assert (email.subject, email.text, email.html) == (meant.subject, meant.text, meant.html)
    assert (outcome.state, outcome.provider_id) == ("accepted", amazon.ids["7.1"])
    assert (email.ref, email.to) == ("7.1", "person7@example.com")


@pytest.mark.parametrize("name", ["A {{name}} B", "{{", "}}", "{", "Grid \\", "{{{", "\\{"])
def test_braces_in_our_own_words_are_words(amazon: AwsStub, opened: Opened, libraries: Words, name: str) -> None:
    """The utility's name stands in the words themselves, also right before a gap."""
    changed: dict[str, Any] = {"utility": UTILITY | {"name": name, "address": f"1 Mill Road {name}"}}
    sent = item(libraries["en"], rollout=make_rollout(**changed))
    opened(changed).send([sent], now=NOW)
    email, meant = the(amazon), sent.skeleton.fill(sent.texts)
    assert (email.subject, email.text, email.html) == (meant.subject, meant.text, meant.html)


def test_a_subject_is_one_line(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    sent = item(libraries["en"])
    uncleaned = ["X\r\nBcc: e@example.com" if slot == "customer.name" else "x" for slot in sent.skeleton.slots]
    opened().send([sent._replace(texts=uncleaned)], now=NOW)
    assert the(amazon).subject == "For X Bcc: e@example.com"


def test_fifty_emails_are_one_request_and_other_words_another(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    channel = opened()
    items = [item(libraries["other" if number == 30 else "en"], number) for number in range(50)]
    outcomes = channel.send(items, now=NOW)
    assert channel.batch_size == 50 and len(amazon.requests) == 2
    assert [(each.notice_id, each.provider_id) for each in outcomes] == [(n, amazon.ids[f"{n}.1"]) for n in range(50)]
    assert amazon.counts == {f"{number}.1": 1 for number in range(50)}
    assert {email.ref: email.to for email in amazon.delivered}["30.1"] == "person30@example.com"


def test_an_account_with_a_small_rate_gets_small_requests(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    channel = opened(bulk=3)
    assert channel.batch_size == 3
    channel.send([item(libraries["en"], number) for number in range(7)], now=NOW)
    assert len(amazon.requests) == 3 and amazon.counts.total() == 7


def test_a_request_never_grows_over_a_megabyte(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    items = [item(libraries["ar"], number, name="ن" * 60, language="ar") for number in range(20)]
    long = [each._replace(texts=["ن" * 9000] * len(each.texts)) for each in items]
    short = item(libraries["other"], 99)
    outcomes = opened().send([*long, short._replace(texts=["x" * 100_000] * len(short.texts))], now=NOW)
    assert [each.state for each in outcomes] == ["accepted"] * 20 + ["refused"] and outcomes[-1].code == "too_long"
    assert len(amazon.requests) > 2 and all(500_000 < len(seen.body) < 1_000_000 for seen in amazon.requests[:-1])


def test_our_reference_is_a_tag_and_comes_back(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    opened().send([item(libraries["en"])], now=NOW)
    [entry] = the(amazon).request["BulkEmailEntries"]
    assert entry["ReplacementTags"] == [{"Name": "doorstep", "Value": "7-1"}]
    assert ref_from_tag(tag_of("1234567.12")) == "1234567.12"


def test_headers_are_each_customers_own(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    opened().send([item(libraries["en"], 1, unsubscribe="https://n.example/u/ONE"), item(libraries["en"], 2)], now=NOW)
    first, second = (email.headers for email in amazon.delivered)
    assert first == {**second, "List-Unsubscribe": "<https://n.example/u/ONE>",
                     "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert second == {"Auto-Submitted": "auto-generated", "Content-Language": "en"}


@pytest.mark.parametrize(("rest", "ses", "sender"), [
    ({}, {}, "Northwick Energy <meters@northwick.example>"),
    ({"utility": UTILITY | {"name": LONG}}, {}, f"{LONG} <meters@northwick.example>"),
    ({}, {"sender": "post@bücher.example"}, "Northwick Energy <post@xn--bcher-kva.example>"),
    ({"utility": UTILITY | {"name": {"en": "English", "ar": "عربي"}}}, {}, "English <meters@northwick.example>"),
])
def test_the_sender_is_shown_by_name(amazon: AwsStub, opened: Opened, libraries: Words, rest: dict[str, Any],
                                     ses: dict[str, Any], sender: str) -> None:
    opened(rest, **ses).send([item(libraries["en"])], now=NOW)
    said = the(amazon).request["FromEmailAddress"]
    assert said.isascii() and "\n" not in said and str(make_header(decode_header(said))) == sender


def test_the_rollout_names_its_configuration_set(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    opened(configuration_set="northwick", reply_to="talk@northwick.example").send([item(libraries["en"])], now=NOW)
    request = the(amazon).request
    assert (request["ConfigurationSetName"], request["ReplyToAddresses"]) == ("northwick", ["talk@northwick.example"])


@pytest.mark.parametrize(("address", "to"), [
    ("ann@bücher.example", "ann@xn--bcher-kva.example"), ("ann@straße.example", "ann@xn--strae-oqa.example"),
    ("jürgen@example.com", None), ("a@x.com,b@x.com", None), ("a b@x.com", None), ("", None), ("a@x.com\r\nBcc: e@x.com", None),
])
def test_an_address_is_in_ascii_or_refused(amazon: AwsStub, opened: Opened, libraries: Words, address: str,
                                           to: str | None) -> None:
    outcomes = opened().send([item(libraries["en"])._replace(to=address), item(libraries["en"], 8)], now=NOW)
    assert (outcomes[0].state, outcomes[0].code) == (("accepted", None) if to else ("refused", "address"))
    assert outcomes[1].state == "accepted"
    assert [email.to for email in amazon.delivered] == [*filter(None, [to]), "person8@example.com"]


@pytest.mark.parametrize(("change", "fault"), [
    ({"ReplacementTags": [{"Name": "doorstep", "Value": "7.1"}]}, "a tag has other letters"),
    ({"ReplacementHeaders": [{"Name": "X", "Value": "é"}]}, "does not match"),
    ({"ReplacementHeaders": [{"Name": "X", "Value": "v" * 996}]}, "is not a length of"),
    ({"ReplacementHeaders": [{"Name": "X", "Value": "v"}] * 16}, "is not a length of"),
    ({"Destination": {"ToAddresses": ["jürgen@example.com"]}}, "Destination"),
    ({"Odd": 1}, "Unknown parameter"),
])
def test_the_stand_in_is_as_strict_as_amazon(amazon: AwsStub, opened: Opened, libraries: Words, change: dict[str, Any],
                                             fault: str) -> None:
    opened().send([item(libraries["en"])], now=NOW)
    service, name, params = read(amazon.requests[0])
    assert list(faults_of(service, name, params, 1000)) == []
    params["BulkEmailEntries"][0] |= change
    assert fault in " ".join(faults_of(service, name, params, 1000))
