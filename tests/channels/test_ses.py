"""Emails through Amazon SES: what each customer reads, what each answer means, and nothing twice."""

import logging
import socket
import threading
from collections.abc import Callable
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Channel, Item, open_channels
from doorstep.channels._aws import PAUSE, Access, client
from doorstep.channels.ses import quota, ref_from_tag, suppressed, tag_of
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from doorstep.words import Library
from tests.making import UTILITY, make_rollout
from tests.stubs.aws import AwsStub, Email
from tests.stubs.aws_model import faults_of, read
from tests.words.desk import case_of, library_of, skeleton_of

NOW = 1_800_000_000
ARABIC = "Subject: زيارة {{ visit.day }} {{ customer.name }}\nSms: ز\nVoice: ز\n\nمرحبًا {{ customer.name }}\n"
ENGLISH = ("Subject: For {{ customer.name }}\nSms: S\nVoice: V\n\n# Hello {{ customer.name }}\n\n{{ utility.name }} comes to "
           "{{ customer.address }}{{ visit.day }}.\n")
SHORT = "Subject: Another\nSms: S\nVoice: V\n\nOther words for {{ customer.name }}\n"
LONG = "-".join(["شركة الطاقة"] * 8)
Opened = Callable[..., Channel]
Words = dict[str, Library]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Words:
    made = {"en": library_of(tmp_path_factory.mktemp("en"), ENGLISH), "other": library_of(tmp_path_factory.mktemp("o"), SHORT)}
    return made | {"ar": library_of(tmp_path_factory.mktemp("ar"), ARABIC, language="ar")}


@pytest.fixture
def opened(tmp_path: Path, amazon: AwsStub) -> Opened:
    """The channel of a rollout whose file says this of SES, and this of the rest."""

    def made(rest: dict[str, Any] | None = None, **ses: Any) -> Channel:
        rollout = make_rollout(live=True, providers={"ses": ses}, **(rest or {}))
        return open_channels("ses", rollout, Settings(home=tmp_path))["email"]

    return made


def item(library: Library, number: int = 7, to: str = "", name: str = "Ann", language: str = "en", **rest: Any) -> Item:
    rollout = rest.pop("rollout", None)
    skeleton, texts = skeleton_of(library, "email", case_of(name=name), language=language, rollout=rollout)
    return Item(number, f"{number}.1", to or f"person{number}@example.com", skeleton, texts, name, **rest)


def the(amazon: AwsStub) -> Email:
    [email] = amazon.delivered
    assert isinstance(email, Email)
    return email


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


@pytest.mark.parametrize(("status", "state", "code", "wait"), [
    ("MESSAGE_REJECTED", "refused", "rejected", None), ("INVALID_PARAMETER", "refused", "rejected", None),
    ("FAILED", "refused", "failed", None), ("TRANSIENT_FAILURE", "throttled", "later", PAUSE),
    ("ACCOUNT_THROTTLED", "throttled", "busy", PAUSE), ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "throttled", "busy", 3600),
    ("ACCOUNT_SUSPENDED", "throttled", "auth", None), ("MAIL_FROM_DOMAIN_NOT_VERIFIED", "throttled", "auth", None),
    ("CONFIGURATION_SET_NOT_FOUND", "throttled", "auth", None), ("A_NEW_STATUS", "unknown", "unreadable", None),
])
def test_each_email_of_a_request_has_its_own_answer(amazon: AwsStub, opened: Opened, libraries: Words, status: str,
                                                    state: str, code: str, wait: int | None) -> None:
    amazon.refuse["person2@example.com"] = status
    outcomes = opened().send([item(libraries["en"], number) for number in (1, 2, 3)], now=NOW)
    assert [each.state for each in outcomes] == ["accepted", state, "accepted"]
    assert (outcomes[1].code, outcomes[1].until) == (code, NOW + wait if wait else None)


@pytest.mark.parametrize(("status", "code", "until"), [
    ("ACCOUNT_SUSPENDED", "auth", None), ("CONFIGURATION_SET_SENDING_PAUSED", "auth", None),
    ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "busy", NOW + 3600),
])
def test_what_is_everyones_fault_stops_the_rest(amazon: AwsStub, opened: Opened, libraries: Words, status: str,
                                                code: str, until: int | None) -> None:
    amazon.refuse |= {f"person{number}@example.com": status for number in range(4)}
    with pytest.raises(Transient, match=status) as raised:
        opened(bulk=2).send([item(libraries["en"], number) for number in range(4)], now=NOW)
    assert (raised.value.code, raised.value.until, len(amazon.requests)) == (code, until, 1)


@pytest.mark.parametrize(("error", "sentence", "code", "until"), [
    ("TooManyRequestsException", "Maximum sending rate exceeded.", "busy", NOW + PAUSE),
    ("LimitExceededException", "Daily message quota exceeded.", "busy", NOW + 3600),
    ("AccountSuspendedException", "", "auth", None), ("SendingPausedException", "", "auth", None),
    ("MailFromDomainNotVerifiedException", "", "auth", None), ("NotFoundException", "Configuration set", "auth", None),
    ("MessageRejected", "Email address is not verified: person1@example.com", "auth", None),
    ("UnrecognizedClientException", "The security token is invalid", "auth", None), ("ExpiredTokenException", "", "auth", None),
])
def test_an_account_that_may_not_send_is_no_customers_fault(amazon: AwsStub, opened: Opened, libraries: Words,
                                                            error: str, sentence: str, code: str, until: int | None) -> None:
    amazon.refuse_all = (error, sentence)
    with pytest.raises(Transient, match=error) as raised:
        opened().send([item(libraries["en"], number) for number in (1, 2)], now=NOW)
    assert (raised.value.code, raised.value.until) == (code, until) and "person" not in str(raised.value)


def test_one_bad_address_does_not_take_the_others_with_it(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    """SES refuses the whole request for one address; nothing was taken, so its halves may be tried."""
    items = [item(libraries["en"], number, "ann@x..com" if number in (3, 17) else "") for number in range(20)]
    outcomes = opened().send(items, now=NOW)
    assert [each.notice_id for each in outcomes if (each.state, each.code) == ("refused", "rejected")] == [3, 17]
    assert amazon.counts == {f"{number}.1": 1 for number in range(20) if number not in (3, 17)}


@pytest.mark.parametrize(("fault", "said"), [
    ("429", "busy"), ("403", "auth"), ("302", "away"), ("404", "auth"), ("408", "unknown"),
    ("500", "unknown"), ("503", "unknown"), ("502_html", "unknown"), ("500_empty", "unknown"), ("reset", "unknown"),
    ("200_html", "unknown"), ("200_empty", "unknown"), ("accept_then_hang", "unknown"), ("accept_then_reset", "unknown"),
    ("accept_then_500", "unknown"), ("slow", "accepted"),
])
@pytest.mark.parametrize("before", [0, 1])
def test_every_fault_is_answered_and_nothing_is_tried_twice(
        amazon: AwsStub, opened: Opened, libraries: Words, monkeypatch: pytest.MonkeyPatch, fault: str, said: str,
        before: int) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    amazon.pause = 0.05
    amazon.faults = lambda number: fault if number == before + 1 else None
    channel = opened(bulk=1, timeout_seconds=0.15 if "hang" in fault else 5)
    items = [item(libraries["en"], number) for number in range(3)]
    if said in ("busy", "auth", "away") and not before:
        with pytest.raises(Transient) as raised:
            channel.send(items, now=NOW)
        assert raised.value.code == said and amazon.count == 1
        return
    outcomes = channel.send(items, now=NOW)
    tried = 3 if said == "accepted" else before + 1
    states = ["accepted"] * before + [said if said in ("unknown", "accepted") else "throttled"]
    assert [each.state for each in outcomes] == states + ["accepted" if tried == 3 else "throttled"] * (2 - before)
    assert amazon.count == tried and set(amazon.counts.values()) <= {1}
    assert amazon.counts.total() == before + fault.startswith("accept_then") + (3 - before) * (said == "accepted")


def test_an_answer_of_another_length_is_not_understood(amazon: AwsStub, opened: Opened, libraries: Words) -> None:
    amazon.missing = 1
    outcomes = opened().send([item(libraries["en"], number) for number in range(3)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("unknown", "unreadable")] * 3


def test_who_cannot_be_reached_took_nothing(opened: Opened, libraries: Words, monkeypatch: pytest.MonkeyPatch,
                                            tmp_path: Path) -> None:
    channel, sent = opened(), [item(libraries["en"])]
    endpoint = "AWS_ENDPOINT_URL_SESV2"
    for name, value, code in ((endpoint, "http://127.0.0.1:9", "away"), (endpoint, "http://nowhere.invalid", "away"),
                              (endpoint, "no url", "auth"), ("AWS_PROFILE", "missing", "auth")):
        monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        with pytest.raises(Transient) as raised:
            channel.send(sent, now=NOW)
        assert raised.value.code == code, name


def test_a_line_that_cannot_be_made_safe_took_nothing(amazon: AwsStub, opened: Opened, libraries: Words,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=lambda: plain.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"https://127.0.0.1:{plain.getsockname()[1]}")
        with pytest.raises(Transient, match="SSLError") as raised:
            opened().send([item(libraries["en"])], now=NOW)
    assert raised.value.code == "away"


def test_without_keys_nothing_is_sent(amazon: AwsStub, opened: Opened, libraries: Words,
                                      monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(Transient, match="NoCredentialsError") as raised:
        opened().send([item(libraries["en"])], now=NOW)
    assert raised.value.code == "auth" and amazon.count == 0


def test_a_proxy_of_the_environment_is_not_asked(amazon: AwsStub, opened: Opened, libraries: Words,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    channel = opened(timeout_seconds=9)                 # a client of its own, made with these variables
    assert channel.send([item(libraries["en"])], now=NOW)[0].state == "accepted"


@pytest.mark.parametrize(("variables", "access", "country", "region"), [
    ({}, "", "GB", "eu-west-2"), ({}, "", "UG", "eu-west-1"), ({}, "af-south-1", "UG", "af-south-1"),
    ({"AWS_DEFAULT_REGION": "us-east-1"}, "af-south-1", "UG", "us-east-1"), ({"AWS_REGION": "us-west-2"}, "", "GB", "us-west-2"),
])
def test_a_region_is_named_or_the_nearest(amazon: AwsStub, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str],
                                          access: str, country: str, region: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = client("sesv2", Access(region=access), country)
    assert made.meta.region_name == region
    assert client("sesv2", Access(region=access), country) is made           # one for the process


def test_what_ses_stopped_sending_to_is_read_page_by_page(amazon: AwsStub) -> None:
    amazon.suppressed = [(f"p{number}@example.com", "BOUNCE" if number % 2 else "COMPLAINT", NOW + number) for number in range(7)]
    found = list(suppressed(make_rollout(), since=NOW + 2))
    assert found == [(f"p{n}@example.com", "BOUNCE" if n % 2 else "COMPLAINT", NOW + n) for n in range(2, 7)]
    assert len(amazon.requests) == 3


def test_the_account_says_what_it_may_send(amazon: AwsStub) -> None:
    assert quota(make_rollout()) == (14.0, 50_000.0, 0.0)
    amazon.refuse_all = ("BadRequestException", "")
    with pytest.raises(Transient, match="BadRequestException"):
        quota(make_rollout())
    with pytest.raises(Transient, match="BadRequestException"):
        list(suppressed(make_rollout(), since=NOW))


@pytest.mark.parametrize(("ses", "sentence"), [
    ({"bulk": 51}, r"northwick: providers.ses.bulk: Input should be less than or equal to 50"),
    ({"region": "Ireland"}, "northwick: providers.ses.region: "), ({"pool": "x"}, "northwick: providers.ses.pool: Extra inputs"),
    ({"sender": "jürgen@example.com"}, 'northwick: providers.ses.sender: "jürgen@example.com" is not an address that SES'),
])
def test_a_mistake_in_the_rollouts_file_is_named(opened: Opened, ses: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        opened(**ses)


def test_the_log_names_nobody(amazon: AwsStub, opened: Opened, libraries: Words,
                              caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    amazon.refuse["person1@example.com"] = "MESSAGE_REJECTED"
    opened().send([item(libraries["en"], 1, name="Zebedee"), item(libraries["en"], 2, "ann@x..com", name="Zebedee")], now=NOW)
    said = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "BadRequestException" in said and not any(word in said for word in ("Zebedee", "person1", "ann@x", "Mill Road"))


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
