"""The same on PostgreSQL: what is heard moves notices there too, and twice at once it counts once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doorstep.inbox.heard import Counts, try_again
from doorstep.inbox.sms_events import kept
from tests.inbox.hearing import Ear, J, bounce, event
from tests.inbox.signing import NOW
from tests.making import elsewhere


@pytest.fixture
def ear(tmp_path: Path, postgres: str) -> Iterator[Ear]:
    with elsewhere(lambda: postgres):
        made = Ear(tmp_path)
    yield made
    made.store.close()


def test_news_words_and_faults_all_find_their_place(ear: Ear) -> None:
    notices = [ear.sent(), ear.sent("sms", provider="africastalking", provider_id="ATX")]
    ear.told(event("delivered", notices[0]), bounce(notices[0], "5.1.1"), event("unsubscribe", notices[0], ago=70),
             event("group_resubscribe", notices[0], ago=65))
    ear.came("africastalking", kept("", [("id", "ATX"), ("status", "Success")]))
    ear.came("twilio", kept("", [("MessageSid", "SM1"), ("SmsStatus", "received"), ("From", "+447400123402"), ("Body", "STOP")]))
    ear.came("owls", b"\x00\xff")
    ear.came("owls", b"\x00\xff")
    for _ in range(2):
        ear.came("sqs", {"eventType": "TEXT_DELIVERED"}, ref="twice")
    assert ear.work() == Counts(bodies=6, news=5, words=1, others=1, failed=2)
    assert [ear.state(notice) for notice in notices] == ["bounced", "delivered"]
    assert [stop[:2] for stop in ear.stops()] == [("email", "person1@example.com"), ("sms", "+447400123402")]
    assert ear.bodies()[-1] == ("done", None, False) and try_again(ear.store) == 2
    assert ear.work() == Counts(bodies=2, failed=2)


def test_two_who_work_at_once_count_everything_once(ear: Ear) -> None:
    notices = [ear.sent() for _ in range(40)]
    for start in range(0, 40, 4):
        ear.told(*[event(kind, notice) for notice in notices[start:start + 4] for kind in ("processed", "delivered")])
    with ThreadPoolExecutor(4) as workers:
        done = [work.result() for work in [workers.submit(ear.work) for _ in range(4)]]
    assert sum(counts.news for counts in done) == 80 == ear.count(J) and not sum(counts.failed for counts in done)
    assert {ear.state(notice) for notice in notices} == {"delivered"}
    assert {state for state, _, _ in ear.bodies()} == {"done"} and ear.work(NOW + 1) == Counts()
