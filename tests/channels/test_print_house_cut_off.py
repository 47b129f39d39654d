"""A run for the print house that ends at any step, or at a full disk: what is proven is settled, the rest is tried again."""

import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import Transient
from doorstep.words import Library, Skeleton
from tests.channels.printing import NOW, Killed, Making, carry_on, check_the_proof, house
from tests.channels.printing import items as items
from tests.channels.printing import library as library
from tests.words.desk import case_of, skeleton_of


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
