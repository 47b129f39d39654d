"""The print house: one file of letters and its manifest, written once, and never a letter in two manifests."""

import errno
import http.client
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Item, Ledger, Outcome, open_channels
from doorstep.channels._print_manifest import postcode
from doorstep.channels._print_store import BucketStore, FolderStore
from doorstep.channels.print_house import PrintHouse
from doorstep.errors import ConfigError, Transient
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.words import Library, Skeleton
from doorstep.words.skeleton import Part
from tests.amazon import Amazon
from tests.letters import OLD_LAYOUT, pages_of, paper, said, scanned
from tests.making import at, make_rollout
from tests.stubs.server import Reply, Seen, Stub
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = at("2027-01-15 08:00", ROLLOUT)         # a Friday
LONG = "Subject: Other\n\n" + "words in another version\n\n" * 60
Making = Callable[..., list[Item]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"))


@pytest.fixture
def items(library: Library) -> Making:
    """Letters to these notices' customers, as their first attempt unless told."""

    def made(*numbers: int, attempt: int = 1, words: Library = library, **values: Any) -> list[Item]:
        ready = []
        for number in numbers:
            name = f"Ms Person {number}"
            skeleton, texts = skeleton_of(words, "post", case_of(name=name))
            item = Item(number, f"{number}.{attempt}", "", skeleton, texts, name, (name, f"{number} Mill Road", "N1 2AB"))
            ready.append(item._replace(**values))
        return ready

    return made


def house(home: Path, rollout: Rollout = ROLLOUT, **keys: Any) -> PrintHouse:
    if keys:
        rollout = make_rollout(providers={"print_house": keys})
    channel = open_channels("print_house", rollout, Settings(home=home))["post"]
    assert isinstance(channel, PrintHouse)
    return channel


@pytest.fixture
def folder(tmp_path: Path) -> PrintHouse:
    return house(tmp_path)


def place_of(channel: PrintHouse) -> Path:
    """Where a house with a folder leaves its files."""
    assert isinstance(channel.store, FolderStore)
    return channel.store.root


def names(channel: PrintHouse) -> list[str]:
    """Everything that was left for the print house."""
    return [f"{day}/{name}" for day in channel.store.days() for name in channel.store.names(day)]


def manifests(channel: PrintHouse) -> list[dict[str, Any]]:
    return [json.loads(channel.store.get(name) or b"") for name in names(channel) if name.endswith(".json")]


def file_of(channel: PrintHouse, manifest: dict[str, Any]) -> bytes:
    """The PDF that a manifest names, checked."""
    content = channel.store.get(f"{manifest['batch'].partition('/')[0]}/{manifest['file']}")
    assert content is not None and sha256(content).hexdigest() == manifest["sha256"]
    return content


def check_the_proof(channel: PrintHouse, numbers: Sequence[int]) -> None:
    """Each notice stands in one manifest, and there on the page that carries its reference and its address."""
    found = []
    for manifest in manifests(channel):
        sheets = pages_of(file_of(channel, manifest))
        assert len(sheets) == manifest["pages"] == sum(row["pages"] for row in manifest["letters"])
        for row in manifest["letters"]:
            found.append(row["notice"])
            sheet = sheets[row["page"] - 1]
            assert scanned(sheet) == row["ref"] and f"{row['notice']} Mill Road" in said(sheet)
    assert sorted(found) == sorted(numbers)


# One batch

def test_a_batch_is_one_file_and_its_manifest(folder: PrintHouse, items: Making) -> None:
    outcomes = folder.send(items(9, 7, 8), now=NOW)
    [manifest] = manifests(folder)
    batch = manifest["batch"]
    assert outcomes == [Outcome(number, "accepted", f"{batch}#{page}", None, 1) for number, page in ((9, 3), (7, 1), (8, 2))]
    assert names(folder) == [f"{batch}.json", f"{batch}.pdf"] and batch.startswith("2027-01-15/")
    check_the_proof(folder, [7, 8, 9])


def test_a_manifest_says_what_the_print_house_needs_and_nobodys_name(folder: PrintHouse, items: Making, tmp_path: Path) -> None:
    long = library_of(tmp_path / "w", LONG)
    folder.send([*items(7, words=long), *items(8, large_print=True, address_lines=("Ms Person 8", "8 Mill Road"))], now=NOW)
    [manifest] = manifests(folder)
    letters = manifest.pop("letters")
    del manifest["sha256"]
    digest = sha256(b"7.1\n8.1").hexdigest()[:32]
    assert manifest == {
        "version": 1, "rollout": "northwick", "batch": f"2027-01-15/{digest}", "file": f"{digest}.pdf", "pages": 4,
        "created": "2027-01-15T08:00:00Z", "cut_off": "2027-01-15T15:00:00Z", "window": "din"}
    same = {"country": "GB", "format": "a4"}
    assert letters == [
        {"ref": "7.1", "notice": 7, "page": 1, "pages": 3, "postcode": "N1 2AB", "large_print": False, **same},
        {"ref": "8.1", "notice": 8, "page": 4, "pages": 1, "postcode": "", "large_print": True, **same}]
    content = folder.store.get(f"{manifest['batch']}.json") or b""
    assert b"Person" not in content and b"Mill" not in content


@pytest.mark.parametrize(("line", "read"), [
    ("N1 2AB", "N1 2AB"), ("sw1a 1aa", "SW1A 1AA"), ("12345", "12345"), ("12345-6789", "12345-6789"), ("1234 AB", "1234 AB"),
    ("K1A 0B1", "K1A 0B1"), ("1 Mill Road", ""), ("Flat 2", ""), ("Plot 12", ""), ("Northwick", ""), ("1 MILL RD", ""),
    ("12", ""), ("", ""),
])
def test_a_street_is_not_taken_for_a_postcode(line: str, read: str) -> None:
    assert postcode(("Ann", line)) == read


def test_what_comes_after_the_cut_off_is_for_the_next_working_day(tmp_path: Path, items: Making) -> None:
    channel = house(tmp_path, cut_off="08:00")
    channel.send(items(7), now=NOW)
    assert manifests(channel)[0]["cut_off"] == "2027-01-18T08:00:00Z"


@pytest.mark.parametrize("lines", [
    (), ("Ms Person 8",), ("\u200b", " "), ("Ms Person 8", "x" * 400), ("Ms Person 8", "y" * 120, "z" * 120),
], ids=["none", "a name", "unseen", "too long", "too many rows"])
def test_a_letter_without_a_usable_address_is_refused_and_the_others_go(
        folder: PrintHouse, items: Making, lines: tuple[str, ...]) -> None:
    outcomes = folder.send([*items(7), *items(8, address_lines=lines), *items(9)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("accepted", None), ("refused", "address"), ("accepted", None)]
    check_the_proof(folder, [7, 9])
    assert folder.send(items(8, address_lines=lines), now=NOW)[0].state == "refused" and len(names(folder)) == 2


def test_an_alphabet_without_a_font_is_refused(folder: PrintHouse, items: Making) -> None:
    outcomes = folder.send([*items(7), *items(8, address_lines=("李雷", "8 Mill Road"))], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("accepted", None), ("refused", "alphabet")]


def test_hangers_are_cards_and_need_no_address(tmp_path: Path, items: Making) -> None:
    channel = house(tmp_path, hangers=["reminder"])
    channel.send([*items(7, address_lines=()), *items(8, large_print=True)], now=NOW)
    [manifest] = manifests(channel)
    sheets = pages_of(file_of(channel, manifest))
    assert [row["format"] for row in manifest["letters"]] == ["a6", "a5"]
    assert [paper(sheets[row["page"] - 1]) for row in manifest["letters"]] == [(105, 148), (148, 210)]


def test_the_window_is_the_rollouts(tmp_path: Path, items: Making) -> None:
    for window in ("uk", "din"):
        channel = house(tmp_path / window, window=window)
        channel.send(items(7), now=NOW)
        assert manifests(channel)[0]["window"] == window
    uk, din = (file_of(house(tmp_path / window), manifests(house(tmp_path / window))[0]) for window in ("uk", "din"))
    assert said(pages_of(uk)[0]) == said(pages_of(din)[0]) and uk != din


def test_letters_by_a_layout_of_old_go_one_by_one(folder: PrintHouse, items: Making) -> None:
    before, after = json.dumps({"sender": "S", "heading": "@", "locale": "en", "day": "y", "rtl": False}).split("@")
    old = Skeleton(rollout="northwick", notice="reminder", channel="post", language="en", layout=OLD_LAYOUT,
                   parts={"letter": Part("json", ((before, after), ("customer.name",)))})
    outcomes = folder.send([*items(7), *items(8, 9, skeleton=old, texts=["Ann"]), *items(10)], now=NOW)
    assert [each.state for each in outcomes] == ["accepted"] * 4
    assert sorted(len(manifest["letters"]) for manifest in manifests(folder)) == [1, 1, 2]
    assert outcomes[0].provider_id and outcomes[0].provider_id.split("#")[0] == (outcomes[3].provider_id or "").split("#")[0]


def broken(library: Library) -> Skeleton:
    """Words whose letter lacks what its layout asks for."""
    whole = skeleton_of(library, "post", case_of())[0]
    return Skeleton(rollout="northwick", notice="reminder", channel="post", language="en", layout=whole.layout,
                    parts={"letter": Part("json", (('{"rtl": false, "locale": "en", "day": "y"}',), ()))})


def test_one_letter_that_cannot_be_set_stops_no_other(folder: PrintHouse, items: Making, library: Library) -> None:
    bad = items(9, skeleton=broken(library), texts=[])
    outcomes = folder.send([*items(7, 8), *bad, *items(10, 11)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [
        ("accepted", None), ("accepted", None), ("refused", "unset"), ("accepted", None), ("accepted", None)]
    check_the_proof(folder, [7, 8, 10, 11])


def test_a_layout_that_cannot_print_anything_is_nobodys_own_fault(folder: PrintHouse, items: Making, library: Library) -> None:
    with pytest.raises(ConfigError, match=r"letter\.typ: no letter can be set with it"):
        folder.send(items(7, 8, 9, skeleton=broken(library), texts=[]), now=NOW)
    assert manifests(folder) == []


# Once

def test_the_same_letters_again_are_the_same_batch(folder: PrintHouse, items: Making) -> None:
    first = folder.send(items(7, 8), now=NOW)
    before = {name: folder.store.get(name) for name in names(folder)}
    again = house(place_of(folder).parents[1]).send(items(8, 7), now=NOW + 3600)
    assert again == first[::-1]
    assert {name: folder.store.get(name) for name in names(folder)} == before


def test_words_changed_between_two_runs_leave_the_manifest_with_its_own_file(
        folder: PrintHouse, items: Making, tmp_path: Path) -> None:
    words = library_of(tmp_path / "w", LONG)
    folder.send(items(7, 8), now=NOW)
    [name] = [name for name in names(folder) if name.endswith(".json")]
    (place_of(folder) / name).unlink()                 # as if cut off before its manifest
    outcomes = folder.send(items(7, 8, words=words), now=NOW)
    assert [each.parts for each in outcomes] == [3, 3] and len(names(folder)) == 3
    check_the_proof(folder, [7, 8])


def test_what_was_handed_over_can_be_looked_up(folder: PrintHouse, items: Making) -> None:
    outcomes = [*folder.send(items(7, 8), now=NOW), *folder.send(items(9, attempt=2), now=NOW + 86400)]
    assert isinstance(folder, Ledger)
    assert folder.look_up(["8.1", "9.1", "9.2", "70.1"]) == {"8.1": outcomes[1].provider_id, "9.2": outcomes[2].provider_id}
    assert folder.look_up([]) == {} and house(place_of(folder) / "none").look_up(["7.1"]) == {}


def test_only_the_last_days_of_posting_are_looked_through(tmp_path: Path, items: Making) -> None:
    channel = house(tmp_path, look_back=2)
    for day in range(3):
        channel.send(items(day), now=NOW + day * 86400)
    (tmp_path / "letters" / "northwick" / "printed").mkdir()             # the print house's own
    assert sorted(channel.look_up(["0.1", "1.1", "2.1"])) == ["1.1", "2.1"]


def test_a_manifest_that_cannot_be_read_proves_nothing(folder: PrintHouse, items: Making) -> None:
    folder.send(items(7), now=NOW)
    [name] = [name for name in names(folder) if name.endswith(".json")]
    (place_of(folder) / name).write_text("{}")
    with pytest.raises(Transient, match=r"the manifest 2027-01-15/.*\.json cannot be read"):
        folder.look_up(["7.1"])


# Cut off at any step

class Killed(BaseException):
    """As a kill: nobody catches it."""


class Steps:
    """Python's own reports of what is done to files; the one with this number below a folder is the last."""

    def __init__(self) -> None:
        self.folder, self.last, self.seen, self.error = "", -1, 0, BaseException()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if not self.folder or event not in ("open", "os.mkdir", "os.link", "os.remove"):
            return
        if any(isinstance(each, str | Path) and str(each).startswith(self.folder) for each in details[:2]):
            self.seen += 1
            if self.seen == self.last:
                self.folder = ""
                raise self.error

    def until(self, folder: Path, last: int, error: BaseException) -> None:
        """From here on; the step itself is not done."""
        self.folder, self.last, self.seen, self.error = str(folder), last, 0, error


STEPS = Steps()


@pytest.fixture
def steps() -> Iterator[Steps]:
    yield STEPS
    STEPS.folder = ""


def carry_on(channel: PrintHouse, items: Making, numbers: Sequence[int]) -> None:
    """What delivery does after a crash: what is proven is settled, the rest is tried again, and again it is all looked at."""
    proven = channel.look_up([f"{number}.1" for number in numbers])
    rest = [number for number in numbers if f"{number}.1" not in proven]
    assert [each.state for each in channel.send(items(*rest, attempt=2), now=NOW + 900)] == ["accepted"] * len(rest)
    check_the_proof(channel, numbers)


def test_a_run_cut_off_at_any_step_leaves_no_letter_in_two_manifests(tmp_path: Path, items: Making, steps: Steps) -> None:
    for step in range(1, 99):
        channel = house(tmp_path / str(step))
        steps.until(tmp_path / str(step), step, Killed())
        try:
            channel.send(items(7, 8), now=NOW)
            break
        except Killed:
            carry_on(house(tmp_path / str(step)), items, [7, 8])
    assert step > 8 and steps.seen == step - 1


def test_a_full_disk_is_said_and_nothing_was_taken(tmp_path: Path, items: Making, steps: Steps) -> None:
    for step in (3, 4, 5, 7, 8):
        channel = house(tmp_path / str(step))
        steps.until(tmp_path / str(step), step, OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(Transient, match="cannot be used: No space left") as away:
            channel.send(items(7, 8), now=NOW)
        assert away.value.code == "full" and channel.look_up(["7.1", "8.1"]) == {}
        carry_on(channel, items, [7, 8])


def test_a_disk_that_fills_up_between_two_batches_leaves_the_second_for_later(
        tmp_path: Path, items: Making, steps: Steps, library: Library) -> None:
    other = skeleton_of(library, "post", case_of())[0]
    other = Skeleton.from_bytes(other.to_bytes())
    other.layout += "\n"                                # letters of two layouts are two batches
    channel = house(tmp_path)
    channel.send(items(1), now=NOW)
    steps.until(tmp_path, 99, Killed())
    channel.send(items(2), now=NOW)
    steps.until(tmp_path, steps.seen + 2, OSError(errno.ENOSPC, "No space left on device"))
    outcomes = channel.send([*items(7), *items(8, skeleton=other)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("accepted", None), ("throttled", "full")]
    check_the_proof(channel, [1, 2, 7])


def test_a_folder_that_cannot_be_used_may_be_tried_again(tmp_path: Path, items: Making) -> None:
    (tmp_path / "letters").write_text("in the way")
    with pytest.raises(Transient, match=r"the letters' folder .* cannot be used") as away:
        house(tmp_path).send(items(7), now=NOW)
    assert away.value.code == "away"


# In a bucket

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


# Set up

@pytest.mark.parametrize(("keys", "fault"), [
    ({"folder": "a", "bucket": "bbb"}, "providers.print_house.: Value error, name a folder or a bucket, not both"),
    ({"window": "us"}, "providers.print_house.window: Input should be 'din' or 'uk'"),
    ({"cut_off": "3 pm"}, "providers.print_house.cut_off: "),
    ({"hangers": ["no-notice"]}, 'providers.print_house.hangers: "no-notice" is not a notice of the plan'),
    ({"colour": True}, "providers.print_house.colour: Extra inputs are not permitted"),
    ({"region": "nowhere"}, "providers.print_house.region: "),
])
def test_a_wrong_key_is_named(keys: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        house(tmp_path, **keys)
    assert fault in str(wrong.value)


def test_a_folder_can_be_named(tmp_path: Path, items: Making) -> None:
    house(tmp_path / "home", folder=str(tmp_path / "shared")).send(items(7), now=NOW)
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["2027-01-15"] and not (tmp_path / "home").exists()
