"""A schedule from a web server: a real one on loopback, which keeps what it was asked."""

import datetime as dt
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from doorstep.errors import ConfigError, DoorstepError, Permanent, Transient
from doorstep.schedule.sources._dialling import addresses
from tests.schedule.test_sources import arrivals

BODY = b"ID,NAME\n1,a\n"


@dataclass
class Web:
    """A web server: what it answers, and what it was asked."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"v1"', "Last-Modified": "Mon, 04 Jan 2027 02:00:00 GMT"})
    body: Callable[[Any], None] = lambda out: out.write(BODY)
    asked: list[dict[str, str]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def source(self, **keys: Any) -> dict[str, Any]:
        return {"kind": "http", "url": f"http://127.0.0.1:{self.port}/drop/plan-2027-01-04.csv", "allow_private": True} | keys


def serve(web: Web, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append({key.lower(): value for key, value in self.headers.items()})
            same = web.headers.get("ETag") and self.headers.get("If-None-Match") == web.headers["ETag"]
            self.send_response(304 if same else web.status)
            for name, value in web.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not same:
                web.body(self.wfile)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    setattr(server, "handle_error", lambda *_: None)   # noqa: B010  (callers that hang up are part of the tests)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    web.port = server.server_address[1]
    return server


@pytest.fixture
def web() -> Iterator[Web]:
    served = Web()
    server = serve(served)
    yield served
    served.done.set()
    server.shutdown()
    server.server_close()


def test_a_file_is_fetched_once_and_again_when_it_changes(web: Web, tmp_path: Path) -> None:
    [arrival] = arrivals(web.source(), tmp_path)
    assert (arrival.name, arrival.path.read_bytes()) == ("plan-2027-01-04.csv", BODY)
    assert web.asked[0]["host"] == f"127.0.0.1:{web.port}"
    assert web.asked[0]["accept-encoding"] == "identity"
    marks = {arrival.source: arrival.mark}
    assert list(arrivals(web.source(), tmp_path, marks)) == []
    assert web.asked[1]["if-none-match"] == '"v1"'
    web.headers["ETag"] = '"v2"'
    assert list(arrivals(web.source(), tmp_path, marks)) == []            # another mark, but the same content
    web.body = lambda out: out.write(BODY + b"2,b\n")
    assert [again.path.stat().st_size for again in arrivals(web.source(), tmp_path, marks)] == [16]


def test_without_an_etag_the_date_is_asked_with(web: Web, tmp_path: Path) -> None:
    del web.headers["ETag"]
    [arrival] = arrivals(web.source(), tmp_path)
    list(arrivals(web.source(), tmp_path, {arrival.source: arrival.mark}))
    assert web.asked[1]["if-modified-since"] == "Mon, 04 Jan 2027 02:00:00 GMT"


def test_a_mark_that_cannot_be_read_means_not_taken_yet(web: Web, tmp_path: Path) -> None:
    [arrival] = arrivals(web.source(), tmp_path)
    for mark in ("", "x", "[]", json.dumps({"etag": 5})):
        assert len(list(arrivals(web.source(), tmp_path, {arrival.source: mark}))) == 1


def test_a_secret_comes_from_the_environment_and_stays_out_of_marks(web: Web, tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULE_TOKEN", "Bearer s3cr3t")
    source = web.source(url=f"http://127.0.0.1:{web.port}/plan.csv?sig=s1gn", headers={"Authorization": "SCHEDULE_TOKEN"})
    [arrival] = arrivals(source, tmp_path)
    assert web.asked[0]["authorization"] == "Bearer s3cr3t"
    assert "s3cr3t" not in repr(arrival)
    assert "s1gn" not in repr(arrival)
    monkeypatch.setenv("SCHEDULE_TOKEN", "x\r\nHost: evil")
    with pytest.raises(ConfigError, match=r"headers.Authorization: .* SCHEDULE_TOKEN has characters no header may have"):
        list(arrivals(source, tmp_path))
    assert len(web.asked) == 1


@pytest.mark.parametrize(("path", "name"), [
    ("/", "schedule"), ("/a%2Fb%2e.csv", "b..csv"), ("/x/..%2f..%2fetc%2fpasswd", "passwd"), ("/.hidden", "hidden"),
    ("/a%0d%0ab.csv", "a__b.csv")])
def test_the_name_of_the_file_is_never_a_path(web: Web, tmp_path: Path, path: str, name: str) -> None:
    [arrival] = arrivals(web.source(url=f"http://127.0.0.1:{web.port}{path}"), tmp_path)
    assert arrival.name == name
    assert arrival.path.parent == tmp_path


@pytest.mark.parametrize(("status", "headers", "error", "said"), [
    (302, {"Location": "http://169.254.169.254/"}, Permanent, r"points to another address \(HTTP 302\), which is not followed"),
    (307, {"Location": "/other"}, Permanent, r"points to another address .*: /other$"),
    (404, {}, Permanent, r"refuses \(HTTP 404\); check feed.source.url and feed.source.headers"),
    (401, {}, Permanent, r"refuses \(HTTP 401\)"),
    (206, {}, Permanent, r"refuses \(HTTP 206\)"),
    (429, {}, Transient, r"busy or broken \(HTTP 429\)"),
    (503, {}, Transient, r"busy or broken \(HTTP 503\)"),
    (200, {"Content-Length": "500"}, Transient, r"the connection broke"),
    (200, {"Content-Length": "3000000000"}, Permanent, r"larger than 2,000,000,000 bytes \(feed.source.max_bytes\)"),
])
def test_an_answer_that_is_no_schedule_is_said(web: Web, tmp_path: Path, status: int, headers: dict[str, str],
                                               error: type[DoorstepError], said: str) -> None:
    web.status, web.headers = status, headers
    with pytest.raises(error, match=said) as caught:
        list(arrivals(web.source(), tmp_path))
    assert str(caught.value).startswith(f"http://127.0.0.1:{web.port}/drop/plan-2027-01-04.csv: ")
    assert len(web.asked) == 1


def test_more_bytes_than_allowed_are_not_taken(web: Web, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"larger than 11 bytes"):
        list(arrivals(web.source(max_bytes=11), tmp_path))
    assert len(list(arrivals(web.source(max_bytes=12), tmp_path))) == 1


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_a_server_that_dawdles_is_left(web: Web, tmp_path: Path, drip: bytes) -> None:
    def dawdle(out: Any) -> None:
        while not web.done.wait(0.02):
            out.write(drip)

    web.body = dawdle
    with pytest.raises(Transient, match=r"did not finish within 0.2 seconds|the connection broke \(ReadTimeout\)"):
        list(arrivals(web.source(timeout=0.2), tmp_path))


def test_nobody_there_is_for_later(tmp_path: Path) -> None:
    silent = Web()
    serve(silent).server_close()
    with pytest.raises(Transient, match=r"does not answer|the connection broke"):
        list(arrivals(silent.source(timeout=2), tmp_path))


def test_a_private_address_is_not_called(web: Web, tmp_path: Path) -> None:
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        with pytest.raises(Permanent, match="which is not public; a schedule server on your own network needs"):
            list(arrivals(web.source(url=f"http://{host}:{web.port}/a.csv", allow_private=False), tmp_path))
    assert web.asked == []


PRIVATE = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fd00::1",
           "0x7f.1", "0x7f000001", "2130706433", "127.1", "017700000001", "localhost", "100.64.0.1"]
NOBODYS = ["169.254.169.254", "0.0.0.0", "0", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
           "2001:0:4136:e378::1", "::7f00:1", "fe80::1", "fec0::1", "::", "224.0.0.1", "ff02::1", "255.255.255.255"]


@pytest.mark.parametrize("host", PRIVATE + NOBODYS)
def test_what_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(Permanent, match="which is not public"):
        addresses(host, 443, allow_private=False)


@pytest.mark.parametrize("host", NOBODYS[:-1])
def test_some_addresses_are_refused_even_on_the_own_network(host: str) -> None:
    with pytest.raises(Permanent, match="which is not public"):
        addresses(host, 443, allow_private=True)


@pytest.mark.parametrize(("host", "allow_private"), [
    *((host, True) for host in PRIVATE), ("8.8.8.8", False), ("::ffff:8.8.8.8", False), ("2606:4700::1111", False)])
def test_what_is_allowed_is_dialled_as_it_was_checked(host: str, allow_private: bool) -> None:
    assert addresses(host, 443, allow_private=allow_private)


def test_the_name_is_kept_for_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path / "own.pem"))
    named: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: named.append(name)
    web = Web()
    server = serve(web, tls)
    source = web.source(url=f"https://localhost:{web.port}/a.csv")
    with pytest.raises(Permanent, match=r"its certificate is not trusted \(self.signed certificate\)"):
        list(arrivals(source, tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    assert len(list(arrivals(source, tmp_path))) == 1
    assert named == ["localhost", "localhost"]
    assert web.asked[0]["host"] == f"localhost:{web.port}"
    server.shutdown()
    server.server_close()


def certificate(path: Path) -> Path:
    """A certificate for localhost with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256()))
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
