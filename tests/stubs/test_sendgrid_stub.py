"""The stand-in for SendGrid is as strict as SendGrid: what it lets through, the real one would take."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import urllib3

from doorstep.settings import CHECKOUT
from tests.stubs.sendgrid import KEY, Delivered, SendGridStub, faults_of
from tests.stubs.server import Reply, Seen, Stub

POOL = urllib3.PoolManager(retries=False, timeout=5)
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
Change = Callable[[dict[str, Any]], Any]


def mail() -> dict[str, Any]:
    """A mail that is right."""
    return {"from": {"email": "meters@northwick.example", "name": "Northwick"}, "subject": "For -n-",
            "content": [{"type": "text/plain", "value": "Dear -n-"}, {"type": "text/html", "value": "<p>Dear -n-</p>"}],
            "personalizations": [{"to": [{"email": "a@example.com"}], "custom_args": {"doorstep": "7.1"},
                                  "substitutions": {"-n-": "Ann"}}]}


def first(mail: dict[str, Any]) -> dict[str, Any]:
    person: dict[str, Any] = mail["personalizations"][0]
    return person


def test_a_mail_that_is_right_is_delivered() -> None:
    with SendGridStub() as stub:
        reply = POOL.request("POST", f"{stub.url}/v3/mail/send", body=orjson.dumps(mail()), headers=HEADERS)
        assert (reply.status, reply.data) == (202, b"") and reply.headers["X-Message-Id"] == stub.message_ids["7.1"]
        assert stub.delivered == [Delivered("7.1", "a@example.com", "For Ann", "Dear Ann", "<p>Dear Ann</p>")]
        assert stub.counts == {"7.1": 1}


@pytest.mark.parametrize(("change", "field"), [
    (lambda m: m.pop("from"), "from.email"), (lambda m: m["from"].update(email="näme@x.example"), "from.email"),
    (lambda m: m["from"].update(name="A, B"), "from.name"), (lambda m: m["from"].update(name="A; B"), "from.name"),
    (lambda m: m["from"].update(name="A\r\nBcc: e@x.example"), "from.name"),
    (lambda m: m.update(personalizations=[]), "personalizations"),
    (lambda m: m.update(personalizations=[first(m)] * 1001), "personalizations"),
    (lambda m: first(m).pop("to"), "personalizations.0.to"),
    (lambda m: first(m).update(to=[]), "personalizations.0.to"),
    (lambda m: first(m).update(to=[{"email": f"a{n}@example.com"} for n in range(1001)]), "personalizations"),
    (lambda m: first(m)["to"].append({"email": "A@example.com"}), "personalizations.0"),
    (lambda m: first(m).update(cc=[{"email": "a@example.com"}]), "personalizations.0"),
    (lambda m: first(m).update(to=[{"email": "a@bücher.example"}]), "personalizations.0.to.0.email"),
    (lambda m: first(m).update(to=[{"email": "a@localhost"}]), "personalizations.0.to.0.email"),
    (lambda m: first(m).update(to=[{"email": "a@example.com", "name": "A, B"}]), "personalizations.0.to.0.name"),
    (lambda m: m.pop("subject"), "subject"), (lambda m: m.update(subject=""), "subject"),
    (lambda m: m.update(subject="A\r\nBcc: e@x.example"), "personalizations.0.subject"),
    (lambda m: first(m).update(substitutions={"-n-": "A\nB"}), "personalizations.0.subject"),
    (lambda m: m.pop("content"), "content"),
    (lambda m: m["content"].reverse(), "content"), (lambda m: m["content"][0].update(value=""), "content.0.value"),
    (lambda m: first(m).update(substitutions={"-n-": 7}), "personalizations.0.substitutions"),
    (lambda m: first(m).update(substitutions={"-n-": "é" * 5000}), "personalizations.0.substitutions"),
    (lambda m: m.update(template_id="d-123"), "personalizations.0.substitutions"),
    (lambda m: first(m).update(custom_args={"doorstep": 7}), "personalizations.0.custom_args"),
    (lambda m: first(m).update(custom_args={"doorstep": "7" * 10_000}), "personalizations.0.custom_args"),
    (lambda m: m.update(custom_args={"x": "7" * 9_999}), "personalizations.0.custom_args"),
    (lambda m: first(m).update(headers={"Bcc": "e@x.example"}), "personalizations.0.headers.Bcc"),
    (lambda m: first(m).update(headers={"X-A": 7}), "personalizations.0.headers.X-A"),
    (lambda m: first(m).update(headers={"X-A": "a\r\nBcc: e@x.example"}), "personalizations.0.headers.X-A"),
    (lambda m: m.update(headers={"Reply-To": "e@x.example"}), "headers.Reply-To"),
    (lambda m: m.update(categories=["a"] * 2), "categories"),
    (lambda m: m.update(categories=[str(n) for n in range(11)]), "categories"),
    (lambda m: m.update(categories=["a" * 256]), "categories"),
    (lambda m: m.update(send_at=int(time.time()) + 73 * 3600), "send_at"),
    (lambda m: m.update(send_at="soon"), "send_at"), (lambda m: m.update(ip_pool_name="a"), "ip_pool_name"),
    (lambda m: m.update(reply_to={"email": "a@x.example"}, reply_to_list=[{"email": "b@x.example"}]), "reply_to"),
    (lambda m: m.update(reply_to_list=[{"email": "b@x.example"}] * 2), "reply_to_list"), (lambda m: m.update(asm={}, x=1), "x"),
    (lambda m: m.update(asm={"group_id": "7"}), "asm"), (lambda m: first(m).update(name="Ann"), "personalizations.0.name"),
    (lambda m: m.update(tracking_settings={"click_tracking": {"enable": "no"}}), "tracking_settings.click_tracking.enable"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_sendgrid_refuses_is_refused_by_its_field(change: Change, field: str) -> None:
    wrong = mail()
    assert not list(faults_of(wrong, {}))
    change(wrong)
    assert field in [place for _, place in faults_of(wrong, {})]
    with SendGridStub() as stub:
        reply = POOL.request("POST", f"{stub.url}/v3/mail/send", body=orjson.dumps(wrong), headers=HEADERS)
        assert (reply.status, set(reply.json()["errors"][0])) == (400, {"message", "field", "help"})
        assert not stub.counts and not stub.delivered


@pytest.mark.parametrize(("headers", "body", "path", "status"), [
    ({"Authorization": "Bearer SG.other"}, b"{}", "/v3/mail/send", 401), ({"Authorization": ""}, b"{}", "/v3/mail/send", 401),
    ({"Content-Type": "text/plain"}, b"{}", "/v3/mail/send", 415), ({}, b"{", "/v3/mail/send", 400),
    ({}, b"[]", "/v3/mail/send", 400),
    ({}, b'{"a": NaN}', "/v3/mail/send", 400), ({}, b" " * 31_457_280, "/v3/mail/send", 413), ({}, b"{}", "/v3/mail", 404),
])
def test_a_request_that_is_none_of_its_own(headers: dict[str, str], body: bytes, path: str, status: int) -> None:
    with SendGridStub() as stub:
        assert POOL.request("POST", stub.url + path, body=body, headers={**HEADERS, **headers}).status == status


def test_the_sandbox_checks_and_delivers_nothing() -> None:
    with SendGridStub() as stub:
        body = orjson.dumps({**mail(), "mail_settings": {"sandbox_mode": {"enable": True}}})
        assert POOL.request("POST", f"{stub.url}/v3/mail/send", body=body, headers=HEADERS).status == 200
        assert not stub.counts


def test_in_a_process_of_its_own_it_counts_for_others() -> None:
    with Stub() as free:
        port = free.url.rpartition(":")[2]
    process = subprocess.Popen([sys.executable, "-m", "tests.stubs.sendgrid", port, "--count-only"], cwd=CHECKOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        patient = urllib3.PoolManager(retries=urllib3.Retry(connect=50, backoff_factor=0.05, backoff_max=0.2))
        assert patient.request("GET", f"{url}/_counts").json()["messages"] == 0
        for _ in range(2):
            assert POOL.request("POST", f"{url}/v3/mail/send", body=orjson.dumps(mail()), headers=HEADERS).status == 202
        with urllib.request.urlopen(f"{url}/_counts") as answer:
            told = json.load(answer)
        assert (told["messages"], told["distinct"], told["refs"], told["requests"]) == (2, 1, {"7.1": 2}, 2)
    finally:
        process.terminate()
        assert process.wait(10) == 0


def cut_off(stub: Stub) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError):
        POOL.request("GET", stub.url)


def test_a_fault_of_the_stand_in_itself_is_not_swallowed() -> None:
    class Broken(Stub):
        def answer(self, seen: Seen) -> Reply:
            raise AssertionError("unexpected request")

    with pytest.raises(AssertionError, match="unexpected request"), Broken() as stub:
        cut_off(stub)
