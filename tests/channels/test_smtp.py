"""SMTP: one kept connection, a return path for each attempt, and no message that goes out twice or is lost."""

import datetime as dt
import email
import email.policy
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from doorstep.channels import Channel, open_channels
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from tests.channels.test_sendgrid import NOW, items_of
from tests.making import UTILITY, make_rollout
from tests.stubs.smtp import Scripted

PASSWORD = "p@ss/w0rd"


def channel_to(url: str, **config: Any) -> Channel:
    given = {"timeout_seconds": 5, "return_path_domain": "bounces.northwick.example", **config}
    rollout = make_rollout(providers={"smtp": given})
    return open_channels("smtp", rollout, Settings(smtp_url=SecretStr(url)))["email"]


class Mailbox:
    """What aiosmtpd takes: checked to be fit for the wire."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.sessions: set[int] = set()

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        content = envelope.original_content
        assert content and content.isascii() and content.count(b"\n") == content.count(b"\r\n")
        assert max(map(len, content.split(b"\r\n"))) <= 998
        self.taken.append(envelope)
        self.sessions.add(id(session))
        return "250 2.0.0 queued as 12345"

    def messages(self) -> list[EmailMessage]:
        parsed = [email.message_from_bytes(each.original_content or b"", policy=email.policy.default) for each in self.taken]
        assert not any(message.defects for message in parsed)
        return [message for message in parsed if isinstance(message, EmailMessage)]


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Mailbox, str]]]:
    """Start aiosmtpd with these options: its mailbox, and host:port."""
    running: list[Controller] = []

    def started(**options: Any) -> tuple[Mailbox, str]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        mailbox = Mailbox()
        controller = Controller(mailbox, hostname="127.0.0.1", port=port, server_hostname="mail.example", **options)
        controller.start()
        running.append(controller)
        return mailbox, f"localhost:{port}"

    yield started
    for controller in running:
        controller.stop()


def test_a_message_is_whole_and_a_bounce_finds_its_attempt(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, place = serve()
    items = items_of("Ann", "محمد", "X\r\nBcc: e@example.com\r\n\r\n", "<img src=x onerror=1>")
    items[1] = items[1]._replace(unsubscribe="https://n.example/u/TOKEN")
    outcomes = channel_to(f"smtp://{place}").send(items, now=NOW)
    assert [(each.notice_id, each.state, each.provider_id) for each in outcomes] == [
        (item.notice_id, "accepted", f"{item.ref}@northwick.example") for item in items]
    assert [(each.mail_from, each.rcpt_tos) for each in mailbox.taken] == [
        (f"bounce+{number}-1@bounces.northwick.example", [f"person{number}@example.com"]) for number in (1, 2, 3, 4)]
    messages = mailbox.messages()
    assert [message["Message-ID"] for message in messages] == [f"<{item.ref}@northwick.example>" for item in items]
    assert {message["From"] for message in messages} == {"Northwick Energy <meters@northwick.example>"}
    assert {message["Date"] for message in messages} == {"Fri, 15 Jan 2027 08:00:00 +0000"}
    assert messages[2]["Bcc"] is None and messages[2]["Subject"].endswith("for X Bcc: e@example.com")
    assert [message["List-Unsubscribe"] for message in messages] == [None, "<https://n.example/u/TOKEN>", None, None]
    for message, item in zip(messages, items, strict=True):
        meant, html = item.skeleton.fill(item.texts), message.get_body(("html",))
        assert html is not None and html.get_content().replace("\r\n", "\n").strip() == meant.html.replace("\r\n", "\n").strip()
    assert len(mailbox.sessions) == 1


def test_the_connection_is_kept_from_one_send_to_the_next(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, place = serve()
    channel = channel_to(f"smtp://{place}")
    for _ in range(3):
        channel.send(items_of("Ann"), now=NOW)
    assert (len(mailbox.taken), len(mailbox.sessions)) == (3, 1)


def test_without_a_domain_for_bounces_they_go_to_the_utility(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, place = serve()
    channel_to(f"smtp://{place}", return_path_domain="").send(items_of("Ann"), now=NOW)
    assert mailbox.taken[0].mail_from == UTILITY["email"]


def test_a_line_that_begins_with_a_dot_stays_one(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, place = serve()
    item = items_of("Ann")[0]
    name = "x" * 50 + "\r\n.\r\n..\r\nMAIL FROM:<e@example.com>\r\n"        # ends the message, if dots are not doubled
    slot = item.skeleton.slots.index("customer.name")
    channel_to(f"smtp://{place}").send([item._replace(texts=[*item.texts[:slot], name, *item.texts[slot + 1:]])], now=NOW)
    text = mailbox.messages()[0].get_body(("plain",))
    assert text is not None and "\n.\n..\nMAIL FROM" in text.get_content().replace("\r\n", "\n")
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("change", [{"to": "a@x.com\r\nRCPT TO:<e@x.com>"}, {"to": "jürgen@x.com"}, {"to": ""}, {"texts": []}])
def test_an_item_that_cannot_go_is_refused_and_the_others_go(serve: Callable[..., tuple[Mailbox, str]], change: Any) -> None:
    mailbox, place = serve()
    first, bad, last = items_of("Ann", "Bob", "Eve")
    outcomes = channel_to(f"smtp://{place}").send([first, bad._replace(**change), last], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [
        ("accepted", None), ("refused", "words" if "texts" in change else "address"), ("accepted", None)]
    assert [each.rcpt_tos for each in mailbox.taken] == [["person1@example.com"], ["person3@example.com"]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for localhost, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    day = dt.datetime.now(dt.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(day - dt.timedelta(1))
            .not_valid_after(day + dt.timedelta(1)).add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS with a certificate that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def knows_us(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"desk", PASSWORD.encode()), handled=False)


@pytest.mark.parametrize("password", ["p%40ss%2Fw0rd", "wrong"])
def test_a_password_is_said_under_tls_only(serve: Callable[..., tuple[Mailbox, str]], tls: ssl.SSLContext, password: str,
                                           caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailbox, place = serve(tls_context=tls, require_starttls=True, auth_required=True, authenticator=knows_us)
    channel = channel_to(f"smtp://desk:{password}@{place}")
    if password == "wrong":
        with pytest.raises(Transient) as error:
            channel.send(items_of("Ann"), now=NOW)
        assert error.value.code == "auth" and "wrong" not in f"{error.value!r}"
    else:
        assert channel.send(items_of("Ann"), now=NOW)[0].state == "accepted" and len(mailbox.taken) == 1
    ours = [record for record in caplog.records if record.name.startswith("doorstep")]
    assert not ours and PASSWORD not in f"{channel!r} {vars(channel)!r}" and "wrong" not in f"{vars(channel)!r}"


def test_smtps_speaks_tls_from_the_start(serve: Callable[..., tuple[Mailbox, str]], tls: ssl.SSLContext) -> None:
    mailbox, place = serve(ssl_context=tls)
    assert channel_to(f"smtps://{place}").send(items_of("Ann"), now=NOW)[0].state == "accepted"
    assert len(mailbox.taken) == 1


def test_a_password_is_not_said_to_a_server_without_tls(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, place = serve(auth_require_tls=False, authenticator=knows_us)
    with pytest.raises(Transient) as error:
        channel_to(f"smtp://desk:p%40ss%2Fw0rd@{place}").send(items_of("Ann"), now=NOW)
    assert error.value.code == "auth" and not mailbox.taken
    allowed = channel_to(f"smtp://desk:p%40ss%2Fw0rd@{place}", starttls=False)
    assert allowed.send(items_of("Ann"), now=NOW)[0].state == "accepted"


def test_a_certificate_that_nobody_knows_is_no_server_of_ours(serve: Callable[..., tuple[Mailbox, str]], tls: ssl.SSLContext,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox, place = serve(tls_context=tls)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Transient) as error:
        channel_to(f"smtp://{place}").send(items_of("Ann"), now=NOW)
    assert error.value.code == "away" and not mailbox.taken


def at(numbers: dict[int, str]) -> Callable[[int], str | None]:
    return numbers.get


A, U, B, W = ("accepted", None), ("unknown", "timeout"), ("throttled", "busy"), ("throttled", "away")


@pytest.mark.parametrize(("says", "outcomes", "taken"), [
    ({}, [A, A, A], "123"),
    ({"RCPT": at({2: "550 5.1.1 no such user"})}, [A, ("refused", "smtp_550"), A], "13"),
    ({"RCPT": at({2: "450 4.2.0 greylisted"})}, [A, ("throttled", "smtp_450"), A], "13"),
    ({"RCPT": at({2: "251 will forward"})}, [A, A, A], "123"),
    ({"RCPT": at({2: "554 5.7.1 <x>: Relay access denied"})}, [A, ("throttled", "auth"), ("throttled", "auth")], "1"),
    ({"MAIL": at({2: "552 too large"})}, [A, ("refused", "smtp_552"), A], "13"),
    ({"MAIL": at({2: "550 sender refused"})}, [A, ("throttled", "auth"), ("throttled", "auth")], "1"),
    ({"MAIL": at({2: "452 disk full"})}, [A, B, B], "1"),
    ({"DATA": at({2: "451 later"})}, [A, ("throttled", "smtp_451"), A], "13"),
    ({"DOT": at({2: "554 5.7.1 spam"})}, [A, ("refused", "smtp_554"), A], "13"),
    ({"DOT": at({2: "452 4.3.1 later"})}, [A, ("throttled", "smtp_452"), A], "13"),
    ({"DOT": at({2: "close"})}, [A, ("unknown", "reset"), B], "1"),
    ({"DOT": at({2: "hang"})}, [A, U, B], "1"),
    ({"DOT": at({1: "hang"})}, [U, B, B], ""),
    ({"DOT": at({3: "hang"})}, [A, A, U], "12"),
    ({"DOT": at({2: "what?"})}, [A, ("unknown", "unreadable"), B], "1"),
    ({"MAIL": at({2: "close"})}, [A, A, A], "123"), ({"MAIL": at({3: "421 4.4.2 enough"})}, [A, A, A], "123"),
    ({"RCPT": at({2: "close"})}, [A, A, A], "123"), ({"DATA": at({2: "close"})}, [A, A, A], "123"),
    ({"RCPT": at({2: "what?"})}, [A, A, A], "123"), ({"RCPT": at({2: "9" * 9000})}, [A, A, A], "123"),
    ({"DOT": at({2: "421 closing"})}, [A, A, A], "123"),
    ({"MAIL": at({2: "close", 3: "close"})}, [A, W, W], "1"), ({"MAIL": at({2: "421 a", 3: "421 b"})}, [A, B, B], "1"),
    ({"MAIL": at({2: "close"}), "HELLO": at({2: "421 too many"})}, [A, B, B], "1"),
    ({"RSET": at({1: "close"}), "RCPT": at({2: "550 no"})}, [A, ("refused", "smtp_550"), A], "13"),
], ids=lambda value: "+".join(value) if isinstance(value, dict) else "")
def test_what_the_server_says_and_what_becomes_of_each(says: Any, outcomes: list[tuple[str, str | None]], taken: str) -> None:
    with Scripted(**says) as server:
        made = channel_to(server.url, timeout_seconds=0.3).send(items_of("Ann", "Bob", "Eve"), now=NOW)
        assert [(each.state, each.code) for each in made] == outcomes
        assert "".join(server.taken) == taken


@pytest.mark.parametrize(("says", "code"), [
    ({"HELLO": at({1: "554 go away"})}, "auth"), ({"HELLO": at({1: "421 too many"})}, "busy"),
    ({"HELLO": at({1: "close"})}, "away"),
    ({"HELLO": at({1: "hang"})}, "away"), ({"EHLO": at({1: "close"})}, "away"),
    ({"MAIL": at({1: "530 log in first"})}, "auth"),
    ({"MAIL": at({1: "451 later"})}, "busy"), ({"MAIL": at({1: "421 later"})}, "busy"), ({"MAIL": at({1: "close"})}, "away"),
    ({"RCPT": at({1: "550 unable to relay"})}, "auth"), ({"DATA": at({1: "close"})}, "away"),
], ids=lambda value: "+".join(value) if isinstance(value, dict) else "")
def test_trouble_before_anything_was_taken(says: Any, code: str) -> None:
    with Scripted(**says) as server:
        channel = channel_to(server.url, timeout_seconds=0.3)
        with pytest.raises(Transient) as error:
            channel.send(items_of("Ann", "Bob"), now=NOW)
        assert (error.value.code, server.taken) == (code, [])
        assert [each.state for each in channel.send(items_of("Ann", "Bob"), now=NOW)] == ["accepted", "accepted"]


def test_a_server_that_is_not_there() -> None:
    with Scripted() as server:
        pass
    with pytest.raises(Transient, match="the mail server cannot be reached"):
        channel_to(server.url).send(items_of("Ann"), now=NOW)


def test_without_a_server_nothing_is_tried() -> None:
    assert channel_to("").send([], now=NOW) == []
    with pytest.raises(Transient, match="SMTP_URL is not set"):
        channel_to("").send(items_of("Ann"), now=NOW)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://a:secret@mail.example:port",
                                 "smtp://a:secret/x@mail.example", "smtps://mail.example:99999", "smtp://a:secret#@mail.example"])
def test_an_address_that_is_none_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^SMTP_URL is not the address of a mail server") as error:
        channel_to(url)
    assert "secret" not in f"{error.value} {error.value.__context__ if not error.value.__suppress_context__ else ''}"


@pytest.mark.parametrize(("given", "says"), [
    ({"return_path_domain": "a b"}, "providers.smtp.return_path_domain: "),
    ({"timeout_seconds": 0}, "providers.smtp.timeout_seconds: "),
    ({"startls": True}, "providers.smtp.startls: "),
])
def test_a_setting_that_is_wrong_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        channel_to("", **given)
