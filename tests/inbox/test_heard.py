"""Work on what was heard: by rank and not by arrival, nothing twice, nothing lost, and one bad body stops no other."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from doorstep.inbox.bounces import SOFT_IN_A_ROW
from doorstep.inbox.heard import Counts
from doorstep.inbox.sms_events import kept
from tests.inbox.hearing import Ear, N, bounce, event
from tests.inbox.signing import NOW, sns


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear(tmp_path)


# ---- news ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(["processed", "delivered", "spamreport"])))
def test_whatever_the_order_a_delivered_mail_is_delivered_and_a_complaint_stops(ear: Ear, order: tuple[str, ...]) -> None:
    notice = ear.sent(state="attempting")
    for kind in order:
        ear.told(event(kind, notice))
        assert ear.work().news == 1
    assert ear.state(notice) == "delivered" and ear.stops() == [("email", "person1@example.com", "complaint")]


@pytest.mark.parametrize("order", list(permutations([("processed", 90), ("delivered", 80), ("bounce", 70)])))
def test_a_late_delivered_does_not_undo_a_bounce(ear: Ear, order: tuple[tuple[str, int], ...]) -> None:
    notice = ear.sent()
    ear.told(*[event(kind, notice, ago=ago, status="5.1.1", type="bounce") for kind, ago in order])
    ear.work()
    assert ear.state(notice) == "bounced" and ear.stops() == [("email", "person1@example.com", "bounce")]


def test_an_event_counts_once_however_often_it_comes(ear: Ear) -> None:
    notice = ear.sent()
    for _ in range(2):
        ear.told(event("delivered", notice), event("delivered", notice))       # twice in a batch, and in two batches
    assert ear.work().news == 1
    ear.told(event("delivered", notice))
    assert ear.work() == Counts(bodies=1)
    assert ear.journal() == [("delivered", notice, None)]


def test_opening_and_following_a_link_are_written_down_once_and_move_nothing(ear: Ear) -> None:
    notice = ear.sent(state="attempting")
    for _ in range(2):
        ear.told(event("open", notice, sg_machine_open=True), event("open", notice), event("open", notice, ref="later"),
                 event("click", notice))
    assert ear.work().news == 3 and ear.state(notice) == "attempting"
    assert sorted(ear.journal(), key=str) == [("clicked", notice, None), ("opened", notice, "machine"), ("opened", notice, None)]


@pytest.mark.parametrize(("status", "stopped"), [("5.1.1", True), ("5.2.1", True), ("5.2.2", False), ("4.4.1", False),
                                                 ("5.7.1", False), ("5.6.0", False)])
def test_only_a_hard_bounce_ends_the_address_at_once(ear: Ear, status: str, stopped: bool) -> None:
    notice = ear.sent()
    ear.told(bounce(notice, status))
    ear.work()
    assert ear.state(notice) == "bounced" and bool(ear.stops()) is stopped


def ended(ear: Ear, visit: int, status: str, number: int) -> dict[str, Any]:
    """One more message to the same customer, and how it ended."""
    notice, ago = ear.sent(visit=visit), 500 - number
    if status == "delivered":
        return event("delivered", notice, ago=ago, email="person1@example.com")
    return bounce(notice, status, ago=ago, email="person1@example.com")


@pytest.mark.parametrize(("statuses", "stopped"), [
    (["5.2.2"] * SOFT_IN_A_ROW, True), (["5.2.2"] * (SOFT_IN_A_ROW - 1), False),
    (["5.2.2", "5.2.2", "delivered", "5.2.2"], False), (["delivered", "5.2.2", "5.2.2", "4.2.2"], True),
    (["5.2.2", "5.7.1", "5.2.2", "5.2.2"], False), (["5.7.1"] * 5, False)])
@pytest.mark.parametrize("together", [True, False])
def test_soft_bounces_one_after_the_other_end_the_address(ear: Ear, statuses: list[str], stopped: bool, together: bool) -> None:
    visit = ear.world.visit()
    said = [ended(ear, visit, status, number) for number, status in enumerate(statuses)]
    for batch in [said[::-1]] if together else [[each] for each in said]:
        ear.told(*batch)
        ear.work()
    assert bool(ear.stops()) is stopped
    assert not stopped or ear.stops() == [("email", "person1@example.com", "bounce")]


def test_a_message_that_bounces_softly_again_and_again_is_one_message(ear: Ear) -> None:
    notice = ear.sent()
    ear.told(*[bounce(notice, "5.2.2") | {"sg_event_id": f"e{number}"} for number in range(5)])
    ear.work()
    assert ear.stops() == []


def test_soft_bounces_of_others_and_of_other_channels_are_not_counted_together(ear: Ear) -> None:
    for _ in range(SOFT_IN_A_ROW):
        ear.told(bounce(ear.sent(), "5.2.2"))
    visit = ear.world.visit()
    for number in range(SOFT_IN_A_ROW):
        notice = ear.sent("voice", visit=visit)
        ear.came("sqs", {"eventType": "VOICE_NO_ANSWER", "messageId": f"m{number}", "context": {"doorstep": f"{notice}.1"},
                         "eventTimestamp": NOW * 1000})
    ear.work()
    assert ear.stops() == [] and len(ear.journal()) == 2 * SOFT_IN_A_ROW


def test_a_bounce_of_an_address_that_was_mended_since_ends_the_old_one(ear: Ear) -> None:
    notice = ear.sent()
    ear.told(bounce(notice, "5.1.1", email="old@example.com"), event("spamreport", notice, email="PERSON1@example.com"))
    ear.work()
    assert ear.stops() == [("email", "old@example.com", "bounce"), ("email", "person1@example.com", "complaint")]


def test_news_of_an_earlier_channel_does_not_undo_what_the_next_one_did(ear: Ear) -> None:
    notice = ear.sent("sms", state="delivered", attempt=2)
    ear.told(bounce(notice, "5.1.1"))
    ear.work()
    assert ear.state(notice) == "delivered" and ear.stops() == [("email", "person1@example.com", "bounce")]
    other = ear.sent("sms", state="held", attempt=1)
    ear.told(event("processed", other), event("delivered", other))
    ear.work()
    assert ear.state(other) == "delivered"


STOP, START = ("unsubscribe", 80), ("group_resubscribe", 70)
LATER_STOP = ("unsubscribe", 60)


@pytest.mark.parametrize(("batches", "stopped"), [
    ([[STOP, START]], False), ([[START, STOP]], False), ([[STOP], [START]], False),
    ([[START, LATER_STOP]], True), ([[LATER_STOP, START]], True), ([[START], [LATER_STOP]], True),
    ([[LATER_STOP], [START]], True),
    ([[STOP], [START], [LATER_STOP]], True), ([[STOP, START, LATER_STOP]], True), ([[STOP], [LATER_STOP], [START]], True),
    ([[LATER_STOP], [START], [STOP]], True)])
def test_of_stop_and_start_the_later_said_counts_not_the_later_to_arrive(
        ear: Ear, batches: list[list[tuple[str, int]]], stopped: bool) -> None:
    notice = ear.sent()
    for batch in batches:
        ear.told(*[event(kind, notice, ago=ago) for kind, ago in batch])
        ear.work()
    assert bool(ear.stops()) is stopped


def test_one_who_died_is_not_started_again(ear: Ear) -> None:
    notice = ear.sent()
    with ear.store.write() as connection:
        connection.exec_driver_sql("INSERT INTO stop (rollout, channel, address, purpose, reason, at) VALUES "
                                   "('northwick', 'email', 'person1@example.com', '*', 'deceased', 1)")
    ear.told(event("unsubscribe", notice), event("group_resubscribe", notice, ago=5))
    ear.work()
    assert ear.stops() == [("email", "person1@example.com", "deceased")]


def test_every_provider_leads_to_its_notice(ear: Ear) -> None:
    numbers = [ear.sent(channel) for channel in ("email", "email", "sms", "sms", "sms")]
    with ear.store.write() as connection:
        connection.execute(N.update().where(N.c.id == numbers[4]).values(provider="africastalking", provider_id="ATX"))
    ear.told(event("delivered", numbers[0]))
    ses = {"eventType": "Delivery", "mail": {"messageId": "m", "tags": {"doorstep": [f"{numbers[1]}-1"]}}, "delivery": {}}
    ear.came("sns", sns().notification(ses))
    ear.came("sqs", {"eventType": "TEXT_DELIVERED", "messageId": "t", "context": {"doorstep": f"{numbers[2]}.1"}})
    ear.came("twilio", kept(f"ref={numbers[3]}.1", [("MessageSid", "SM1"), ("MessageStatus", "delivered")]))
    ear.came("africastalking", kept("", [("id", "ATX"), ("status", "Success")]))
    assert ear.work() == Counts(bodies=5, news=5)
    assert [ear.state(number) for number in numbers] == ["delivered"] * 5
    assert ear.bodies() == [("done", None, False)] * 5


def test_news_of_a_message_that_is_not_written_down_yet_waits_and_then_is_nobodys(ear: Ear) -> None:
    report = kept("", [("id", "ATX"), ("status", "Success")])
    ear.came("africastalking", report)
    assert ear.work().waiting == 1
    notice = ear.sent("sms", provider="africastalking", provider_id="ATX")
    assert ear.work(NOW + 60).news == 1 and ear.state(notice) == "delivered"
    ear.came("africastalking", kept("", [("id", "ATY"), ("status", "Success")]))
    assert [ear.work(NOW + after).waiting for after in (60, 899, 901)] == [1, 1, 0]
    assert ear.bodies()[-1] == ("done", None, False)


@pytest.mark.parametrize("about", [{"doorstep": "999.1"}, {"doorstep": "x"}, {"doorstep": ""}])
def test_news_about_nothing_of_ours_is_counted_and_done(ear: Ear, about: dict[str, str]) -> None:
    ear.told({"event": "delivered", "sg_event_id": "e", **about})
    assert ear.work() == Counts(bodies=1, others=1) and ear.bodies() == [("done", None, False)]


def test_news_goes_to_the_notices_own_rollout_and_waits_for_one_whose_file_is_wrong(ear: Ear) -> None:
    notice = ear.sent(rollout="kampala")
    ear.told(event("delivered", notice), event("delivered", ear.sent()))
    assert ear.work().waiting == 1 and ear.state(notice) == "accepted" and ear.state(2) == "delivered"
    assert ear.bodies() == [("new", "no rollout kampala is configured", True)]
    assert ear.work(NOW + 4 * 86400).failed == 1 and ear.bodies()[0][2]
