"""Amazon SES says no, or nothing: what each answer means, nothing twice, and nobody in the log."""

import logging
import socket
import threading
from pathlib import Path

import pytest

from doorstep.channels._aws import PAUSE
from doorstep.errors import Transient
from tests.channels.emailing import NOW, Opened, Words, item
from tests.channels.emailing import libraries as libraries
from tests.channels.emailing import opened as opened
from tests.stubs.aws import AwsStub


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


def test_the_log_names_nobody(amazon: AwsStub, opened: Opened, libraries: Words,
                              caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    amazon.refuse["person1@example.com"] = "MESSAGE_REJECTED"
    opened().send([item(libraries["en"], 1, name="Zebedee"), item(libraries["en"], 2, "ann@x..com", name="Zebedee")], now=NOW)
    said = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "BadRequestException" in said and not any(word in said for word in ("Zebedee", "person1", "ann@x", "Mill Road"))
