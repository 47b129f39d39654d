"""Whatever comes: what cannot be read fails alone, broken off work is done again, and words reach the conversation."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from doorstep.errors import Transient
from doorstep.inbox.heard import Counts, try_again
from doorstep.inbox.sms_events import kept
from doorstep.model import Reply, table
from tests.inbox.hearing import Ear, H, J, bounce, event


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear(tmp_path)


# ---- what cannot be read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "body", "why"), [
    ("sendgrid-events", b"{}", "the body is no list of events"), ("sqs", b"Ann Hill", "the body is no JSON"),
    ("twilio", b"{}", "the stored form cannot be read"), ("sendgrid-inbound", b"[", "the body is no JSON"),
    ("sendgrid-inbound", b"[1]", "the body is no JSON object"), ("africastalking", b"7", "the stored form cannot be read"),
    ("sns", b"[]", "the body is no JSON object"), ("owls", b"x", "the body has an unknown form (KeyError)"),
    ("sns", b'{"Type":"UnsubscribeConfirmation"}',
     "somebody ended our subscription to a topic; subscribe anew if it was not you"),
])
def test_what_cannot_be_read_says_why_keeps_its_body_and_stops_nothing(ear: Ear, source: str, body: bytes, why: str) -> None:
    first, last = ear.sent(), ear.sent()
    ear.told(event("delivered", first))
    ear.came(source, body)
    ear.told(event("delivered", last))
    assert ear.work() == Counts(bodies=3, news=2, failed=1)
    assert ear.bodies() == [("done", None, False), ("failed", why, True), ("done", None, False)]
    assert ear.work() == Counts()


def test_after_a_mended_fault_what_failed_can_be_tried_again(ear: Ear) -> None:
    notice = ear.sent()
    ear.came("owls", [event("delivered", notice)])
    assert ear.work().failed == 1
    with ear.store.write() as connection:
        connection.execute(H.update().values(source="sendgrid-events"))
    assert try_again(ear.store) == 1 and ear.work().news == 1 and ear.bodies() == [("done", None, False)]


def test_a_damaged_body_fails_alone(ear: Ear) -> None:
    ear.told(event("delivered", ear.sent()))
    ear.told(event("delivered", ear.sent()))
    with ear.store.write() as connection:
        connection.execute(H.update().where(H.c.id == 1).values(body=b"x\x9cno"))
    assert ear.work() == Counts(bodies=2, news=1, failed=1)


@pytest.mark.parametrize("odd", [
    {"timestamp": 2**63 - 1}, {"timestamp": -5}, {"sg_event_id": "a\x00b"}, {"sg_event_id": "\u202e" * 400}, {"sg_event_id": 7},
    {"sg_event_id": None}, {"email": "x\x00@y\r\nBcc: z"}, {"email": "'; DROP TABLE notice; --"}, {"status": "\x00"},
    {"reason": ["x"]},
    {"doorstep": 7.1}, {"doorstep": ["7.1"]}, {"event": "\x00"}, {"doorstep": "999999999999999.999999"}])
def test_an_odd_event_breaks_no_batch(ear: Ear, odd: dict[str, Any]) -> None:
    first, second = ear.sent(), ear.sent()
    ear.told(bounce(first, "5.1.1") | odd, event("delivered", second))
    assert ear.work().failed == 0 and ear.state(second) == "delivered"


# ---- broken off ----------------------------------------------------------------------------------------------


def test_broken_off_at_any_commit_it_is_done_again_and_counts_once(tmp_path: Path) -> None:
    for place in range(1, 5):
        ear = Ear(tmp_path / str(place))
        notices = [ear.sent() for _ in range(3)]
        for notice in notices:
            ear.told(event("delivered", notice), bounce(notice, "5.1.1"))
        commits = iter(range(1, 100))

        def break_off(_connection: object, at: int = place, numbers: Any = commits) -> None:
            if next(numbers) == at:
                raise Transient("the database is away", code="away")

        sqlalchemy_event.listen(ear.store.engine, "commit", break_off)
        broken = False
        try:
            ear.work()
        except Transient:
            broken = True
        sqlalchemy_event.remove(ear.store.engine, "commit", break_off)
        if broken:
            assert {state for state, _, _ in ear.bodies()} <= {"new", "done"}
        ear.work()
        assert [ear.state(notice) for notice in notices] == ["bounced"] * 3
        assert ear.count(J) == 6 and ear.bodies() == [("done", None, False)] * 3


def test_only_so_much_is_worked_on_at_once_and_the_rest_next_time(ear: Ear) -> None:
    notices = [ear.sent() for _ in range(5)]
    for notice in notices:
        ear.told(event("delivered", notice))
    assert [ear.work(most=3).bodies for _ in range(3)] == [3, 2, 0]
    assert [ear.state(notice) for notice in notices] == ["delivered"] * 5


# ---- words ---------------------------------------------------------------------------------------------------


def replies(ear: Ear) -> list[Any]:
    with ear.store.read() as connection:
        return list(connection.execute(select(table(Reply)).order_by(table(Reply).c.id)))


def text(words: str, sender: str = "+447400123401", sid: str = "SM9") -> bytes:
    return kept("", [("MessageSid", sid), ("SmsStatus", "received"), ("From", sender), ("To", "+447700900192"), ("Body", words)])


def test_a_customers_text_reaches_the_conversation_once(ear: Ear) -> None:
    notice = ear.sent("sms")
    for _ in range(2):
        ear.came("twilio", text("STOP"))
    assert ear.work().failed == 0
    (reply,) = replies(ear)
    assert (reply.ref, reply.meant, reply.customer_id, reply.notice_id, reply.channel) == ("SM9", "stop", 1, notice, "sms")
    assert [stop[:2] for stop in ear.stops()] == [("sms", "+447400123401")]


def test_a_customers_mail_does_what_it_says_only_if_it_is_proven_theirs(ear: Ear) -> None:
    ear.sent()
    mail = {"headers": "Message-ID: <a@b>\nIn-Reply-To: <x>", "from": "person1@example.com", "subject": "Re: x", "text": "STOP",
            "envelope": '{"to":["meters@northwick.example"],"from":"person1@example.com"}', "dkim": "none", "SPF": "fail"}
    ear.came("sendgrid-inbound", mail)
    assert ear.work().words == 1 and ear.stops() == []
    (reply,) = replies(ear)
    assert reply.customer_id is None and reply.enquiry_id is not None
    ear.came("sendgrid-inbound", mail | {"dkim": "{@example.com : pass}", "headers": "Message-ID: <c@d>\nIn-Reply-To: <x>"})
    assert ear.work().words == 1 and [stop[:2] for stop in ear.stops()] == [("email", "person1@example.com")]


def test_a_stranger_is_heard_by_the_rollout_whose_number_or_domain_it_is(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    ear.came("twilio", text("who are you?", "+447999999999"))
    assert ear.work().words == 1 and len(replies(ear)) == 1


def test_a_machines_mail_is_done_and_says_nothing(ear: Ear) -> None:
    ear.sent()
    ear.came("sendgrid-inbound", {"headers": "Auto-Submitted: auto-replied", "from": "person1@example.com", "text": "STOP",
                                  "envelope": '{"from":"person1@example.com"}'})
    assert ear.work() == Counts(bodies=1, others=1) and replies(ear) == [] and ear.stops() == []
