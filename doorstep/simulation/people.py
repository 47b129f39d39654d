"""The customers: they get their notices or do not, and answer, bounce, complain and stop at the field's rates."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import text

from doorstep.inbox.events import Event
from doorstep.simulation.days import NEVER, Known
from doorstep.simulation.world import World
from doorstep.store import Store

BATCH = 2000

DEAD = {"email": 0.013, "sms": 0.02, "voice": 0.02}          # addresses that nobody has any more
LOST = {"email": 0.004, "sms": 0.01, "voice": 0.12}          # single messages: box full, phone off, nobody answers
REACHED_BY_CALL = 0.85
COMPLAINED = 0.0002                                          # of emails, at the utilities' own rate
STOPPED = {"sms": 0.0015, "email": 0.0005}
OPENED, CLICKED = 0.3, {"email": 0.06, "sms": 0.08}
# What customers mean when they answer, by notice: the share of those it reached. A digit rates.
ANSWERS: dict[str, dict[str, float]] = {
    "what-and-why": {"concern": 0.04}, "formal-notice": {"move": 0.004, "choose": 0.08, "concern": 0.03},
    "appointment-request": {"choose": 0.4}, "booking-confirmation": {"move": 0.005, "choose": 0.01},
    "reminder": {"move": 0.004, "choose": 0.01, "concern": 0.015},
    "confirm-visit": {"confirm": 0.45, "move": 0.01}, "new-date": {"confirm": 0.2, "move": 0.02},
    "meter-fitted": {"fault": 0.03, "impostor": 0.002},
    "how-did-it-go": {"5": 0.15, "4": 0.06, "3": 0.015, "2": 0.005, "1": 0.01},
    "how-did-we-do": {"4": 0.03, "3": 0.05, "2": 0.05, "1": 0.07},
}
TWO_WAY = ("sms", "email")
PATIENCE = 5 * 3600                                          # seconds in which people answer, if they do

# The empty text keeps the planner on the primary key: the index by kind would be sorted anew at every look.
ACCEPTED = text("""SELECT journal.id AS place, notice.id, notice.notice, notice.channel, notice.told_day,
        notice.accepted_at, customer.account, notice.visit_id, customer.id AS customer_id,
        CASE notice.channel WHEN 'email' THEN customer.email ELSE customer.phone END AS address, customer.language
    FROM journal JOIN notice ON notice.id = journal.notice_id JOIN customer ON customer.id = notice.customer_id
    WHERE journal.id > :after AND journal.id <= :upto AND journal.kind || '' = 'accepted'
    ORDER BY journal.id LIMIT :most""")


class Heard(NamedTuple):
    """A notice that was handed over, as its customer sees it."""

    place: int
    id: int
    notice: str
    channel: str
    told_day: str | None
    accepted_at: int
    account: str
    visit_id: int
    customer_id: int
    address: str | None
    language: str


class Saying(NamedTuple):
    """What a customer means to say to a notice, and eight numbers in [0, 1) by which they say it."""

    heard: Heard
    meant: str                  # confirm | move | choose | concern | fault | impostor | stop | a rating from 1 to 5
    at: int
    luck: tuple[float, ...]

    @property
    def order(self) -> tuple[object, ...]:
        """In which they are listened to, however the rows of the database are numbered."""
        return (self.at, self.heard.account, self.heard.notice, self.heard.channel, self.meant)


@dataclass
class People:
    """Everybody's letter boxes. Only few numbers are kept for a household: the day last told, and a wish to move."""

    world: World
    told: array = field(init=False)             # type: ignore[type-arg]  # an array cannot be subscripted before 3.12
    wishes: set[int] = field(default_factory=set)
    chosen: dict[int, tuple[int, int]] = field(default_factory=dict)    # day and slot that a household took on its page
    sayings: list[Saying] = field(default_factory=list)                 # meant and not yet said
    _arrived: int = 0                           # how far in the journal notices have arrived
    _arrived_at: int = 0
    _answered: int = 0                          # how far they have been answered

    def __post_init__(self) -> None:
        self.told = array("h", [NEVER]) * self.world.visits

    def receive(self, store: Store, *, now: int) -> Iterator[list[Event]]:
        """What became of the notices handed over since the last time, in batches: they arrive, or they do not."""
        newest = _newest(store)
        for heard in _batches(store, self._arrived, newest):
            yield [event for each in heard for event in self._arrives(each, now)]
        self._arrived, self._arrived_at = newest, now

    def answer(self, store: Store, *, now: int) -> Iterator[list[Event]]:
        """What the providers tell of people up to `now`: opened, followed a link, complained, left by the stop header.

        What they mean to say themselves stands in `sayings`.
        """
        for heard in _batches(store, self._answered, self._arrived):
            yield [event for each in heard for event in self._answers(each, now)]
        self._answered = self._arrived

    def known(self) -> Known:
        """What the schedule's keepers learn of them for the next feed; their wishes are heard once."""
        wishes, self.wishes, chosen, self.chosen = self.wishes, set(), self.chosen, {}
        return Known(self.told, wishes, chosen)

    def _arrives(self, heard: Heard, now: int) -> Iterator[Event]:
        failed = self._failure(heard)
        if not failed and heard.told_day:
            self.told[self.world.number(heard.account)] = self.world.day_of(heard.told_day)
        if heard.channel in DEAD or heard.channel == "call":
            at = min(now, heard.accepted_at + 20 + int(self._luck(heard)[0] * 600))
            kind = "bounced" if failed else "delivered"
            yield Event(kind, heard.id, at, f"made-{heard.id}-{kind}", failed)

    def _failure(self, heard: Heard) -> str | None:
        """Why it did not arrive, or None. A letter arrives; a call that reaches nobody is a soft failure."""
        luck = self._luck(heard)[1]
        if heard.channel == "call":
            return None if luck < REACHED_BY_CALL else "soft"
        address = "email" if heard.channel == "email" else "phone"
        if self.world.draws.one("dead", address, heard.account)[0] < DEAD.get(heard.channel, 0):
            return "hard"
        return "soft" if luck < LOST.get(heard.channel, 0) else None

    def _answers(self, heard: Heard, now: int) -> Iterator[Event]:
        if heard.channel not in TWO_WAY or self._failure(heard):
            return
        luck = self._luck(heard)
        at = self._arrived_at + int(luck[2] * min(now - self._arrived_at, PATIENCE))
        said = _meant(ANSWERS.get(heard.notice, {}), luck[3])
        if said:
            self.sayings.append(Saying(heard, said, at, self._more_luck(heard)))
        if said == "move":
            self.wishes.add(self.world.number(heard.account))
        if luck[4] < STOPPED[heard.channel]:
            if heard.channel == "sms":
                self.sayings.append(Saying(heard, "stop", at, luck))
            else:
                yield Event("stopped", heard.id, at, f"made-{heard.id}-stopped", "stop")
        if heard.channel == "email" and (said or luck[6] < OPENED):
            yield Event("opened", heard.id, at, f"made-{heard.id}-opened")
        if said == "choose" or luck[7] < CLICKED[heard.channel]:
            yield Event("clicked", heard.id, at, f"made-{heard.id}-clicked")
        if heard.channel == "email" and luck[5] < COMPLAINED:
            yield Event("complained", heard.id, at, f"made-{heard.id}-complained", "spam")

    def _luck(self, heard: Heard) -> tuple[float, ...]:
        # Named by what it says to whom, not by its row: the same however the rows were numbered.
        return self.world.draws.one(heard.account, heard.notice, heard.channel, heard.told_day, heard.accepted_at)

    def _more_luck(self, heard: Heard) -> tuple[float, ...]:
        return self.world.draws.one("said", heard.account, heard.notice, heard.channel, heard.told_day, heard.accepted_at)


def _meant(answers: dict[str, float], luck: float) -> str | None:
    for answer, rate in answers.items():
        if luck < rate:
            return answer
        luck -= rate
    return None


def _newest(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(text("SELECT max(id) FROM journal")).scalar() or 0)


def _batches(store: Store, after: int, upto: int) -> Iterator[list[Heard]]:
    while True:
        with store.read() as connection:
            rows = connection.execute(ACCEPTED, {"after": after, "upto": upto, "most": BATCH})
            heard = [Heard(*row) for row in rows]
        if not heard:
            return
        yield heard
        after = heard[-1].place
