"""The form client: what was surely not sent is told apart from what may have arrived; no proxy, no redirect, no retry."""

import socket
from datetime import UTC, datetime
from email.utils import format_datetime
from time import sleep

import pytest

from doorstep.channels._form_api import FormApi, FormShape, Unanswered
from doorstep.errors import ConfigError, Transient
from tests.channels.texting import NOW
from tests.stubs.server import Reply, Seen, Stub

SHAPE = FormShape(timeout_seconds=0.4, at_once=1)


class Says(Stub):
    """Answers as it was told."""

    reply = Reply()

    def answer(self, seen: Seen) -> Reply:
        return self.reply


def api(url: str) -> FormApi:
    return FormApi("twilio", url, {"apiKey": "k"}, SHAPE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def test_a_form_goes_out_as_it_should() -> None:
    with Says() as stub:
        assert api(stub.url + "/").post("/a", {"to": "+256,+257", "say": "é&="}, now=NOW).status == 200
        [seen] = stub.requests
    assert (seen.method, seen.path, seen.body) == ("POST", "/a", b"to=%2B256%2C%2B257&say=%C3%A9%26%3D")
    assert (seen.headers["apikey"], seen.headers["content-type"]) == ("k", "application/x-www-form-urlencoded")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://no-such-host.invalid"])
def test_where_nobody_listens_nothing_was_sent(url: str) -> None:
    with pytest.raises(Transient) as raised:
        api(url.format(port=free_port())).post("/", {"to": "+256772000001"}, now=NOW)
    assert raised.value.code == "away" and "256772" not in str(raised.value)


def test_where_no_secure_connection_comes_about_nothing_was_sent() -> None:
    with Says() as stub:
        with pytest.raises(Transient) as raised:
            api(stub.url.replace("http:", "https:")).post("/", {"a": "b"}, now=NOW)
        assert raised.value.code == "away" and stub.requests == []


def test_a_connection_that_was_hung_up_in_between_is_made_anew() -> None:
    with Says() as stub:
        client = api(stub.url)
        client.post("/", {"a": "1"}, now=NOW)
        stub.hang_up()
        while stub._open:                                  # until the server has let go of it
            sleep(0.001)
        assert client.post("/", {"a": "2"}, now=NOW).status == 200
        assert (stub.count, stub.connections) == (2, 2)


def test_an_answer_that_breaks_off_is_none() -> None:
    with Says() as stub:
        stub.reply = Reply(200, {"Content-Length": "50"}, b"{}")
        with pytest.raises(Unanswered):
            api(stub.url).post("/", {"a": "b"}, now=NOW)
        assert stub.count == 1


def test_a_redirect_is_not_followed() -> None:
    with Says(faults=lambda number: "307") as stub:
        with pytest.raises(Transient, match="sends us elsewhere"):
            api(stub.url).post("/", {"a": "b"}, now=NOW)
        assert stub.count == 1


def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Says() as stub:
        assert api(stub.url).post("/", {"a": "b"}, now=NOW).status == 200


@pytest.mark.parametrize(("said", "until"), [
    ("7", NOW + 7), ("0", NOW + 1), ("999999999999", NOW + 3600), ("", None), ("soon", None), ("-5", None),
    (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), NOW + 90),
    ("Mon, 01 Jan 2001 00:00:00 GMT", NOW + 1), ("Mon, 01 Jan 2001 00:00:00", NOW + 1),
])
def test_busy_until_when(said: str, until: int | None) -> None:
    with Says() as stub:
        stub.reply = Reply(429, {"Retry-After": said})
        with pytest.raises(Transient) as raised:
            api(stub.url).post("/", {"a": "b"}, now=NOW)
    assert (raised.value.code, raised.value.until) == ("busy", until)


@pytest.mark.parametrize("url", ["api.twilio.com", "ftp://api.twilio.com", "//api.twilio.com"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match=r'TWILIO_API_URL: "[a-z:/]*api[.]twilio[.]com" is no address'):
        api(url)
