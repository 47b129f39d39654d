"""Africa's Talking: equal texts share a request, numbers tell answers apart, and what is unknown stays unknown."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from doorstep.channels.africastalking import LIVE, SANDBOX, AfricasTalking, open_channels
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from tests.channels.texting import NOW, Writer, rollout_with, states
from tests.stubs.africastalking import KEY, USERNAME, AfricasTalkingStub
from tests.stubs.server import Reply

TAKEN_BY_ALL = ("+256772000001", "+256772000002", "+256772000003")


@pytest.fixture
def stub() -> Iterator[AfricasTalkingStub]:
    with AfricasTalkingStub() as stub:
        yield stub


def open_at(url: str, *, key: str = KEY, username: str = USERNAME, **table: Any) -> AfricasTalking:
    settings = Settings(africastalking_api_url=url, africastalking_api_key=SecretStr(key), africastalking_username=username)
    channel = open_channels(rollout_with("africastalking", **table), settings)["sms"]
    assert isinstance(channel, AfricasTalking)
    return channel


def forms(stub: AfricasTalkingStub) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(seen.body.decode()).items()} for seen in stub.requests]


def test_equal_texts_go_out_in_one_request_and_others_in_their_own(stub: AfricasTalkingStub, writer: Writer) -> None:
    one, other, two = writer.item("+256772000001"), writer.item("+256772000002", "Zoë & Sons"), writer.item("+256772000003")
    outcomes = open_at(stub.url, sender="NORTHWICK").send([one, other, two], now=NOW)
    assert [(each.notice_id, each.state, each.parts) for each in outcomes] == [(n, "accepted", 1) for n in (1, 2, 3)]
    assert len({each.provider_id for each in outcomes}) == 3 and all("ATXid_" in str(each.provider_id) for each in outcomes)
    assert [(form["to"], form["message"], form["from"]) for form in forms(stub)] == [
        ("+256772000001,+256772000003", "All: we come soon", "NORTHWICK"),
        ("+256772000002", "Zoe & Sons: we come soon", "NORTHWICK")]


def test_each_item_gets_the_message_id_of_its_own_number(stub: AfricasTalkingStub, writer: Writer) -> None:
    told = [{"statusCode": 101, "number": number, "status": "Success", "cost": "0", "messageId": f"id{number[-1]}"}
            for number in reversed(TAKEN_BY_ALL)]
    stub.fixed = Reply(201, {}, json.dumps({"SMSMessageData": {"Message": "Sent", "Recipients": told}}).encode())
    outcomes = open_at(stub.url).send([writer.item(number) for number in TAKEN_BY_ALL], now=NOW)
    assert [each.provider_id for each in outcomes] == ["id1", "id2", "id3"]


def test_a_number_stands_only_once_in_a_request(stub: AfricasTalkingStub, writer: Writer) -> None:
    items = [writer.item("+256772000001"), writer.item("+256772000001"), writer.item("+256772000002"),
             writer.item("+256772000001")]
    assert states(open_at(stub.url).send(items, now=NOW)) == [("accepted", None)] * 4
    assert [form["to"] for form in forms(stub)] == ["+256772000001,+256772000002", "+256772000001", "+256772000001"]


def test_a_thousand_numbers_are_one_request(stub: AfricasTalkingStub, writer: Writer) -> None:
    one = writer.item("+256772000000")
    items = [one._replace(notice_id=n, ref=f"{n}.1", to=f"+25677{n:07d}") for n in range(1001)]
    outcomes = open_at(stub.url).send(items, now=NOW)
    assert {each.state for each in outcomes} == {"accepted"} and [each.notice_id for each in outcomes] == list(range(1001))
    assert [form["to"].count("+") for form in forms(stub)] == [1000, 1]


@pytest.mark.parametrize(("status", "state", "code"), [
    (100, "accepted", None), (101, "accepted", None), (102, "accepted", None),
    (401, "refused", "risk_hold"), (403, "refused", "address"), (404, "refused", "not_mobile"), (406, "refused", "stopped"),
    (407, "refused", "unroutable"), (409, "refused", "do_not_disturb"), (502, "refused", "rejected"),
    (405, "throttled", "balance"), (500, "throttled", "provider"), (501, "throttled", "gateway"),
    (402, "refused", "sender"),                      # the other number was reached with the same sender
])
def test_what_becomes_of_a_number(stub: AfricasTalkingStub, writer: Writer, status: int, state: str, code: str | None) -> None:
    items = [writer.item("+256772000001"), writer.item(f"+256700000{status}")]
    assert states(open_at(stub.url).send(items, now=NOW)) == [("accepted", None), (state, code)]


@pytest.mark.parametrize(("told", "code"), [
    ({"statusCode": 501, "number": "+256772000001", "messageId": "ATXid_1"}, "status_501"),      # it may be on its way
    ({"statusCode": 777, "number": "+256772000001", "messageId": "None"}, "status_777"),
    ({"number": "+256772000001"}, "status_0"),
    ({"statusCode": 101, "number": "+256772999999", "messageId": "ATXid_1"}, "not_named"),
    ("+256772000001", "not_named"),
])
def test_what_cannot_be_understood_of_a_number_is_unknown(stub: AfricasTalkingStub, writer: Writer, told: Any, code: str) -> None:
    stub.fixed = Reply(201, {}, json.dumps({"SMSMessageData": {"Message": "Sent", "Recipients": [told]}}).encode())
    assert states(open_at(stub.url).send([writer.item("+256772000001")], now=NOW)) == [("unknown", code)]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"SMSMessageData": "ok"}', b'{"SMSMessageData": {"Recipients": {}}}',
                                  b"\xff\xfe", b"[" * 5000])
def test_a_good_answer_that_cannot_be_read_is_unknown(stub: AfricasTalkingStub, writer: Writer, body: bytes) -> None:
    stub.fixed = Reply(201, {}, body)
    assert states(open_at(stub.url).send([writer.item("+256772000001")], now=NOW)) == [("unknown", "unreadable")]


@pytest.mark.parametrize(("fault", "code"), [
    ("500", "http_500"), ("502_html", "http_502"), ("accept_then_503_empty", "http_503"), ("reset", "no_answer"),
    ("accept_then_reset", "no_answer"), ("accept_then_hang", "no_answer"),
])
def test_without_an_answer_it_is_unknown_and_asked_once(writer: Writer, fault: str, code: str) -> None:
    with AfricasTalkingStub(faults=lambda number: fault) as stub:
        assert states(open_at(stub.url).send([writer.item("+256772000001")], now=NOW)) == [("unknown", code)]
        assert stub.count == 1


@pytest.mark.parametrize(("fault", "code"), [("429", "busy"), ("302", "away"), ("401", "auth"), ("400", "auth")])
def test_where_nothing_is_taken_from_us_the_send_may_be_tried_again(writer: Writer, fault: str, code: str) -> None:
    with AfricasTalkingStub(faults=lambda number: fault) as stub:
        with pytest.raises(Transient) as raised:
            open_at(stub.url).send(writer.items(3), now=NOW)
        assert (raised.value.code, stub.count) == (code, 1)          # neither followed nor asked again


@pytest.mark.parametrize("fault", ["reset", "accept_then_hang", "429", "401"])
def test_trouble_half_way_keeps_what_was_taken_and_leaves_the_rest_for_later(writer: Writer, fault: str) -> None:
    with AfricasTalkingStub(faults=lambda number: fault if number == 3 else None) as stub:
        outcomes = open_at(stub.url).send(writer.items(6), now=NOW)
        third = "throttled" if fault in ("429", "401") else "unknown"
        assert [each.state for each in outcomes] == ["accepted"] * 2 + [third] + ["throttled"] * 3
        assert stub.count == 3


def test_now_and_then_an_error_does_not_stop_the_send(writer: Writer) -> None:
    with AfricasTalkingStub(faults=lambda number: "500" if number % 2 else None) as stub:
        outcomes = open_at(stub.url).send(writer.items(8), now=NOW)
    assert [each.state for each in outcomes] == ["unknown", "accepted"] * 4


def test_three_errors_in_a_row_do(writer: Writer) -> None:
    with AfricasTalkingStub(faults=lambda number: "500") as stub:
        outcomes = open_at(stub.url).send(writer.items(8), now=NOW)
        assert [each.state for each in outcomes] == ["unknown"] * 3 + ["throttled"] * 5 and stub.count == 3


def test_a_sender_that_is_not_ours_stops_the_send_soon(stub: AfricasTalkingStub, writer: Writer) -> None:
    with pytest.raises(Transient, match="sender") as raised:
        open_at(stub.url, sender="OTHER").send(writer.items(8), now=NOW)
    assert raised.value.code == "auth" and stub.count == 3 and stub.taken == []


def test_a_used_up_balance_stops_the_send_at_once(stub: AfricasTalkingStub, writer: Writer) -> None:
    items = [writer.item("+256700000405"), *writer.items(3)]
    with pytest.raises(Transient, match="balance"):
        open_at(stub.url).send(items, now=NOW)
    assert stub.count == 1


def test_what_cannot_be_sent_is_refused_without_asking(stub: AfricasTalkingStub, writer: Writer) -> None:
    items = [writer.item("0772000001"), writer.item("+256772000001,+256772000002"), writer.item(""),
             writer.item("+256772000003", until_at=NOW), writer.item("+256772000004", until_at=NOW + 60)]
    assert states(open_at(stub.url).send(items, now=NOW)) == [
        ("refused", "address"), ("refused", "address"), ("refused", "address"), ("refused", "late"), ("accepted", None)]
    assert [number for number, _ in stub.taken] == ["+256772000004"]


@pytest.mark.parametrize("key", ["", "two\nlines", "schlüssel"])
def test_without_a_key_nothing_is_asked(stub: AfricasTalkingStub, writer: Writer, key: str) -> None:
    with pytest.raises(Transient, match="AFRICASTALKING_API_KEY") as raised:
        open_at(stub.url, key=key).send(writer.items(1), now=NOW)
    assert raised.value.code == "auth" and stub.count == 0 and not (key and key in str(raised.value))


def test_an_empty_send_asks_nothing(stub: AfricasTalkingStub) -> None:
    assert open_at(stub.url).send([], now=NOW) == [] and stub.count == 0


@pytest.mark.parametrize(("username", "host"), [("sandbox", SANDBOX), ("northwick", LIVE)])
def test_the_sandbox_has_its_own_host(username: str, host: str) -> None:
    assert open_at("", username=username)._api._url == host


@pytest.mark.parametrize(("table", "said"), [
    ({"sender": "x" * 16}, "providers.africastalking.sender"), ({"sendr": "X"}, "providers.africastalking.sendr"),
    ({"at_once": 0}, "providers.africastalking.at_once"),
])
def test_bad_configuration_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_at("http://127.0.0.1:9", **table)
