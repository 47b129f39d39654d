"""Queues, against moto's server on loopback: read until empty, and deleted only when kept."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import event as sqlalchemy_event

from doorstep.errors import Transient
from doorstep.inbox.heard import Counts
from doorstep.inbox.sqs import queues_of, read_queue
from tests.amazon import Amazon
from tests.inbox.hearing import Ear, H
from tests.inbox.signing import NOW, TOPIC, sns


@pytest.fixture
def clients(moto: Amazon) -> dict[str, Any]:
    return {name: moto.client(name) for name in ("sqs", "sns")}


@pytest.fixture
def queue(clients: dict[str, Any]) -> str:
    """An empty queue whose messages come again at once if nobody deletes them."""
    return str(clients["sqs"].create_queue(QueueName="events", Attributes={"VisibilityTimeout": "0"})["QueueUrl"])


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear(tmp_path)


def text(notice: int, what: str = "TEXT_DELIVERED", message: str = "m") -> dict[str, Any]:
    return {"eventType": what, "messageId": f"{message}{notice}", "context": {"doorstep": f"{notice}.1"},
            "eventTimestamp": NOW * 1000}


def left(clients: dict[str, Any], queue: str) -> int:
    said = clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(said["Attributes"]["ApproximateNumberOfMessages"])


def heard(ear: Ear, queue: str) -> int:
    return read_queue(ear.store, queue, now=lambda: NOW, wait=0)


def test_a_queue_is_read_until_it_is_empty_and_its_news_moves_notices(ear: Ear, clients: dict[str, Any], queue: str) -> None:
    notices = [ear.sent("sms") for _ in range(25)]
    for notice in notices:
        clients["sqs"].send_message(QueueUrl=queue, MessageBody=orjson.dumps(text(notice)).decode())
    assert heard(ear, queue) == 25 and left(clients, queue) == 0
    assert ear.work() == Counts(bodies=25, news=25)
    assert [ear.state(notice) for notice in notices] == ["delivered"] * 25
    assert heard(ear, queue) == 0


def test_what_a_topic_puts_into_a_queue_comes_in_its_envelope_and_counts_once(ear: Ear, clients: dict[str, Any],
                                                                              queue: str) -> None:
    topic = clients["sns"].create_topic(Name="events")["TopicArn"]
    arn = clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    notice = ear.sent("sms")
    clients["sns"].publish(TopicArn=topic, Message=orjson.dumps(text(notice)).decode())
    assert heard(ear, queue) == 1
    # The same message of the topic, that SQS was given twice.
    with ear.store.read() as connection:
        (ref,) = connection.execute(H.select().with_only_columns(H.c.ref)).scalars()
    clients["sqs"].send_message(QueueUrl=queue, MessageBody=orjson.dumps(
        {"Type": "Notification", "MessageId": ref, "TopicArn": topic, "Message": "{}"}).decode())
    assert heard(ear, queue) == 1 and ear.count(H) == 1
    assert ear.work().news == 1 and ear.state(notice) == "delivered"


def test_what_could_not_be_kept_stays_in_the_queue(ear: Ear, clients: dict[str, Any], queue: str) -> None:
    clients["sqs"].send_message(QueueUrl=queue, MessageBody=orjson.dumps(text(ear.sent("sms"))).decode())

    def break_off(_connection: object) -> None:
        raise Transient("the database is away", code="away")

    sqlalchemy_event.listen(ear.store.engine, "commit", break_off)
    with pytest.raises(Transient):
        heard(ear, queue)
    sqlalchemy_event.remove(ear.store.engine, "commit", break_off)
    assert left(clients, queue) == 1 and ear.count(H) == 0
    assert heard(ear, queue) == 1 and left(clients, queue) == 0


def test_a_message_that_nobody_can_read_is_kept_too_and_blocks_no_queue(ear: Ear, clients: dict[str, Any], queue: str) -> None:
    for body in ("Ann Hill called", "[]", "{}"):
        clients["sqs"].send_message(QueueUrl=queue, MessageBody=body)
    assert heard(ear, queue) == 3 and left(clients, queue) == 0
    assert ear.work() == Counts(bodies=3, others=1, failed=2)


def test_a_queue_that_cannot_be_read_is_said_without_its_name(ear: Ear, queue: str) -> None:
    with pytest.raises(Transient, match=r"a queue of DOORSTEP_SQS_QUEUES cannot be read \(\S+NonExistentQueue\)"):
        heard(ear, queue + "-gone")


def test_queues_are_named_by_commas() -> None:
    assert queues_of(" https://a , https://b,, ") == ["https://a", "https://b"] and queues_of("") == []


def test_a_subscription_is_confirmed_by_its_token_and_never_by_its_address(ear: Ear, clients: dict[str, Any]) -> None:
    topic = clients["sns"].create_topic(Name="confirm")["TopicArn"]
    said = sns().notification("please", Type="SubscriptionConfirmation", Token="t" * 64, TopicArn=topic,
                              SubscribeURL="http://127.0.0.1:1/never")
    ear.came("sns", said)
    assert ear.work() == Counts(bodies=1) and ear.bodies() == [("done", None, False)]


def test_a_subscription_that_amazon_will_not_confirm_says_so_and_one_that_it_cannot_waits(
        ear: Ear, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ear.came("sns", sns().notification("please", Type="SubscriptionConfirmation", Token="t", SubscribeURL="x",
                                       TopicArn=TOPIC + "x"))
    assert ear.work().failed == 1
    assert ear.bodies() == [("failed", "Amazon will not confirm the subscription (HTTP 404)", True)]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    ear.came("sns", sns().notification("please", Type="SubscriptionConfirmation", Token="t", SubscribeURL="x"))
    assert ear.work().waiting == 1 and ear.bodies()[1] == ("new", "away", True)
