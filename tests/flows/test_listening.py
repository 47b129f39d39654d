"""The listen flow: what came in by hooks and queues is worked on for every rollout, and says what it was."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import orjson
import pytest
from moto.server import ThreadedMotoServer

from doorstep.inbox.heard import Counts
from doorstep.inbox.keeping import Arrival, keep
from doorstep.settings import Settings
from doorstep.store import open_store
from flows.listen import in_words, listen
from tests.flows.feeds import put, rows, told

WHEN = datetime(2027, 2, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue of moto's, named in the settings."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                        "AWS_DEFAULT_REGION": "eu-west-2"}.items():
        monkeypatch.setenv(name, value)
    url = boto3.client("sqs").create_queue(QueueName="said")["QueueUrl"]
    monkeypatch.setenv("DOORSTEP_SQS_QUEUES", url)
    yield url
    server.stop()


@pytest.mark.flows
@pytest.mark.usefixtures("prefect_server")
def test_what_came_by_hook_and_queue_moves_the_notices_of_the_night(home: Path, queue: str) -> None:
    put(home, "1", rows(3))
    told(WHEN)
    store = open_store(Settings())
    with store.read() as connection:
        first, second = connection.exec_driver_sql("SELECT id FROM notice WHERE state='accepted' ORDER BY id").scalars().all()[:2]
    keep(store, [Arrival("sendgrid-events", "a",
                         orjson.dumps([{"event": "delivered", "doorstep": f"{first}.1", "sg_event_id": "e"}])),
                 Arrival("owls", "b", b"?")], int(WHEN.timestamp()))
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=orjson.dumps(
        {"eventType": "Delivery", "mail": {"messageId": "m", "tags": {"doorstep": [f"{second}-1"]}}}).decode())
    assert listen(WHEN) == Counts(bodies=3, news=2, failed=1)
    assert listen(WHEN) == Counts()
    assert listen(WHEN, again=True) == Counts(bodies=1, failed=1)
    with store.read() as connection:
        states = connection.exec_driver_sql("SELECT state FROM notice WHERE id IN (?, ?)", (first, second)).scalars().all()
    store.close()
    assert states == ["delivered", "delivered"]


@pytest.mark.parametrize(("came", "done", "words"), [
    (0, Counts(), "nothing was heard"), (2, Counts(bodies=2), "2 deliveries: nothing new"),
    (0, Counts(5, 1200, 3, 7, 1, 2), "5 deliveries: 1,200 news, 3 messages of customers, 7 of no meaning here, 2 waiting, "
                                     "1 could not be read")])
def test_a_run_says_in_one_line_what_it_heard(came: int, done: Counts, words: str) -> None:
    assert in_words(came, done) == words
