"""Twilio: one request each, errors told apart by whose fault they are, and what is unknown stays unknown."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from doorstep.channels import Channel, Outcome
from doorstep.channels.twilio import open_channels
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from tests.channels.texting import NOW, Writer, rollout_with, states
from tests.stubs.server import Reply
from tests.stubs.twilio import ACCOUNT, SERVICE, TOKEN, TwilioStub


@pytest.fixture
def stub() -> Iterator[TwilioStub]:
    with TwilioStub() as stub:
        yield stub


def open_at(url: str, *, account: str = ACCOUNT, token: str = TOKEN, public: str = "https://notices.northwick.example",
            **table: Any) -> Channel:
    settings = Settings(twilio_api_url=url, twilio_account_sid=account, twilio_auth_token=SecretStr(token), public_url=public)
    table = table if {"sender", "messaging_service"} & set(table) else {"messaging_service": SERVICE, **table}
    return open_channels(rollout_with("twilio", **table), settings)["sms"]


def test_a_message_says_how_long_it_is_worth_sending_and_where_to_tell_its_story(stub: TwilioStub, writer: Writer) -> None:
    [outcome] = open_at(stub.url, max_price=0.05).send([writer.item("+256772000001", "Zoë", until_at=NOW + 600)], now=NOW)
    assert outcome == Outcome(1, "accepted", f"SM{1:032x}", parts=1)
    assert stub.taken == [{
        "To": "+256772000001", "Body": "Zoe: we come soon", "MessagingServiceSid": SERVICE, "ValidityPeriod": "600",
        "StatusCallback": "https://notices.northwick.example/hooks/twilio?ref=1.1", "MaxPrice": "0.05"}]


@pytest.mark.parametrize(("until", "said"), [(0, None), (NOW + 1, "1"), (NOW + 36_000, "36000"), (NOW + 900_000, "36000")])
def test_the_time_a_message_may_wait_is_kept_to_what_twilio_takes(
        stub: TwilioStub, writer: Writer, until: int, said: str | None) -> None:
    open_at(stub.url).send([writer.item("+256772000001", until_at=until)], now=NOW)
    assert stub.taken[0].get("ValidityPeriod") == said


@pytest.mark.parametrize(("public", "table", "said"), [
    ("http://localhost:8080", {}, None),                  # Twilio could not reach it, and would refuse the message
    ("https://n.example/", {}, "https://n.example/hooks/twilio?ref=1.1"),
    ("https://n.example", {"status_callback": "https://t.example/h?a=1&b="}, "https://t.example/h?a=1&b=&ref=1.1"),
])
def test_the_callback_is_an_address_that_can_be_reached(
        stub: TwilioStub, writer: Writer, public: str, table: dict[str, Any], said: str | None) -> None:
    assert states(open_at(stub.url, public=public, **table).send([writer.item("+256772000001")], now=NOW)) == [("accepted", None)]
    assert stub.taken[0].get("StatusCallback") == said


def test_a_reference_is_all_that_the_callback_names(stub: TwilioStub, writer: Writer) -> None:
    open_at(stub.url).send([writer.item("+256772000001")], now=NOW)
    assert parse_qs(urlsplit(stub.taken[0]["StatusCallback"]).query) == {"ref": ["1.1"]}
    assert "?" not in stub.requests[0].path and "256772" not in stub.requests[0].path


def test_a_number_may_send_instead_of_a_service(stub: TwilioStub, writer: Writer) -> None:
    open_at(stub.url, sender="+256312000000").send([writer.item("+256772000001")], now=NOW)
    assert stub.taken[0]["From"] == "+256312000000" and "MessagingServiceSid" not in stub.taken[0]


@pytest.mark.parametrize(("error", "state", "code"), [
    (21211, "refused", "address"), (21217, "refused", "address"), (21214, "refused", "unreachable"), (21408, "refused", "region"),
    (21610, "refused", "stopped"), (21612, "refused", "unroutable"), (21614, "refused", "not_mobile"),
    (21617, "refused", "content"), (30007, "refused", "filtered"), (29999, "refused", "error_29999"),
    (14107, "throttled", "busy"), (21606, "refused", "sender"),     # the other number was reached with the same sender
])
def test_an_error_that_is_one_messages_own(stub: TwilioStub, writer: Writer, error: int, state: str, code: str) -> None:
    items = [writer.item("+256772000001"), writer.item(f"+2567000{error}"), writer.item("+256772000002")]
    assert states(open_at(stub.url).send(items, now=NOW)) == [("accepted", None), (state, code), ("accepted", None)]


@pytest.mark.parametrize(("error", "code"), [(20003, "auth"), (20404, "auth"), (20429, "busy"), (21611, "busy"), (30001, "busy")])
def test_an_error_that_is_ours_or_twilios_stops_the_send(stub: TwilioStub, writer: Writer, error: int, code: str) -> None:
    with pytest.raises(Transient) as raised:
        open_at(stub.url).send([writer.item(f"+2567000{error}"), *writer.items(3)], now=NOW)
    assert raised.value.code == code and stub.count == 1 and "2567000" not in str(raised.value)


def test_busy_says_until_when(writer: Writer) -> None:
    with TwilioStub(faults=lambda number: "429" if number == 2 else None) as stub:
        outcomes = open_at(stub.url).send(writer.items(3), now=NOW)
    assert [(each.state, each.code, each.until) for each in outcomes] == [
        ("accepted", None, None), ("throttled", "busy", NOW + 7), ("throttled", "busy", NOW + 7)]


@pytest.mark.parametrize(("body", "said"), [
    (b"", ("unknown", "unreadable")), (b"<html>", ("unknown", "unreadable")), (b'{"sid": null}', ("unknown", "unreadable")),
    (b'{"sid": "SM1", "status": "accepted"}', ("accepted", None)),
    (b'{"sid": "SM1", "status": "failed", "error_code": 30005}', ("refused", "address")),
])
def test_a_good_answer_is_read_with_care(stub: TwilioStub, writer: Writer, body: bytes, said: tuple[str, str | None]) -> None:
    stub.fixed = Reply(201, {}, body)
    assert states(open_at(stub.url).send([writer.item("+256772000001")], now=NOW)) == [said]


@pytest.mark.parametrize(("fault", "code"), [
    ("500", "http_500"), ("502_html", "http_502"), ("reset", "no_answer"), ("accept_then_hang", "no_answer"),
    ("accept_then_reset", "no_answer"),
])
def test_without_an_answer_it_is_unknown_and_asked_once(writer: Writer, fault: str, code: str) -> None:
    with TwilioStub(faults=lambda number: fault) as stub:
        assert states(open_at(stub.url).send(writer.items(1), now=NOW)) == [("unknown", code)]
        assert stub.count == 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_send_has_an_outcome_for_each_item_in_order_whatever_went_wrong(writer: Writer, at_once: int) -> None:
    bad = {3: "500", 7: "accept_then_reset", 11: "429"}
    with TwilioStub(faults=bad.get) as stub:
        items = writer.items(40)
        outcomes = open_at(stub.url, at_once=at_once).send(items, now=NOW)
        taken = [form["To"] for form in stub.taken]
    assert [each.notice_id for each in outcomes] == [item.notice_id for item in items]
    by_state = {state: {item.to for item, each in zip(items, outcomes, strict=True) if each.state == state}
                for state in ("accepted", "unknown", "throttled")}
    assert len(taken) == len(set(taken)) and by_state["accepted"] <= set(taken)
    assert not by_state["throttled"] & set(taken) and set(taken) - by_state["accepted"] <= by_state["unknown"]
    assert by_state["throttled"] and len(by_state["unknown"]) >= 2


def test_several_are_under_way_at_once_on_kept_connections(writer: Writer) -> None:
    with TwilioStub(faults=lambda number: "slow", pause=0.05) as stub:
        channel = open_at(stub.url, at_once=8)
        for _ in range(2):
            assert {each.state for each in channel.send(writer.items(16), now=NOW)} == {"accepted"}
        assert stub.count == 32 and 2 <= stub.connections <= 8


def test_what_cannot_be_sent_is_refused_without_asking(stub: TwilioStub, writer: Writer) -> None:
    items = [writer.item("+25677200000x"), writer.item("+256772000001", until_at=NOW - 1)]
    items += [item._replace(texts=["x" * 1600 for _ in item.texts]) for item in writer.items(1)]
    assert states(open_at(stub.url).send(items, now=NOW)) == [("refused", "address"), ("refused", "late"), ("refused", "content")]
    assert stub.count == 0


@pytest.mark.parametrize(("given", "said"), [
    ({"account": ""}, "TWILIO_ACCOUNT_SID"), ({"token": ""}, "TWILIO_AUTH_TOKEN"), ({"token": "schlüssel"}, "TWILIO_AUTH_TOKEN"),
    ({"sender": ""}, "northwick: providers.twilio.sender: missing"),
])
def test_without_an_account_or_a_sender_nothing_is_asked(
        stub: TwilioStub, writer: Writer, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Transient, match=said) as raised:
        open_at(stub.url, **given).send(writer.items(1), now=NOW)
    assert raised.value.code == "auth" and stub.count == 0


def test_a_wrong_token_is_our_fault_and_not_said(stub: TwilioStub, writer: Writer) -> None:
    with pytest.raises(Transient) as raised:
        open_at(stub.url, token="not-the-token").send(writer.items(2), now=NOW)
    assert raised.value.code == "auth" and "not-the-token" not in str(raised.value)


@pytest.mark.parametrize(("table", "said"), [
    ({"messaging_service": "MG1"}, "providers.twilio.messaging_service"),
    ({"messaging_service": SERVICE, "sender": "+256312000000"}, "keep one"),
    ({"status_callback": "n.example/hook"}, "providers.twilio.status_callback"), ({"max_price": 0}, "providers.twilio.max_price"),
])
def test_bad_configuration_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_at("http://127.0.0.1:9", **table)
