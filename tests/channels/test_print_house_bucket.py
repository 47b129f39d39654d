"""A print house that takes its letters from a bucket, over a line that breaks at any request."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorstep.channels._print_store import BucketStore
from doorstep.channels.print_house import PrintHouse
from doorstep.errors import Transient
from tests.amazon import Amazon
from tests.channels.printing import NOW, Killed, Making, carry_on, check_the_proof, house, names
from tests.channels.printing import items as items
from tests.channels.printing import library as library
from tests.stubs.server import Reply, Seen, Stub


class Line(Stub):
    """The line to S3, which breaks as it is told."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host

    def answer(self, seen: Seen) -> Reply:
        server = http.client.HTTPConnection(self.host)
        server.request(seen.method, seen.path, seen.body, dict(seen.headers))
        answer = server.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in ("content-length", "connection")}
        return Reply(answer.status, kept, answer.read())

    @property
    def puts(self) -> list[str]:
        return [seen.path.partition("?")[0] for seen in self.requests if seen.method == "PUT"]


@pytest.fixture
def line(moto: Amazon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The line to an empty bucket called `letters-out`."""
    moto.client("s3").create_bucket(Bucket="letters-out")
    with Line(moto.host) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", line.url)
        yield line


@pytest.fixture
def bucket(line: Line, tmp_path: Path) -> PrintHouse:
    return house(tmp_path, bucket="letters-out")


def test_a_bucket_takes_the_file_and_then_the_manifest(bucket: PrintHouse, items: Making, line: Line) -> None:
    outcomes = bucket.send(items(7, 8), now=NOW)
    batch = (outcomes[0].provider_id or "").partition("#")[0]
    assert line.puts == [f"/letters-out/letters/northwick/{batch}.{kind}" for kind in ("pdf", "json")]
    assert all(seen.headers["if-none-match"] == "*" for seen in line.requests if seen.method == "PUT")
    assert bucket.look_up(["7.1", "9.1"]) == {"7.1": f"{batch}#1"}
    assert bucket.send(items(7, 8), now=NOW + 60) == outcomes and len(names(bucket)) == 2
    check_the_proof(bucket, [7, 8])


def test_the_bucket_is_named_sealed_and_parted_as_the_rollout_says(line: Line, items: Making, tmp_path: Path) -> None:
    house(tmp_path, bucket="letters-out", prefix="out/", kms_key="key-1").send(items(7), now=NOW)
    assert all(path.startswith("/letters-out/out/northwick/2027-01-15/") for path in line.puts)
    put = line.requests[0].headers
    assert put["x-amz-server-side-encryption"] == "aws:kms"
    assert put["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"


class Cut(BucketStore):
    """A bucket in which the process dies before or after one of its writes."""

    def __init__(self, whole: BucketStore, last: int, *, after: bool) -> None:
        self.__dict__ = dict(whole.__dict__)
        self.left, self.after = last, after

    def put_new(self, name: str, content: bytes, now: int) -> bool:
        self.left -= 1
        if self.left or self.after:
            made = super().put_new(name, content, now)
        if not self.left:
            raise Killed
        return made


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("last", [1, 2])
def test_a_run_cut_off_at_any_write_leaves_no_letter_in_two_manifests(
        bucket: PrintHouse, items: Making, last: int, after: bool) -> None:
    whole = bucket.store
    assert isinstance(whole, BucketStore)
    bucket.store = Cut(whole, last, after=after)
    with pytest.raises(Killed):
        bucket.send(items(7, 8), now=NOW)
    bucket.store = whole
    assert len(bucket.look_up(["7.1", "8.1"])) == (2 if (last, after) == (2, True) else 0)
    carry_on(bucket, items, [7, 8])


@pytest.mark.parametrize(("request_number", "fault", "states"), [
    (2, "accept_then_reset", ["unknown", "unknown"]), (2, "accept_then_500_empty", ["unknown", "unknown"]),
    (2, "500_empty", ["unknown", "unknown"]), (2, "502_html", ["unknown", "unknown"]), (2, "reset", ["unknown", "unknown"]),
    (2, "403", "auth"), (2, "429", "busy"), (1, "accept_then_reset", "away"), (1, "500_empty", "away"), (1, "403", "auth"),
])
def test_a_line_that_breaks_is_settled_by_what_is_there(
        bucket: PrintHouse, items: Making, line: Line, request_number: int, fault: str, states: list[str] | str) -> None:
    line.faults = lambda number: fault if number == request_number else None
    if isinstance(states, str):
        with pytest.raises(Transient, match="s3://letters-out: not written or read") as away:
            bucket.send(items(7, 8), now=NOW)
        assert away.value.code == states
    else:
        assert [each.state for each in bucket.send(items(7, 8), now=NOW)] == states
    assert len(line.puts) <= request_number                                  # nothing is tried twice by itself
    assert len(bucket.look_up(["7.1", "8.1"])) == (2 if request_number == 2 and fault.startswith("accept") else 0)
    carry_on(bucket, items, [7, 8])


def test_a_bucket_that_is_not_there_is_no_letters_fault(line: Line, items: Making, tmp_path: Path) -> None:
    channel = house(tmp_path, bucket="no-such-bucket")
    for call in (lambda: channel.send(items(7), now=NOW), lambda: channel.look_up(["7.1"])):
        with pytest.raises(Transient, match=r"s3://no-such-bucket: .*NoSuchBucket") as away:
            call()
        assert away.value.code == "auth"


def test_s3_out_of_reach_is_said(line: Line, items: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(Transient, match="EndpointConnectionError") as away:
        house(tmp_path, bucket="letters-out").send(items(7), now=NOW)
    assert away.value.code == "away"
