"""How the scheduler learns of moves and refusals: by file, bucket or webhook; none lost, and none twice under another name."""

import csv
import hmac
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from doorstep.booking.write_back import COLUMNS, write_back, write_back_faults
from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.exports import bare
from doorstep.model import Request, table
from tests.amazon import Amazon
from tests.booking.world import NEW, OLD, PM, ROW, THIRD, World, begun
from tests.schedule.world import later
from tests.stubs.server import Reply, Seen, Stub

KEY = "a key of the scheduler's"
GAS = ROW | {"WO": "W2", "FUEL": "GAS", "METER": "G1"}
OTHER = ROW | {"WO": "=cmd()", "PREMISE": "P9", "ACCT": "A9", "NAME": "Mr Nobody"}
WHEN = "2027-01-04T07:00:00Z"
LINES = [["1", "W1", "move", OLD, "08:00-12:00", NEW, "12:00-16:00", WHEN],
         ["1", "W2", "move", OLD, "08:00-12:00", NEW, "12:00-16:00", WHEN],
         ["2", "=cmd()", "hold", OLD, "08:00-12:00", "", "", WHEN]]
Said = dict[str, Any]


@pytest.fixture
def asked(world: World) -> World:
    """One customer moved a visit of two meters, another one refuses."""
    return begun(world, _asked)


def _asked(world: World) -> None:
    world.pull(ROW, GAS, OTHER)
    world.move(world.slot(NEW, PM))
    world.refuse(2)


def live(world: World, said: Said) -> None:
    world.rollout = World(world.folder, live=True, booking={"write_back": said}).rollout


def run(world: World) -> int:
    return write_back(world.store, world.rollout, world.settings, now=world.now + 7200)


def lines(content: bytes) -> list[list[str]]:
    """The lines of a file, its cells as they were before they were made safe for spreadsheets."""
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head == list(COLUMNS)
    return [[bare(cell) for cell in row] for row in rows]


def files(folder: Path) -> dict[str, list[list[str]]]:
    return {path.name: lines(path.read_bytes()) for path in sorted(folder.iterdir())}


def forget(world: World) -> None:
    """As if the run had ended between handing over and writing it down."""
    with world.store.write() as connection:
        connection.execute(update(table(Request)).values(written_at=None, state="open"))


# ---- folder --------------------------------------------------------------------------------------------------

def test_moves_and_holds_are_a_file_of_ids_and_dates_without_a_name(asked: World) -> None:
    live(asked, {"kind": "folder", "path": str(asked.folder / "out")})
    assert run(asked) == 2
    assert files(asked.folder / "out") == {"requests-northwick-00000001.csv": LINES}
    raw = (asked.folder / "out" / "requests-northwick-00000001.csv").read_text("utf-8-sig")
    assert "\"'=cmd()\"" in raw and "Nobody" not in raw and "Carys" not in raw
    assert asked.requests("state", "written_at") == [("written", asked.now + 7200)] * 2


def test_a_second_run_hands_over_what_is_new_and_nothing_twice(asked: World) -> None:
    live(asked, {"kind": "folder", "path": str(asked.folder / "out")})
    run(asked)
    assert run(asked) == 0 and len(files(asked.folder / "out")) == 1
    asked.move(asked.slot(THIRD))
    assert run(asked) == 1
    assert files(asked.folder / "out")["requests-northwick-00000003.csv"][0][:7] == [
        "3", "W1", "move", NEW, "12:00-16:00", THIRD, "08:00-12:00"]


def test_a_run_that_broke_off_hands_the_same_file_over_again(asked: World) -> None:
    live(asked, {"kind": "folder", "path": str(asked.folder / "out")})
    run(asked)
    before = [path.read_bytes() for path in (asked.folder / "out").iterdir()]
    forget(asked)
    asked.move(asked.slot(THIRD))                                    # the customer moved again meanwhile
    assert run(asked) == 3
    assert [path.read_bytes() for path in sorted((asked.folder / "out").iterdir())][:1] == before
    assert asked.requests("state") == ["replaced", "written", "written"]
    (asked.folder / "out" / "requests-northwick-00000001.csv").unlink()      # the scheduler took it
    forget(asked)
    run(asked)
    assert files(asked.folder / "out")["requests-northwick-00000001.csv"] == LINES


def test_a_move_that_was_taken_back_before_it_went_out_is_not_sent(world: World) -> None:
    world.pull(ROW)
    world.move(world.slot())
    world.move(world.slot(THIRD))
    assert run(world) == 1
    [rows] = files(world.settings.home / "requests" / "northwick").values()
    assert [(row[0], row[3], row[5]) for row in rows] == [("2", OLD, THIRD)]


def test_a_rehearsal_tells_no_scheduler(asked: World) -> None:
    asked.rollout = World(asked.folder, booking={"write_back": {"kind": "folder", "path": str(asked.folder / "out")}}).rollout
    assert run(asked) == 2 and not (asked.folder / "out").exists()
    assert files(asked.settings.home / "requests" / "northwick") == {"requests-northwick-00000001.csv": LINES}


def test_a_folder_that_is_not_there_keeps_the_requests_open(asked: World) -> None:
    (asked.folder / "file").write_text("")
    live(asked, {"kind": "folder", "path": str(asked.folder / "file" / "out")})
    with pytest.raises(Transient, match="cannot be written to"):
        run(asked)
    assert asked.requests("state") == ["open", "open"]
    live(asked, {"kind": "folder", "path": str(asked.folder / "out")})
    assert run(asked) == 2 and files(asked.folder / "out") == {"requests-northwick-00000001.csv": LINES}


def test_what_the_feed_answered_before_it_was_written_keeps_its_state(asked: World) -> None:
    live(asked, {"kind": "folder", "path": str(asked.folder / "file" / "out")})
    (asked.folder / "file").write_text("")
    with pytest.raises(Transient):
        run(asked)                                                   # packed, and not handed over
    asked.pull(*(later(row, DATE=NEW, SLOT="PM", STATUS="BOOKED") for row in (ROW, GAS)), OTHER)
    live(asked, {"kind": "folder", "path": str(asked.folder / "out")})
    assert run(asked) == 2 and asked.requests("state") == ["confirmed", "written"]


# ---- bucket --------------------------------------------------------------------------------------------------

@pytest.fixture
def bucket(moto: Amazon) -> Any:
    """A client of Amazon's whose bucket `scheduler` is empty."""
    client = moto.client("s3")
    client.create_bucket(Bucket="scheduler")
    return client


def test_a_bucket_has_each_parcel_once_and_nobody_overwrites_it(asked: World, bucket: Any) -> None:
    live(asked, {"kind": "s3", "bucket": "scheduler", "prefix": "in/"})
    assert run(asked) == 2
    [entry] = bucket.list_objects_v2(Bucket="scheduler")["Contents"]
    assert entry["Key"] == "in/requests-northwick-00000001.csv"
    assert lines(bucket.get_object(Bucket="scheduler", Key=entry["Key"])["Body"].read()) == LINES
    bucket.put_object(Bucket="scheduler", Key=entry["Key"], Body=b"being read")
    forget(asked)
    assert run(asked) == 2
    assert bucket.get_object(Bucket="scheduler", Key=entry["Key"])["Body"].read() == b"being read"


def test_a_bucket_that_is_not_there_is_named(asked: World, bucket: Any) -> None:
    live(asked, {"kind": "s3", "bucket": "elsewhere"})
    with pytest.raises(Permanent, match="s3://elsewhere: NoSuchBucket in answer to PutObject"):
        run(asked)
    assert asked.requests("state") == ["open", "open"]


# ---- webhook -------------------------------------------------------------------------------------------------

class Scheduler(Stub):
    """A scheduler who checks every signature, and keeps each parcel once."""

    def __init__(self, **keys: Any) -> None:
        super().__init__(**keys)
        self.parcels: dict[str, Any] = {}

    def answer(self, seen: Seen) -> Reply:
        at, _, signature = seen.headers["doorstep-signature"].partition(",v1=")
        signed = hmac.new(KEY.encode(), at.removeprefix("t=").encode() + b"." + seen.body, "sha256").hexdigest()
        if seen.method != "POST" or not hmac.compare_digest(signed, signature):
            return Reply(403)
        name = seen.headers["idempotency-key"]
        assert self.parcels.setdefault(name, json.loads(seen.body)) == json.loads(seen.body)
        return Reply(202)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_KEY", KEY)


def hook(stub: Stub, **more: Any) -> Said:
    return {"kind": "webhook", "url": f"{stub.url}/requests", "secret": "SCHEDULER_KEY", "allow_private": True, **more}


@pytest.mark.usefixtures("key")
def test_a_webhook_is_told_with_a_signature_and_a_key_of_its_own(asked: World) -> None:
    with Scheduler() as scheduler:
        live(asked, hook(scheduler))
        assert run(asked) == 2 and run(asked) == 0
    name = "requests-northwick-00000001"
    assert scheduler.count == 1 and list(scheduler.parcels) == [name]
    said = scheduler.parcels[name]
    assert (said["rollout"], said["parcel"]) == ("northwick", name)
    assert [[str(line[column] or "") for column in COLUMNS] for line in said["requests"]] == LINES
    assert "Carys" not in str(said)


@pytest.mark.usefixtures("key")
def test_while_the_scheduler_is_called_customers_go_on_asking(asked: World) -> None:
    class Slow(Scheduler):
        def answer(self, seen: Seen) -> Reply:
            asked.slot(f"2027-04-0{self.count}")                     # would wait for ever for a transaction that is open
            return super().answer(seen)

    with Slow() as scheduler:
        live(asked, hook(scheduler))
        assert run(asked) == 2


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(("fault", "error"), [
    ("500", Transient), ("429", Transient), ("accept_then_reset", Transient), ("accept_then_hang", Transient),
    ("reset", Transient), ("403", Permanent), ("302", Permanent)])
def test_a_call_that_failed_is_made_again_with_the_same_key_and_body(asked: World, fault: str, error: type[Exception]) -> None:
    with Scheduler(faults=lambda number: fault if number == 1 else None) as scheduler:
        live(asked, hook(scheduler, timeout=0.5))
        with pytest.raises(error, match=r"^http://127\.0\.0\.1"):
            run(asked)
        assert asked.requests("state") == ["open", "open"]
        live(asked, hook(scheduler))
        assert run(asked) == 2
        assert scheduler.count == 2 and len(scheduler.parcels) == 1          # no redirect was followed
        assert len({seen.body for seen in scheduler.requests}) == 1


def test_a_key_that_the_scheduler_does_not_know_is_refused(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_KEY", "another key")
    with Scheduler() as scheduler:
        live(asked, hook(scheduler))
        with pytest.raises(Permanent, match="the scheduler answers HTTP 403"):
            run(asked)


@pytest.mark.usefixtures("key")
def test_no_address_inside_our_network_is_called_unless_the_rollout_says_so(asked: World) -> None:
    with Scheduler() as scheduler:
        live(asked, hook(scheduler, url=scheduler.url.replace("http:", "https:"), allow_private=False))
        with pytest.raises(Permanent, match=r"needs booking\.write_back\.allow_private = true"):
            run(asked)
    assert scheduler.count == 0


@pytest.mark.parametrize(("said", "fault"), [
    ({"kind": "fax"}, 'kind: "fax" is not a kind; the kinds are folder, s3, webhook'), ({"path": "x"}, "kind: missing; the"),
    ({"kind": "folder"}, "path: missing"), ({"kind": "s3", "bucket": "b", "colour": "red"}, "bucket: 'b' is wrong"),
    ({"kind": "webhook", "url": "https://a.example/", "secret": "UNSET"}, "secret: the environment variable UNSET is not set"),
    ({"kind": "webhook", "url": "http://a.example/", "secret": "PATH"}, "url: it does not begin with https://"),
    ({"kind": "webhook", "url": "https://me:word@a.example/", "secret": "PATH"}, "url: not a web address")])
def test_what_is_wrong_with_the_place_is_said_by_its_key(world: World, said: Said, fault: str) -> None:
    live(world, said)
    assert f"booking.write_back.{fault}" in " ".join(write_back_faults(world.rollout))
    with pytest.raises(ConfigError):
        run(world)
