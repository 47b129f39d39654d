"""A feed may lie: which feeds are held whole until a person has looked, and which of them wait."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from doorstep.errors import UsageError
from doorstep.model import Feed, table
from doorstep.schedule.merging import Shares
from doorstep.settings import Settings
from doorstep.store import Store

FEW = 20          # below this many open work orders a share says nothing: one household is a fifth of five
TAKEN = ("taken", "accepted")
feed = table(Feed)


@dataclass(frozen=True)
class HeldFeed:
    """A feed that waits for a person: what it would do to the open work orders; `count` is to be repeated to accept it."""

    feed_id: int
    file: str
    reason: str
    rows: int
    would_vanish: int
    would_move: int
    would_cancel: int
    pulled_at: int

    @property
    def count(self) -> int:
        """How many open work orders would be dropped, moved or cancelled."""
        return self.would_vanish + self.would_move + self.would_cancel


def why_held(shares: Shares, *, rows: int, cut_short: bool, share: float) -> str | None:
    """The reason to hold a feed, or None where it may be applied."""
    if cut_short:
        return "cut_short"
    if not rows:
        return "empty"
    if shares.open < FEW:
        return None
    counts = {"rows_vanished": shares.vanish, "rows_moved": shares.move, "rows_cancelled": shares.cancel}
    return next((reason for reason, count in counts.items() if count > share * shares.open), None)


def held_feeds(store: Store, rollout: str) -> list[HeldFeed]:
    """The feeds that wait, newest first."""
    wanted = select(feed).where(feed.c.rollout == rollout, feed.c.state == "held").order_by(feed.c.id.desc())
    with store.read() as connection:
        return [_held(row) for row in connection.execute(wanted).mappings()]


def _held(row: Any) -> HeldFeed:
    would = row["report"]["would"]
    return HeldFeed(row["id"], row["file"], row["held"], row["report"]["rows"], would["vanish"], would["move"],
                    would["cancel"], row["pulled_at"])


def would(shares: Shares) -> dict[str, int]:
    """What a feed would do, as it is kept beside its report."""
    return asdict(shares)


def find_held(store: Store, rollout: str, feed_id: int, count: int | None = None) -> HeldFeed:
    """The held feed that a person means. Raises UsageError where it is not held, was overtaken, or the count differs."""
    found = {each.feed_id: each for each in held_feeds(store, rollout)}
    if feed_id not in found:
        waiting = ", ".join(str(each) for each in found) or "none"
        raise UsageError(f"{rollout}: feed {feed_id} is not held; held feeds are: {waiting}")
    with store.read() as connection:
        later = last_taken(connection, rollout)
    if later > feed_id:
        raise UsageError(f"{rollout}: feed {feed_id} was overtaken by feed {later}, which is newer and was applied; "
                         "pull the file again if it should be applied all the same")
    if count is not None and count != found[feed_id].count:
        raise UsageError(f"{rollout}: feed {feed_id} would change {found[feed_id].count} open work orders, not {count}; "
                         "read its numbers again and repeat the one you find")
    return found[feed_id]


def last_taken(connection: Connection, rollout: str) -> int:
    """The id of the feed that was applied last; 0 for none."""
    wanted = (select(feed.c.id).where(feed.c.rollout == rollout, feed.c.state.in_(TAKEN))
              .order_by(feed.c.id.desc()).limit(1))
    return int(connection.execute(wanted).scalar() or 0)


def keep_copy(path: Path, *, settings: Settings, rollout: str, digest: str, name: str) -> None:
    """Keep a held file where it stays the same until a person decides."""
    kept = copy_of(settings=settings, rollout=rollout, digest=digest, name=name)
    if kept.exists() or path == kept:
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_name(f"{kept.name}.part")
    shutil.copyfile(path, part)
    part.chmod(0o600)
    part.replace(kept)


def copy_of(*, settings: Settings, rollout: str, digest: str, name: str) -> Path:
    """Where the copy of a held file is."""
    return settings.feeds_folder / rollout / f"{digest}-{Path(name).name}"
