"""Amazon, Twilio and Africa's Talking at their hooks; and what holds for every hook."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from pydantic import SecretStr

from doorstep.errors import Transient
from doorstep.inbox.sns import Certificates
from tests.inbox.hearing import event
from tests.inbox.signing import (
    sns,
    twilio_request,
)
from tests.web.telling import MAIL, MEGABYTE, PUBLIC, SECRET, TOKEN, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# ---- Amazon SNS ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_notification_is_kept_once(desk: Desk, version: str) -> None:
    said = sns().notification({"eventType": "Delivery"}, version=version)
    assert [desk.sns(said), desk.sns(said)] == [200, 200]
    assert [(source, ref) for source, ref, _ in desk.kept()] == [("sns", said["MessageId"])]


@pytest.mark.parametrize("change", [
    {"Message": "{}"}, {"TopicArn": "x"}, {"Signature": "x"}, {"Type": ["x"]}, {"SigningCertURL": "https://evil.example/x.pem"},
    {"Timestamp": "2020-01-01T00:00:00Z"}, {"MessageId": None}, {"MessageId": {"a": 1}}])
def test_a_bent_notification_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    assert desk.sns(sns().notification({"a": 1}) | change) == 403 and desk.kept() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'{"a":NaN}', b"[" * 50_000, b"\xff", b'{"Type":"\\ud800"}'])
def test_what_is_no_message_of_sns_is_refused(desk: Desk, body: bytes) -> None:
    assert desk.web.post("/hooks/sns", content=body).status_code == 403


def test_a_certificate_that_cannot_be_had_now_may_be_had_later(desk: Desk) -> None:
    def away(_url: str) -> bytes:
        raise Transient("away")

    desk.app.state.certificates = Certificates(away)
    assert desk.sns(sns().notification("{}")) == 503 and desk.kept() == []


# ---- Twilio and Africa's Talking -----------------------------------------------------------------------------


def test_a_status_by_twilio_is_signed_over_our_public_address_with_its_query(desk: Desk) -> None:
    notice = desk.ear.sent("sms")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+447400123401", "From": "+447700900192"}
    where = f"/hooks/twilio?ref={notice}.1"
    body, headers = twilio_request(form, token=TOKEN, url=PUBLIC + where)
    for _ in range(2):
        answer = desk.web.post(where, content=body, headers=headers)
        assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "<Response/>",
                                                                                     "text/xml; charset=utf-8")
    assert len(desk.kept()) == 1 and desk.ear.work().news == 1 and desk.ear.state(notice) == "delivered"


@pytest.mark.parametrize(("url", "token"), [
    (PUBLIC + "/hooks/twilio?ref=2.1", TOKEN), (PUBLIC + "/hooks/twilio", TOKEN),
    ("http://testserver/hooks/twilio?ref=1.1", TOKEN),
    (PUBLIC + "/hooks/twilio?ref=1.1", "other")])
def test_a_status_that_twilio_signed_for_another_address_is_refused(desk: Desk, url: str, token: str) -> None:
    body, headers = twilio_request({"MessageSid": "SM1", "MessageStatus": "delivered"}, token=token, url=url)
    assert desk.web.post("/hooks/twilio?ref=1.1", content=body, headers=headers).status_code == 403 and desk.kept() == []


def test_a_rollouts_own_callback_is_an_address_of_ours(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    named = desk.ear.rollout.file.model_copy(update={"providers": {"twilio": {"status_callback": "https://proxy.example/t?x=1"}}})
    desk.app.state.room.rollouts["northwick"] = type(desk.ear.rollout)("northwick", named, desk.ear.rollout.plan, {})
    body, headers = twilio_request({"MessageSid": "SM1", "MessageStatus": "sent"}, token=TOKEN, url="https://proxy.example/t?x=1&ref=1.1")
    assert desk.web.post("/hooks/twilio?x=1&ref=1.1", content=body, headers=headers).status_code == 200


def test_without_a_token_nobody_is_twilio(tmp_path: Path) -> None:
    desk = Desk(tmp_path, twilio_auth_token=SecretStr(""))
    body, headers = twilio_request({"MessageSid": "SM1"}, token="", url=PUBLIC + "/hooks/twilio")
    assert desk.web.post("/hooks/twilio", content=body, headers=headers).status_code == 403


def test_africas_talking_knows_the_secret_address(desk: Desk) -> None:
    desk.ear.sent("sms", provider="africastalking", provider_id="ATX")
    for status in ("Sent", "Success", "Success"):
        body = urlencode({"id": "ATX", "status": status, "phoneNumber": "+256712345678"})
        assert desk.web.post(f"/hooks/africastalking/{SECRET}", content=body.encode()).status_code == 200
    assert [ref for _, ref, _ in desk.kept()] == ["ATX Sent", "ATX Success"]
    assert desk.ear.work().news == 2 and desk.ear.state(1) == "delivered"


# ---- all of them ---------------------------------------------------------------------------------------------

SECRETS = ("/hooks/sendgrid/inbound/", "/hooks/africastalking/")
ADDRESSES = ("/hooks/sendgrid/events", "/hooks/sns", "/hooks/twilio", *(f"{each}{SECRET}" for each in SECRETS))


@pytest.mark.parametrize("address", SECRETS)
@pytest.mark.parametrize("secret", ["wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "%00", "é", "%ff", f"old, {SECRET}", " "])
def test_another_address_than_the_secret_one_is_refused(desk: Desk, address: str, secret: str) -> None:
    answer = desk.web.post(address + secret, files={name: (None, value) for name, value in MAIL.items()})
    assert answer.status_code == 403 and desk.kept() == []


@pytest.mark.parametrize("address", SECRETS)
def test_an_old_secret_is_good_until_it_is_taken_out_and_without_any_it_may_be_our_fault(tmp_path: Path, address: str) -> None:
    desk = Desk(tmp_path)
    files = {name: (None, value) for name, value in MAIL.items()}
    assert desk.web.post(f"{SECRETS[0]}old", files=files).status_code == 200
    bare = Desk(tmp_path / "bare", hook_secret=SecretStr(" , "))
    assert bare.web.post(f"{address}x", files=files).status_code == 503


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_hooks_are_posted_to(desk: Desk, address: str, method: str) -> None:
    assert desk.web.request(method, address).status_code == 405


@pytest.mark.parametrize("address", [each for each in ADDRESSES if "inbound" not in each])
def test_more_than_a_hook_takes_is_refused_with_and_without_its_length(desk: Desk, address: str) -> None:
    assert desk.web.post(address, content=b"x" * (5 * MEGABYTE + 1)).status_code == 413
    assert desk.web.post(address, content=iter([b"x" * MEGABYTE] * 6)).status_code == 413
    assert desk.kept() == []


def test_nobody_who_speaks_to_a_hook_stands_in_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="doorstep")
    desk.mail()
    desk.web.post(f"/hooks/sendgrid/inbound/{SECRET}", content=b"ann@example.com")
    desk.events(orjson.dumps([event("bounce", 1, email="ann@example.com", reason="ann@example.com is full")]))
    desk.ear.came("sqs", b"ann@example.com called from +447400123401")
    desk.ear.came("sendgrid-inbound", {"from": "ann at example.com", "text": "I am Ann",
                                       "envelope": '{"from":"ann@example.com"}'})
    desk.ear.work()
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith("doorstep"))
    assert "could not be read" in said and "could not be taken apart" in said
    assert not [word for word in ("ann@", "Ann", "+4474", SECRET) if word in said]
    assert not [why for _, why, _ in desk.ear.bodies() if why and "nn" in why.replace("cannot", "")]
