"""Who carries a message: another provider while one rests, another kind where one has no sender, in rehearsal the outbox."""

from collections.abc import Sequence

from doorstep.channels import Item, Outcome
from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import Lines
from doorstep.delivery.resting import pause
from doorstep.errors import Transient
from doorstep.planning import plan_phase
from tests.making import at
from tests.town import LIBRARY, MORNING, Street, Town


def send(town: Town, when: str, lines: Lines) -> Sent:
    now = at(when, town.world.rollout)
    plan_phase(town.world.store, town.world.rollout, phase=None, now=now)
    return send_due(town.world.store, town.world.rollout, library=LIBRARY, lines=lines, now=now)


class Away(Street):
    """A provider that cannot be reached."""

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        self.asked += 1
        raise Transient("nobody answers", code="away")

    provider = "away"
    asked = 0


def test_while_the_first_provider_is_away_the_second_carries_and_the_first_is_left_alone(town: Town) -> None:
    for _ in range(3):
        town.world.visit("2027-03-09")
    first, second = Away("email"), Street("email")
    lines = Lines({"email": (first, second), **{kind: (town.streets[kind],) for kind in ("sms", "post", "voice", "call")}})
    assert send(town, MORNING, lines).as_json() == {
        "due": 3, "sent": 3, "held": 0, "void": 0, "missed": 0, "failed": 0, "unknown": 0}
    assert (first.asked, len(second.taken)) == (1, 3)
    assert {row.provider for row in town.world.notices(notice="reminder")} == {"street"}


def test_with_one_provider_a_notice_is_held_until_it_wakes_and_never_failed(town: Town) -> None:
    town.world.visit("2027-03-09")
    away = Away("email")
    town.streets["email"] = away
    town.night(MORNING)
    town.night("2027-02-22 09:00")                         # the same moment: it rests, nobody asks
    row = town.one(notice="reminder")
    assert (away.asked, row.state, row.why) == (1, "held", "away")
    town.streets["email"] = Street("email")
    town.streets["email"].provider = "away"
    town.night("2027-02-22 09:05")
    assert town.one(notice="reminder").state == "accepted"


def test_after_a_rest_a_provider_is_tried_with_a_few_first(town: Town) -> None:
    for _ in range(40):
        town.world.visit("2027-03-09")
    email = town.streets["email"]
    email.answer = "unknown"                              # it takes them and never answers
    assert town.night(MORNING).unknown == 40
    for _ in range(40):
        town.world.visit("2027-03-09")
    assert town.night("2027-02-22 09:10").as_json() | {"due": 0} == {
        "due": 0, "sent": 0, "held": 30, "void": 0, "missed": 0, "failed": 0, "unknown": 10}


def test_a_rest_grows_with_each_failure_and_has_an_end() -> None:
    assert [pause(failures) for failures in (1, 2, 3, 4, 10)] == [30, 60, 120, 240, 1800]


def test_a_kind_without_a_sender_is_not_a_way(town: Town) -> None:
    town.world.visit("2027-03-09")
    lines = Lines({"sms": (town.streets["sms"],)})
    assert send(town, MORNING, lines).sent == 1
    assert town.one(notice="reminder").channel == "sms"


def test_whoever_is_not_on_the_allow_list_is_written_to_the_rehearsal(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.world.visit("2027-03-09")
    live, rehearsal = Street("email"), Street("email")
    send(town, MORNING, Lines({"email": (live,)}, frozenset({"person2@example.com"}), {"email": rehearsal}))
    assert [to for _, to, _ in live.taken] == ["person2@example.com"]
    assert [to for _, to, _ in rehearsal.taken] == ["person1@example.com"]
