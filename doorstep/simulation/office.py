"""The made-up staff: their lists, the quizzes they take, the briefings they get, and who visits tomorrow."""

from dataclasses import dataclass, field
from datetime import timedelta

from doorstep.delivery.lines import Lines
from doorstep.rollout.shape import minutes_of
from doorstep.settings import Settings
from doorstep.simulation.wording import CONTRACTORS
from doorstep.simulation.world import World
from doorstep.staff.briefing import brief, open_staff_lines
from doorstep.staff.certificates import record_quiz
from doorstep.staff.lists import Person, StaffList, take_staff
from doorstep.staff.script import Scripts
from doorstep.staff.shifts import OnShift, take_shifts
from doorstep.store import Store

# How many of each role; and a new installer who has not taken the quiz by the last day.
CREW = {"installer": 12, "call_centre": 6, "cashier": 3, "meter_reader": 3, "security": 2}
NEW = "0099"
QUIZ_DAYS = 18           # within which all take the quiz once they are listed
SLIPS = 0.06             # of the answers are wrong
VANS = 4                 # installers on the list of a day


@dataclass
class Office:
    """Staff from the first day on."""

    world: World
    store: Store
    settings: Settings
    scripts: Scripts = field(init=False)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.scripts = Scripts(self.settings.templates, self.world.rollout)
        self.lines = open_staff_lines(self.world.rollout, self.settings)

    def work(self, day: int) -> None:
        """A night: the list where it is new, the quizzes of the day before, the briefings due, tomorrow's list."""
        now = self.world.at(day, minutes_of(self.world.rollout.file.nightly_at))
        crew = _crew(self.world)
        if day == 0:
            take_staff(self.store, self.world.rollout, StaffList(crew, [], frozenset()), now=now)
        for place, person in enumerate(crew):
            if 1 + place * QUIZ_DAYS // len(crew) == day and person.number != NEW:
                self._quiz(person, day, now)
        brief(self.store, self.world.rollout, scripts=self.scripts, lines=self.lines, now=now)
        self._tomorrow(day, crew, now)

    def _quiz(self, person: Person, day: int, now: int) -> None:
        """Some slip, and who does not pass takes it again."""
        quiz = self.scripts.of(person.role, person.language).quiz
        for again in range(3):
            slips = [luck < SLIPS for place in range(0, len(quiz), 8)
                     for luck in self.world.draws.one("quiz", person.number, day, again, place)]
            answers = [question.right % len(question.choices) + 1 if slip else question.right
                       for question, slip in zip(quiz, slips, strict=False)]
            if record_quiz(self.store, self.world.rollout, person.number, answers, scripts=self.scripts, now=now + again).passed:
                return

    def _tomorrow(self, day: int, crew: list[Person], now: int) -> None:
        """Four vans; on the eve of the last day the new installer is on one of them."""
        date = (self.world.date(day) + timedelta(days=1)).isoformat()
        installers = [person for person in crew if person.role == "installer" and person.number != NEW]
        sent = [installers[(day * VANS + van) % len(installers)] for van in range(VANS)]
        if day == self.world.days - 1:
            sent[-1] = crew[-1]
        take_shifts(self.store, self.world.rollout, [OnShift(date, person.number, person.firm, None) for person in sent], now=now)


def _crew(world: World) -> list[Person]:
    roles = [role for role, number in CREW.items() for _ in range(number)]
    language = world.rollout.file.languages[0]
    crew = [Person(f"{place + 1:04d}", f"Staff {place + 1}", role, CONTRACTORS[place % 2] if role == "installer" else None,
                   f"staff{place + 1}@example.org", None, language, None) for place, role in enumerate(roles)]
    return [*crew, Person(NEW, "Staff 99", "installer", CONTRACTORS[0], "staff99@example.org", None, language, None)]
