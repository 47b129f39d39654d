"""A road under fire: people who are due a reminder, a provider that fails as it is told, and minutes that pass only here."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr
from sqlalchemy import func, insert, select

from doorstep.channels import Channel, Item, Outcome, open_channels
from doorstep.delivery import Sent, send_due, tally
from doorstep.delivery.arithmetic import mismatches
from doorstep.delivery.lines import Lines
from doorstep.delivery.recording import LEASE
from doorstep.inbox.events import Event, record_events
from doorstep.model import Customer, Journal, Notice, Visit, table
from doorstep.planning import plan_phase
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from tests.making import World, at, make_rollout, make_store
from tests.stubs import africastalking, aws, sendgrid, twilio
from tests.stubs.server import Seen, Stub
from tests.town import LIBRARY, MORNING

N, C, J = table(Notice), table(Customer), table(Journal)
DAY = "2027-03-09"
TIMEOUT = 0.4                          # real seconds until a client gives up
LATE = 0.45                            # real seconds until a slow answer: later than that
LONGEST = 12 * 60                      # made-up minutes in which all must be done
TAKING = (None, "slow", "accept_then_hang", "accept_then_reset")


class Moods:
    """What a provider does with each request; with those that it takes late, nobody's clock goes on before it has."""

    def __init__(self, mood: Callable[[int], str | None]) -> None:
        self.had: Counter[str | None] = Counter()
        self._mood = mood
        self._owed = 0
        self._changed = threading.Condition()

    def __call__(self, number: int) -> str | None:
        mood = self._mood(number)
        with self._changed:
            self.had[mood] += 1
            self._owed += mood in TAKING
        return mood

    def taken(self) -> None:
        with self._changed:
            self._owed -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._owed == 0, 10), "a request that was taken came to no end"


class Moody(Stub):
    """Mixed into a stand-in, it tells its moods when a request has been taken."""

    moods: Moods
    tells = True                       # whether its events name our notices

    def answer(self, seen: Seen) -> Any:
        try:
            return super().answer(seen)
        finally:
            self.moods.taken()


class MoodySendGrid(Moody, sendgrid.SendGridStub):
    def refs(self) -> list[str]:
        return [each.ref for each in self.delivered]


class MoodyAws(Moody, aws.AwsStub):
    def refs(self) -> list[str]:
        return [each.ref for each in self.delivered]


class MoodyTwilio(Moody, twilio.TwilioStub):
    def refs(self) -> list[str]:
        return [parse_qs(urlsplit(form["StatusCallback"]).query)["ref"][0] for form in self.taken]


class MoodyAfricasTalking(Moody, africastalking.AfricasTalkingStub):
    """It knows no references of ours: `notices` says whose number is whose."""

    tells = False
    notices: Mapping[str, str]

    def refs(self) -> list[str]:
        return [self.notices[number] for number, _ in self.taken]


class Provider(NamedTuple):
    """A provider and what a rollout says of it."""

    kind: str
    stub: Callable[..., Any]
    table: dict[str, Any]


PROVIDERS = {
    "sendgrid": Provider("email", MoodySendGrid, {}),
    "ses": Provider("email", MoodyAws, {}),
    "aws_sms": Provider("sms", MoodyAws, {}),
    "twilio": Provider("sms", MoodyTwilio, {"messaging_service": twilio.SERVICE}),
    "africastalking": Provider("sms", MoodyAfricasTalking, {}),
}


class Portions:
    """A channel in smaller calls, so that a few hundred people are many calls."""

    def __init__(self, channel: Channel, size: int) -> None:
        self.provider, self.kind, self.exactly_once = channel.provider, channel.kind, channel.exactly_once
        self.batch_size = min(size, channel.batch_size)
        self._channel = channel

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        return self._channel.send(items, now=now)


def settings_of(folder: Path, stub: Stub) -> Settings:
    """Keys that each stand-in knows, and the way to it."""
    return Settings(home=folder, public_url="https://notices.northwick.example", sendgrid_api_url=stub.url,
                    sendgrid_api_key=SecretStr(sendgrid.KEY), twilio_api_url=stub.url, twilio_account_sid=twilio.ACCOUNT,
                    twilio_auth_token=SecretStr(twilio.TOKEN), africastalking_api_url=stub.url,
                    africastalking_username=africastalking.USERNAME,
                    africastalking_api_key=SecretStr(africastalking.KEY))


def people(world: World, count: int) -> None:
    """So many households with a visit each, in five windows of one day; each has a phone and an address for email."""
    rollout = world.rollout.name
    with world.store.write() as connection:
        connection.execute(insert(Customer), [
            {"rollout": rollout, "premise": f"P{n}", "account": f"A{n}", "name": f"Ms Person {n}",
             "email": f"person{n}@example.com", "phone": f"+447400{n:06d}", "language": "en", "address": f"{n} Mill Road",
             "town": "Northwick", "updated_at": 0} for n in range(count)])
        ids = connection.execute(select(C.c.id).order_by(C.c.id)).scalars()
        connection.execute(insert(Visit), [
            {"rollout": rollout, "customer_id": number, "day": DAY, "window_start": 480 + 60 * (n % 5), "window_end": 720,
             "status": "planned", "zone": world.rollout.file.zone, "wave": "W01", "reference": f"NW{n:07d}",
             "commodities": "electricity", "since": 0, "changed_at": 0, "created_at": 0, "feed_id": 1}
            for n, number in enumerate(ids)])


class Road:
    """One rollout and its providers; `run` is the day of the reminder, minute by minute."""

    def __init__(self, folder: Path, stack: ExitStack, moods: dict[str, Moods], *, count: int, portion: int = 20,
                 leave: bool = False, refuse: dict[str, str] | None = None) -> None:
        tables = {name: {"timeout_seconds": TIMEOUT, **PROVIDERS[name].table} for name in moods}
        rule = {"reminder": {"unknown": "leave"}} if leave else {}
        whole = make_rollout(rule, live=True, providers=tables)
        self.rollout: Rollout = replace(whole, plan=(whole.row("reminder"),))
        self.world = World(make_store(folder), self.rollout)
        self.stubs: dict[str, Any] = {}
        lines: dict[str, list[Channel]] = {}
        for name, mood in moods.items():
            stub = self.stubs[name] = PROVIDERS[name].stub(faults=mood, pause=LATE)
            stub.moods = mood
            stub.refuse = {} if refuse is None else refuse
            stack.enter_context(stub)
            if isinstance(stub, aws.AwsStub):
                stack.enter_context(stub.surroundings())
            kind = PROVIDERS[name].kind
            channel = open_channels(name, self.rollout, settings_of(folder, stub))[kind]
            lines.setdefault(kind, []).append(Portions(channel, portion))
        stack.callback(self.world.store.close)
        self.lines = Lines({kind: tuple(channels) for kind, channels in lines.items()})
        self.mail = Mail(self, Random(7))
        people(self.world, count)

    def run(self) -> int:
        """Until nothing is open; the made-up minutes it took."""
        start = at(MORNING, self.rollout)
        plan_phase(self.world.store, self.rollout, phase=None, now=start)
        if "africastalking" in self.stubs:
            self.stubs["africastalking"].notices = self._whose_number_is_whose()
        for minute in range(LONGEST):
            now = start + 60 * minute
            self.send(now)
            self.mail.deliver(now)
            if not self.open(now) and not self.mail.waiting:
                return minute
        raise AssertionError(f"not done in {LONGEST} made-up minutes: {self.sums()}")

    def _whose_number_is_whose(self) -> dict[str, str]:
        with self.world.store.read() as connection:
            found = connection.execute(select(C.c.phone, N.c.id).join(C, C.c.id == N.c.customer_id))
            return {phone: f"{number}.0" for phone, number in found}

    def send(self, now: int) -> Sent:
        """What is due at this minute; until every request that a stand-in took stands in its books."""
        sent = send_due(self.world.store, self.rollout, library=LIBRARY, lines=self.lines, now=now)
        for stub in self.stubs.values():
            stub.moods.wait()
            stub.limits = {"X-RateLimit-Reset": str(now + 90)}
        return sent

    def open(self, now: int) -> int:
        """How many notices something may still become of by itself."""
        done = N.c.state.in_(["accepted", "delivered", "void", "missed", "failed"])
        left = (N.c.state == "unknown") & (N.c.attempted_at < now - LEASE - 60)      # its rule has been asked, and leaves it
        with self.world.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(N).where(~done, ~left)).scalar_one())

    def doubts(self, notice: int) -> int:
        """How many of its attempts ended without an answer."""
        with self.world.store.read() as connection:
            return int(connection.execute(select(func.count()).where(
                J.c.notice_id == notice, J.c.kind == "unknown")).scalar_one())

    def arrived(self) -> Counter[int]:
        """How often each notice came to a customer, by its id."""
        return Counter(int(ref.partition(".")[0]) for stub in self.stubs.values() for ref in stub.refs())

    def sums(self) -> dict[str, int]:
        """The notices by what became of them."""
        with self.world.store.read() as connection:
            return {what: number for what, number in tally(connection, self.rollout).as_json().items() if number}

    def mismatches(self) -> list[str]:
        with self.world.store.read() as connection:
            return mismatches(connection, self.rollout, at("2027-03-09 12:00", self.rollout))


class Mail:
    """The events of what a stand-in took: minutes later, in no order, and some of them twice."""

    def __init__(self, road: Road, luck: Random) -> None:
        self.waiting: list[tuple[int, Event]] = []
        self._road, self._luck = road, luck
        self._seen: Counter[str] = Counter()

    def deliver(self, now: int) -> None:
        for name, stub in self._road.stubs.items():
            refs = stub.refs() if stub.tells else []
            for ref in refs[self._seen[name]:]:
                self.waiting += self._story(ref, now)
            self._seen[name] = len(refs)
        ripe = [event for when, event in self.waiting if when <= now]
        self.waiting = [(when, event) for when, event in self.waiting if when > now]
        record_events(self._road.world.store, self._road.rollout, ripe, now)

    def _story(self, ref: str, now: int) -> Iterator[tuple[int, Event]]:
        notice = int(ref.partition(".")[0])
        for kind in ("accepted", "delivered"):
            event = Event(kind, notice, now, f"{ref}:{kind}")
            for _ in range(self._luck.choice((1, 1, 1, 2))):
                yield now + 60 * self._luck.randint(1, 6), event
