"""What the made-up customers say, choose, rate and ask, each through the very function that hears real ones; and who answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlmodel import col

from doorstep.booking.requests import Moved, move
from doorstep.booking.slots import offered
from doorstep.conversation.enquiries import answer, close, open_enquiry, satisfied
from doorstep.conversation.hearing import Said, hear
from doorstep.conversation.notes import confirm
from doorstep.conversation.surveys import KNOWLEDGE, rate
from doorstep.model import CalendarSlot, Enquiry
from doorstep.simulation.days import SLOTS
from doorstep.simulation.people import People, Saying
from doorstep.simulation.world import World
from doorstep.store import Store

# What worries people, in their words: what it is about is judged as it is of a real text.
WORRIES: Mapping[str, tuple[str, ...]] = {
    "en": ("Is the radiation from the new meter harmful to my health?", "Who pays for the new meter?",
           "Who can see my data and when I am at home?", "How do I know that the new meter is accurate?",
           "What can I see on the display of the new meter?"),
    "ar": ("هل العداد الجديد مضر بالصحة؟", "من يدفع ثمن العداد؟", "من يطلع على بياناتي؟"),
}
WORDS = {"confirm": "1", "move": "2", "stop": "STOP"}
PAGE = 0.5               # of those who answer, who do it on their page
WINDOWS = SLOTS[:3]      # the last of them is the whole day, which nobody chooses
AHEAD = 60               # days of the calendar beyond the last visit
HOUR = 3600
ANSWERED_BY = "the made-up customer team"


class _Open(NamedTuple):
    id: int
    state: str
    opened_at: int
    answered_at: int | None


@dataclass
class Talk:
    """Both sides of the conversation."""

    world: World
    store: Store
    moves: int = 0           # made on customers' pages, and not yet answered with a notice of the new date

    def offer_slots(self) -> None:
        """A calendar with room for those who choose: three windows on every working day, for all areas."""
        days = [day for day in range(self.world.days + AHEAD) if self.world.is_working(day)]
        capacity = max(2, self.world.visits // max(1, sum(map(len, self.world.waves))) // 2)
        rows = [{"rollout": self.world.rollout.name, "area": "*", "day": self.world.date(day).isoformat(), "window_start": start,
                 "window_end": end, "capacity": capacity, "taken": 0, "updated_at": self.world.at(0, 0)}
                for day in days for start, end in WINDOWS]
        with self.store.write() as connection:
            connection.execute(insert(CalendarSlot), rows)

    def listen(self, people: People, *, now: int) -> None:
        """Do what people mean to say by now; what they chose, the schedule's keepers learn with the next feed."""
        sayings, people.sayings = sorted(people.sayings, key=lambda each: each.order), []
        for each in sayings:
            if each.meant == "choose":
                self._choose(people, each, now)
            else:
                _DEEDS.get(each.meant, Talk._rate)(self, each, now)

    def _choose(self, people: People, said: Saying, now: int) -> None:
        """A slot near the day that was told; who finds none asks to be called."""
        with self.store.read() as connection:
            offers = offered(connection, self.world.rollout, said.heard.visit_id, now=now)
        if offers:
            told = self.world.day_of(said.heard.told_day or offers[0].day)
            near = sorted(offers, key=lambda each: (abs(self.world.day_of(each.day) - told), each.day, each.window_start))[:12]
            wanted = near[int(said.luck[0] * len(near))]
            done = move(self.store, self.world.rollout, said.heard.visit_id, wanted.slot_id, channel="page", now=now)
            if isinstance(done, Moved):
                self.moves += 1
                slot = WINDOWS.index((done.window_start, done.window_end))
                people.chosen[self.world.number(said.heard.account)] = (self.world.day_of(done.day), slot)
                return
        self._open(said, "call_me", "other", now)

    def _reply(self, said: Saying, now: int) -> None:
        self._hear(said, WORDS[said.meant], now)

    def _confirm(self, said: Saying, now: int) -> None:
        if said.heard.channel == "email" or said.luck[0] < PAGE / 2:
            confirm(self.store, self.world.rollout, said.heard.visit_id, now=now)
        else:
            self._hear(said, WORDS["confirm"], now)

    def _worry(self, said: Saying, now: int) -> None:
        worries = WORRIES.get(said.heard.language, WORRIES["en"])
        self._hear(said, worries[int(said.luck[0] * len(worries))], now)

    def _report(self, said: Saying, now: int) -> None:
        self._open(said, said.meant, "scam" if said.meant == "impostor" else "safety", now)

    def _rate(self, said: Saying, now: int) -> None:
        """A digit by text, or the whole survey on the page; some of those also take the quiz, and a bad rating may complain."""
        rating, luck, visit = int(said.meant), said.luck, said.heard.visit_id
        if said.heard.channel == "sms" and luck[0] >= PAGE:
            self._hear(said, said.meant, now)
        else:
            content = rating / 5
            rate(self.store, self.world.rollout, visit, "after", {
                "rating": rating, "recommend": int(luck[1] < content), "knew_before": int(luck[2] < 0.82)}, "page", now=now)
            if luck[3] < 0.5:
                known = {question: int((luck[4] * (place + 7)) % 1 < 0.76) for place, question in enumerate(KNOWLEDGE)}
                rate(self.store, self.world.rollout, visit, "knowledge", known, "page", now=now)
        if rating <= 2 and luck[5] < 0.3:
            self._open(said, "complaint", "cost" if luck[6] < 0.3 else "other", now)

    def _hear(self, said: Saying, words: str, now: int) -> None:
        heard = said.heard
        hear(self.store, self.world.rollout, Said(
            f"made-{heard.id}-{said.meant}", said.at, heard.channel, words, heard.customer_id, heard.visit_id, heard.id,
            heard.address), now=now)

    def _open(self, said: Saying, kind: str, topic: str, now: int) -> None:
        heard = said.heard
        with self.store.write() as connection:
            open_enquiry(connection, self.world.rollout, kind=kind, topic=topic, customer_id=heard.customer_id,
                         visit_id=heard.visit_id, channel="page", language=heard.language, words="(made up)", now=now)

    def answer_enquiries(self, day: int) -> None:
        """The end of a working day: most of what waits is answered, and most who were answered before say that it helped."""
        if not self.world.is_working(day):
            return
        now = self.world.at(day, 17 * 60 + 30)
        wanted = select(col(Enquiry.id), col(Enquiry.state), col(Enquiry.opened_at), col(Enquiry.answered_at)).where(
            col(Enquiry.rollout) == self.world.rollout.name, col(Enquiry.state) != "closed").order_by(col(Enquiry.id))
        with self.store.read() as connection:
            found = [_Open(*row) for row in connection.execute(wanted)]
        for each in found:
            self._look_at(each, now)

    def _look_at(self, one: _Open, now: int) -> None:
        luck = self.world.draws.one("enquiry", one.id, one.opened_at)
        if one.state == "open":
            if luck[0] < 0.05 and now - one.opened_at < 96 * HOUR:
                return                                   # it lies on the wrong desk
            answer(self.store, self.world.rollout, one.id, by=ANSWERED_BY, answer="(made up)", source="", now=now)
        elif one.answered_at is not None and now - one.answered_at > 20 * HOUR:
            if luck[1] < 0.9:
                satisfied(self.store, self.world.rollout, one.id, yes=True, now=now)
            elif now - one.answered_at > 60 * HOUR:
                close(self.store, self.world.rollout, one.id, by=ANSWERED_BY, now=now)


_DEEDS: dict[str, Callable[[Talk, Saying, int], None]] = {
    "confirm": Talk._confirm, "move": Talk._reply, "stop": Talk._reply, "concern": Talk._worry, "fault": Talk._report,
    "impostor": Talk._report}
