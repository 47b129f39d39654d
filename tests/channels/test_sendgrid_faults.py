"""What goes wrong at SendGrid, and what each customer's outcome is: never lost, never twice, never another's fault."""

import logging
import re
from email.utils import formatdate
from typing import Any

import pytest

from doorstep.channels import Item
from doorstep.channels._sendgrid_transport import Unreached, Wire
from doorstep.errors import ConfigError, Transient
from doorstep.words import Skeleton
from doorstep.words.skeleton import Part
from tests.channels.test_sendgrid import NOW, channel_to, items_of, posted
from tests.stubs.sendgrid import KEY, SendGridStub
from tests.stubs.server import Reply, Seen, Stub

ONCE = {"1.1": 1, "2.1": 1, "3.1": 1}


def only(fault: str, *numbers: int) -> Any:
    """A fault at these requests."""
    return lambda number: fault if number in numbers else None


def three() -> list[Item]:
    return items_of("Ann", "Bob", "Eve")


def three_apart() -> list[Item]:
    """Three items of three kinds of words: three requests, in this order."""
    english, arabic, other = three()[0], items_of("1", "2", language="ar")[1], three()[2]
    words = Skeleton.from_bytes(other.skeleton.to_bytes())
    words.notice = "another"
    return [english, arabic, other._replace(skeleton=words)]


@pytest.mark.parametrize(("fault", "code", "taken"), [
    ("accept_then_hang", "timeout", True), ("accept_then_reset", "reset", True), ("accept_then_500", "http_500", True),
    ("accept_then_502_html", "http_502", True), ("reset", "reset", False), ("500", "http_500", False),
    ("500_empty", "http_500", False), ("502_html", "http_502", False), ("503", "http_503", False), ("504", "http_504", False),
    ("200_html", "unreadable", False), ("204", "unreadable", False), ("202_html", "unreadable", False),
])
def test_what_may_have_been_received_is_unknown_and_never_sent_again(fault: str, code: str, taken: bool) -> None:
    with SendGridStub(faults=only(fault, 1)) as stub:
        outcomes = channel_to(stub, timeout_seconds=0.3).send(three(), now=NOW)
        assert [(each.notice_id, each.state, each.code) for each in outcomes] == [(1, "unknown", code), (2, "unknown", code),
                                                                                 (3, "unknown", code)]
        assert (stub.count, stub.counts) == (1, ONCE if taken else {})


def test_a_slow_answer_is_an_answer() -> None:
    with SendGridStub(faults=only("slow", 1), pause=0.2) as stub:
        assert {each.state for each in channel_to(stub).send(three(), now=NOW)} == {"accepted"}


@pytest.mark.parametrize(("fault", "code"), [
    ("401", "auth"), ("403", "auth"), ("429", "busy"), ("302", "away"), ("307", "away"), ("404", "away"),
    ("405", "away"), ("408", "away"), ("415", "away"),
])
def test_a_no_to_all_of_us_is_no_customers_fault(fault: str, code: str) -> None:
    with SendGridStub(faults=only(fault, 1)) as stub:
        channel = channel_to(stub)
        with pytest.raises(Transient) as error:
            channel.send(three(), now=NOW)
        assert (error.value.code, stub.count, stub.counts) == (code, 1, {})      # nothing followed, nothing tried again
        assert {each.state for each in channel.send(three(), now=NOW)} == {"accepted"} and stub.counts == ONCE


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "https://127.0.0.1:{tls}", "http://no-such-host.invalid"])
def test_when_nobody_is_reached_nothing_was_taken(url: str) -> None:
    with SendGridStub() as stub, SendGridStub() as gone:
        port = gone.url.rpartition(":")[2]
        gone.stop()
        with pytest.raises(Transient, match=r"^SendGrid cannot be reached$") as error:     # no TLS is spoken at `tls`
            channel_to(url.format(port=port, tls=stub.url.rpartition(":")[2]), timeout_seconds=0.3).send(three(), now=NOW)
        assert (error.value.code, error.value.until) == ("away", None)


@pytest.mark.parametrize(("headers", "until"), [
    ({}, None), ({"X-RateLimit-Reset": str(NOW + 60)}, NOW + 60), ({"X-RateLimit-Reset": "90"}, NOW + 90),
    ({"X-RateLimit-Reset": str(NOW + 86400)}, NOW + 3600), ({"X-RateLimit-Reset": str(NOW - 5)}, NOW + 1),
    ({"Retry-After": "7", "X-RateLimit-Reset": str(NOW + 60)}, NOW + 7), ({"Retry-After": "1e999"}, None),
    ({"Retry-After": formatdate(NOW + 30, usegmt=True)}, NOW + 30), ({"Retry-After": "soon"}, None),
])
def test_a_busy_sendgrid_says_until_when(headers: dict[str, str], until: int | None) -> None:
    with SendGridStub(faults=only("429", 1, 3)) as stub:
        stub.limits = headers
        channel = channel_to(stub)
        with pytest.raises(Transient) as error:
            channel.send(three(), now=NOW)
        assert error.value.until == until
        outcomes = channel.send(three_apart(), now=NOW)                    # the first of three requests was taken
        assert [(each.state, each.code, each.until) for each in outcomes] == [
            ("accepted", None, None), ("throttled", "busy", until), ("throttled", "busy", until)]


@pytest.mark.parametrize(("fault", "second", "third"), [
    ("accept_then_hang", ("unknown", "timeout"), ("throttled", "busy")), ("500", ("unknown", "http_500"), ("throttled", "busy")),
    ("401", ("throttled", "auth"), ("throttled", "auth")), ("404", ("throttled", "away"), ("throttled", "away")),
])
def test_trouble_after_some_were_taken(fault: str, second: tuple[str, str], third: tuple[str, str]) -> None:
    with SendGridStub(faults=only(fault, 2)) as stub:
        outcomes = channel_to(stub, timeout_seconds=0.3).send(three_apart(), now=NOW)
        assert [(each.state, each.code) for each in outcomes] == [("accepted", None), second, third]
        assert stub.count == 2


class Leaving(SendGridStub):
    """Takes one request and is gone."""

    def answer(self, seen: Seen) -> Reply:
        reply = super().answer(seen)
        self.stop()
        return reply


def test_a_server_that_goes_away_for_good() -> None:
    with Leaving(faults=only("accept_then_reset", 1)) as stub:
        outcomes = channel_to(stub).send(three_apart(), now=NOW)
        states = [(each.state, each.code) for each in outcomes]
        assert states == [("unknown", "reset"), ("throttled", "busy"), ("throttled", "busy")]


@pytest.mark.parametrize("place", ["to.0.email", None], ids=["named", "not named"])
@pytest.mark.parametrize("bad", [[500], [0, 999], [3, 4, 700], list(range(0, 1000, 200))], ids=str)
def test_one_customers_fault_is_not_a_thousands(place: str | None, bad: list[int]) -> None:
    with SendGridStub() as stub:
        items = items_of(*["Ann"] * 1000)
        stub.refuse = {items[number].ref: ("Does not contain a valid address.", place) for number in bad}
        outcomes = channel_to(stub).send(items, now=NOW)
        assert [number for number, each in enumerate(outcomes) if each.state == "refused"] == bad
        assert {each.code for each in outcomes if each.state == "refused"} == {"sendgrid_400"}
        assert {each.state for number, each in enumerate(outcomes) if number not in bad} == {"accepted"}
        assert set(stub.counts.values()) == {1} and len(stub.counts) == 1000 - len(bad)
        assert stub.count <= 110


def test_when_everyone_is_found_wrong_nobody_is_refused() -> None:
    with SendGridStub() as stub:
        items = items_of(*["Ann"] * 300)
        stub.refuse = {item.ref: ("Bad Request", None) for item in items}
        with pytest.raises(Transient) as error:
            channel_to(stub).send(items, now=NOW)
        assert error.value.code == "auth" and stub.count <= 30


def test_a_fault_of_what_all_share_is_ours() -> None:
    with SendGridStub() as stub:
        with pytest.raises(Transient) as error:
            channel_to(stub, utility={"email": "nobody at home"}).send(three(), now=NOW)
        assert (error.value.code, stub.count) == ("auth", 1)


@pytest.mark.parametrize("fault", ["400_html", "400_empty", "400"])
def test_a_no_that_says_nothing_is_looked_into(fault: str) -> None:
    with SendGridStub(faults=only(fault, 1, 2)) as stub:                  # to all three, and to the first by itself
        outcomes = channel_to(stub).send(three(), now=NOW)
        assert [each.state for each in outcomes] == ["refused", "accepted", "accepted"]
        assert stub.counts == {"2.1": 1, "3.1": 1}


def test_what_is_too_large_goes_in_parts() -> None:
    with SendGridStub(faults=only("413", 1, 2)) as stub:
        outcomes = channel_to(stub).send(items_of(*["Ann"] * 8), now=NOW)
        assert {each.state for each in outcomes} == {"accepted"}
        assert [len(mail["personalizations"]) for mail in posted(stub)] == [8, 4, 2, 2, 4]
        assert set(stub.counts.values()) == {1}


def test_one_that_is_too_large_by_itself_is_refused() -> None:
    with SendGridStub(faults=only("413", 1)) as stub:
        [outcome] = channel_to(stub).send(items_of("Ann"), now=NOW)
        assert (outcome.state, outcome.code) == ("refused", "too_large")


def test_no_request_comes_near_the_limit() -> None:
    name = ("customer.name",)
    parts = {"subject": Part("plain", (("S",), ())), "text": Part("plain", (("T ", ""), name)),
             "html": Part("html", (("x" * 10_500_000, ""), name))}
    heavy = Skeleton(rollout="northwick", notice="reminder", channel="email", language="en", parts=parts)
    items = [item._replace(skeleton=heavy, texts=["n" * 9_900]) for item in items_of(*["Ann"] * 1000)]
    with SendGridStub(record=False) as stub:
        assert {each.state for each in channel_to(stub, timeout_seconds=30).send(items, now=NOW)} == {"accepted"}
        assert (stub.count, len(stub.counts), stub.largest < 20_000_000) == (2, 1000, True)


def test_the_key_and_the_customers_stay_out_of_every_log_and_error(caplog: pytest.LogCaptureFixture) -> None:
    said = []
    for name in ("python_http_client", "python_http_client.client", "urllib3", "urllib3.connectionpool"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    for fault in (None, "401", "429", "404", "302", "reset", "accept_then_hang", "500", "502_html"):
        with SendGridStub(faults=only(fault or "", 1) if fault else None) as stub:
            channel = channel_to(stub, timeout_seconds=0.2)
            try:
                said.append(repr(channel.send(items_of("Olafsdottir"), now=NOW)))
            except Transient as error:
                said += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
            said += [repr(channel), repr(channel._wire), repr(channel._wire.client.client)]
    with Stub() as stub:
        wire = Wire(KEY, host=stub.url, subuser=None, timeout=1)
        wire.client.client.scopes.get()                                   # a verb of the library's own
        assert stub.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    text = "\n".join([*said, caplog.text, *(repr(record.__dict__) for record in caplog.records)])
    assert caplog.records and not re.search(f"{KEY}|Bearer|Olafsdottir|person1", text)


@pytest.mark.parametrize("key", ["SG.a b", "SG.a\nb", "SG.ключ", "SG.a\r\nX-Evil: 1"])
def test_a_key_that_no_header_can_hold_is_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match=r"^SENDGRID_API_KEY holds a space") as error:
        channel_to("", key=key)
    assert "SG." not in str(error.value)


def test_a_key_from_a_file_may_end_with_a_line_break() -> None:
    with SendGridStub() as stub:
        assert channel_to(stub, key=f"{KEY}\n").send(items_of("Ann"), now=NOW)[0].state == "accepted"


def test_a_redirect_is_not_followed_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with SendGridStub(faults=only("302", 1)) as stub:
        answer = Wire(KEY, host=stub.url, subuser=None, timeout=1).post(b"{}")
        assert (answer.status, answer.headers["location"], stub.count) == (302, f"{stub.url}/elsewhere", 1)


def test_a_wire_to_nowhere_says_so_in_a_word() -> None:
    with pytest.raises(Unreached, match=r"^\w+$"):
        Wire(KEY, host="http://127.0.0.1:9", subuser=None, timeout=1).post(b"{}")
