"""Runs a made-up rollout day after day through the same core that the flows use, with no clock but its own."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import event

from doorstep.channels.outbox import outbox_channels
from doorstep.delivery import send_due, tally
from doorstep.delivery.lines import Lines
from doorstep.errors import UsageError
from doorstep.inbox.events import Event, record_events
from doorstep.kpis import KpiValue, measure
from doorstep.planning import plan_phase
from doorstep.report import write_report
from doorstep.rollout import Rollout, load_rollout
from doorstep.rollout.shape import minutes_of
from doorstep.schedule import accept_feed, held_feeds, pull
from doorstep.settings import Settings
from doorstep.simulation.days import first_state, happen, slip_day
from doorstep.simulation.feedfile import WRITTEN, FeedFiles
from doorstep.simulation.keeping import kept_visits, sorted_channels
from doorstep.simulation.office import Office
from doorstep.simulation.people import People
from doorstep.simulation.talk import Talk
from doorstep.simulation.world import World
from doorstep.store import Store, open_store
from doorstep.words import Library

# Local; planned and sent again after the nightly run. The first is when most quiet hours have just ended.
ROUNDS = (8 * 60 + 5, 9 * 60 + 5, 12 * 60, 17 * 60 + 5)
CORRECTED = 11 * 60                                      # seconds after a move on a page, its correction goes out
RECEIVED = 15 * 60                                       # seconds after a round, messages have arrived or not
DAY_END = 23 * 60 + 30
ENOUGH = 60                                              # households, for half a file to be a scandal
MARK = "made-by-doorstep-demo"
OURS = ("feeds", "world", "outbox")
KPI_KEYS = ("id", "phase", "value", "numerator", "denominator", "target", "status")


class Moment(NamedTuple):
    """How far a demo is: the day of how many, its date, what is being done, and how many notices went out so far."""

    day: int
    days: int
    date: str
    doing: str
    sent: int


Progress = Callable[[Moment], None]


@dataclass(frozen=True)
class DemoResult:
    """What came of it."""

    visits: int
    notices: dict[str, int]
    kpis: list[KpiValue]
    report: Path
    outbox: Path
    kept: int                       # households whose messages are files
    currency: str

    def as_json(self) -> dict[str, Any]:
        """The JSON of `doorstep demo`."""
        kpis = [{key: value for key, value in asdict(kpi).items() if key in KPI_KEYS} for kpi in self.kpis]
        return {"visits": self.visits, "notices": self.notices, "kpis": kpis, "report": str(self.report)}


@dataclass
class Demo:
    """One made-up rollout with all it works with."""

    world: World
    settings: Settings
    store: Store
    library: Library
    progress: Progress
    people: People = field(init=False)
    talk: Talk = field(init=False)
    office: Office = field(init=False)
    files: FeedFiles = field(init=False)
    sent: int = 0

    def __post_init__(self) -> None:
        self.people = People(self.world)
        self.talk = Talk(self.world, self.store)
        self.office = Office(self.world, self.store, self.settings)
        self.files = FeedFiles(self.world, self.settings.home / "feeds")
        outbox = outbox_channels(self.settings.outbox_folder, self.rollout)
        self.lines = Lines.of(sorted_channels(self.store, self.world, outbox))

    @property
    def rollout(self) -> Rollout:
        """The rollout that is played."""
        return self.world.rollout

    def run(self) -> None:
        """Every day, one after the other."""
        state = first_state(self.world)
        self.talk.offer_slots()
        for day in range(self.world.days):
            self._tell(day, "writing the feed")
            if day:
                state = happen(self.world, state, day, self.people.known())
            self._pull(day, self._feed(day)(state, day))
            self._tell(day, "briefing staff")
            self.office.work(day)
            for minutes in (minutes_of(self.rollout.file.nightly_at), *ROUNDS):
                self._round(day, minutes)
            self.talk.answer_enquiries(day)
            self._tell(day, "measuring")
            measure(self.store, self.rollout, now=self.world.at(day, DAY_END))

    def _feed(self, day: int) -> Callable[..., Path]:
        broken = dict(zip(bad_days(self.world), (self.files.write_empty, self.files.write_half), strict=False))
        return broken.get(day, self.files.write)

    def _pull(self, day: int, file: Path) -> None:
        self._tell(day, "pulling")
        now = self.world.at(day, minutes_of(self.rollout.file.nightly_at))
        pull(self.store, self.rollout, settings=self.settings, now=now, file=file)
        if day in bad_days(self.world):
            return        # the programme manager sees that the file is broken and waits for tomorrow's
        for held in held_feeds(self.store, self.rollout.name):
            if Path(held.file).name == file.name:
                accept_feed(self.store, self.rollout, settings=self.settings, feed_id=held.feed_id, count=held.count,
                            by="the made-up programme manager", now=now + 60)

    def _round(self, day: int, minutes: int) -> None:
        now = self.world.at(day, minutes)
        self._tell(day, "listening")
        self._record(self.people.answer(self.store, now=now), now)
        self.talk.listen(self.people, now=now)
        self._tell(day, "telling customers")
        self._send(now, record_missed=minutes not in ROUNDS)
        if self.talk.moves:
            self.talk.moves = 0
            self._send(now + CORRECTED)
        self._tell(day, "listening")
        self._record(self.people.receive(self.store, now=now + RECEIVED), now + RECEIVED)

    def _send(self, now: int, *, record_missed: bool = False) -> None:
        plan_phase(self.store, self.rollout, phase=None, now=now, record_missed=record_missed)
        self.sent += send_due(self.store, self.rollout, library=self.library, lines=self.lines, now=now).sent

    def _record(self, said: Iterator[list[Event]], now: int) -> None:
        for events in said:
            record_events(self.store, self.rollout, events, now)

    def _tell(self, day: int, doing: str) -> None:
        self.progress(Moment(day + 1, self.world.days, self.world.date(day).isoformat(), doing, self.sent))


def run_demo(settings: Settings, *, visits: int, days: int, seed: int, out: Path, rollout_name: str,
             progress: Progress = lambda moment: None) -> DemoResult:
    """Play a whole rollout into `out`. The same arguments give the same feeds, the same messages and the same result.

    Raises UsageError where `out` holds something that no demo made.
    """
    home = fresh_folder(out)
    mine = Settings(home=home, database_url="", outbox=home / "outbox", config=settings.config,
                    templates=settings.templates, public_url=settings.public_url, secret_key=settings.secret_key)
    world = World(played(load_rollout(settings.config, rollout_name)), visits, days, seed)
    store = hurried(open_store(mine))
    try:
        demo = Demo(world, mine, store, Library.load(mine.templates), progress)
        demo.run()
        return _result(demo)
    finally:
        store.close()


def _result(demo: Demo) -> DemoResult:
    world, now = demo.world, demo.world.at(demo.world.days - 1, DAY_END)
    kpis = measure(demo.store, demo.rollout, now=now, record=False, cuts=False)
    report = write_report(demo.store, demo.rollout, now=now, out=demo.settings.home / "report.html")
    with demo.store.read() as connection:
        notices = tally(connection, demo.rollout).as_json()
    return DemoResult(world.visits, notices, kpis, report, demo.settings.outbox_folder, kept_visits(world.visits),
                      demo.rollout.file.currency)


def bad_days(world: World) -> tuple[int, ...]:
    """The day of the empty file and the day of the half one, clear of the weather slip; neither in a short world.

    A world of a few households has no half file: of so few orders a share says nothing, and it would not be held.
    """
    if world.days < 15:
        return ()
    wanted = (world.days * 2 // 5, world.days * 7 // 10) if world.visits >= ENOUGH else (world.days * 2 // 5,)
    return tuple(day + 3 * (slip_day(world) in (day - 1, day, day + 1)) for day in wanted)


def played(rollout: Rollout) -> Rollout:
    """The rollout as a demo plays it: never live, and with a kind of file that the simulation can write."""
    feed = rollout.file.feed
    if feed.format not in (None, *WRITTEN):
        feed = feed.model_copy(update={"format": "csv", "source": {"kind": "folder", "path": "feeds"}, "sheet": None})
    return replace(rollout, file=rollout.file.model_copy(update={"live": False, "feed": feed}))


def fresh_folder(out: Path) -> Path:
    """The folder, empty but for our mark. What an earlier demo left is taken away, anything else is left alone."""
    home = out.resolve()
    if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
        raise UsageError(f'--out: "{out}" holds something that no demo made; name an empty folder or a new one')
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).touch()
    for name in OURS:
        shutil.rmtree(home / name, ignore_errors=True)
    for path in home.glob("doorstep.db*"):
        path.unlink()
    return home


def hurried(store: Store) -> Store:
    """The store without waiting for the disk: a demo that loses its power is run again."""
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    if store.sqlite:
        event.listen(store.engine, "connect", hurry)
        store.engine.dispose()
    return store
