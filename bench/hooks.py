"""SendGrid's signed events: taken in by the application itself and worked on, beside bare verification and insert."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from bench.limits import connect
from bench.making import make_visits, northwick
from doorstep.inbox.heard import work_heard
from doorstep.inbox.sendgrid_events import keys_of
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.web.app import make_app
from doorstep.web.room import Room
from tests.inbox.signing import NOW, SIGNATURE, SendGridSigner

BATCH = 500                # events in one request
SENT = """INSERT INTO notice (rollout, notice, phase, purpose, visit_id, customer_id, occasion, via, due_at, until_at, not_before,
    state, tried, attempt, created_at, channel, provider, provider_id, attempted_at, accepted_at)
    SELECT rollout, 'reminder', 'before', 'duty', id, customer_id, day, '', 0, 9999999999, 0, 'accepted', '', 1, 0, 'email',
    'sendgrid', 'x', 1, 1 FROM visit"""
HEARD = "INSERT INTO heard (source, ref, at, state, body) VALUES ('sendgrid-events', ?, ?, 'done', ?)"
JOURNAL = """INSERT INTO journal (at, rollout, kind, visit_id, notice_id, customer_id, ref, data)
    VALUES (?, 'northwick', ?, ?, ?, ?, ?, NULL)"""
MOVE = "UPDATE notice SET state=?, delivered_at=? WHERE id=? AND state IN ('attempting','unknown','accepted')"


def batches(signer: SendGridSigner, events: int) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Signed requests: each message is processed, then delivered; one in fifty bounces instead."""
    for start in range(0, events, BATCH):
        body = orjson.dumps([_event(number) for number in range(start, min(start + BATCH, events))])
        yield body, signer.headers(body)


def _event(number: int) -> dict[str, object]:
    notice = number // 2 + 1
    end = {"event": "delivered", "response": "250 OK"} if notice % 50 else {
        "event": "bounce", "type": "bounce", "status": "5.2.2", "reason": "452 4.2.2 The mailbox is full"}
    return {"email": f"cust{notice}@example.net", "timestamp": NOW - 60 + number % 2,
            "sg_event_id": f"ZGVsaXZlcmVkLTAtMTA5OTQ5{number:09d}",
            "smtp-id": f"<14c5d75ce93.dfd.{notice}@ismtpd-555>",
            "sg_message_id": f"14c5d75ce93.dfd.{notice}.filter0001.16648.5515E0B88.0",
            "doorstep": f"{notice}.1", "tls": 1, "ip": "168.1.1.1", "category": ["visit"],
            **(end if number % 2 else {"event": "processed"})}


def _ready(folder: Path, events: int) -> Store:
    make_visits(folder / "d.db", events // 2 + 1)
    store = Store(f"sqlite:///{folder / 'd.db'}")
    with store.write() as connection:
        connection.exec_driver_sql(SENT)
    return store


def take(folder: Path, events: int) -> tuple[float, int]:
    """The hook alone: verified, kept, answered."""
    store, signer = _ready(folder, events), SendGridSigner()
    return _taken(folder, store, signer, list(batches(signer, events))), events


def work(folder: Path, events: int) -> tuple[float, int]:
    """The work alone: read, linked to notices, written into the journal, states moved, bounces counted."""
    store, signer = _ready(folder, events), SendGridSigner()
    _taken(folder, store, signer, list(batches(signer, events)))
    return _worked(store, events), events


def both(folder: Path, events: int) -> tuple[float, int]:
    """The whole way in one process, one after the other."""
    store, signer = _ready(folder, events), SendGridSigner()
    taken = _taken(folder, store, signer, list(batches(signer, events)))
    return taken + _worked(store, events), events


def bare(folder: Path, events: int) -> tuple[float, int]:
    """The limit: the signature verified, the batch read, its rows inserted and its notices updated, in one transaction."""
    _ready(folder, events).close()
    signer = SendGridSigner()
    (key,) = keys_of(signer.public)
    sent = [(body, signer.raw(headers[SIGNATURE])) for body, headers in batches(signer, events)]
    database = connect(folder / "d.db")
    began = time.perf_counter()
    for number, (body, signature) in enumerate(sent):
        key.verify(signature, str(NOW).encode() + body, ECDSA(SHA256()))
        said = orjson.loads(body)
        notices = [int(event["doorstep"][:-2]) for event in said]
        database.execute("BEGIN IMMEDIATE")
        database.execute(HEARD, (str(number), NOW, None))
        database.executemany(JOURNAL, [(event["timestamp"], event["event"], notice, notice, notice, event["sg_event_id"])
                                       for event, notice in zip(said, notices, strict=True)])
        database.executemany(MOVE, [(event["event"], event["timestamp"], notice)
                                    for event, notice in zip(said, notices, strict=True)])
        database.execute("COMMIT")
    return time.perf_counter() - began, events


def _taken(folder: Path, store: Store, signer: SendGridSigner, sent: list[tuple[bytes, dict[str, str]]]) -> float:
    settings = Settings(home=folder, sendgrid_event_keys=signer.public)
    app = make_app(Room(settings, store, {"northwick": northwick()}, clock=lambda: NOW))

    async def post() -> float:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as web:
            began = time.perf_counter()
            for body, headers in sent:
                answer = await web.post("/hooks/sendgrid/events", content=body, headers=headers)
                assert answer.status_code == 200, answer.status_code
            return time.perf_counter() - began

    return asyncio.run(post())


def _worked(store: Store, events: int) -> float:
    began = time.perf_counter()
    done = work_heard(store, {"northwick": northwick()}, now=NOW)
    assert (done.news, done.failed) == (events, 0), done
    return time.perf_counter() - began
