"""The print house: one file of letters and its manifest, written once, and never a letter in two manifests."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Ledger, Outcome
from doorstep.channels._print_manifest import postcode
from doorstep.channels.print_house import PrintHouse
from doorstep.errors import ConfigError, Transient
from doorstep.words import Library, Skeleton
from doorstep.words.skeleton import Part
from tests.channels.printing import LONG, NOW, Making, check_the_proof, file_of, house, manifests, names, place_of
from tests.channels.printing import folder as folder
from tests.channels.printing import items as items
from tests.channels.printing import library as library
from tests.letters import OLD_LAYOUT, pages_of, paper, said
from tests.words.desk import case_of, library_of, skeleton_of


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
