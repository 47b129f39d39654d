"""The demo's conversation: made of real rows, by the functions that hear real people, and enough of it for its KPIs."""

from pathlib import Path

import pytest

from doorstep.model import Status
from doorstep.replies import judge
from doorstep.settings import CHECKOUT
from doorstep.simulation.days import NEVER, Known, first_state, happen
from doorstep.simulation.office import NEW
from doorstep.simulation.people import Heard, People, Saying
from doorstep.simulation.talk import WINDOWS, WORRIES, Talk
from doorstep.store import Store
from tests.simulation.places import world_of
from tests.simulation.playing import play

VISITS, DAYS = 150, 6


@pytest.mark.parametrize(("language", "words"), [(code, words) for code, worries in WORRIES.items() for words in worries])
def test_what_worries_people_is_understood_as_something_for_a_person(language: str, words: str) -> None:
    assert judge(words, language=language).kind in ("concern", "question", "unclear")


def test_a_slot_that_a_household_took_is_in_the_next_feed() -> None:
    world = world_of(visits=50)
    before = first_state(world)
    after = happen(world, before, 1, Known([NEVER] * 50, chosen={7: (44, 2)}))
    assert after.row(7, named=True) | {"stamp": 0} == before.row(7, named=True) | {
        "day": 44, "slot": 2, "status": Status.BOOKED.value, "stamp": 0}
    assert after["stamp"][7] > before["stamp"][7]
    assert (after["day"] == 44).sum() <= (before["day"] == 44).sum() + 1


def test_nobody_books_a_visit_that_is_over() -> None:
    world = world_of(visits=5)
    state = first_state(world).with_columns(status=first_state(world)["status"].replace_strict(
        {"planned": "cancelled", "booked": "cancelled"}, return_dtype=first_state(world)["status"].dtype))
    after = happen(world, state, 1, Known([NEVER] * 5, chosen={2: (44, 2)}))
    assert after["day"].to_list() == state["day"].to_list()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Days enough for visits, surveys and answers, of a town large enough for some to choose another day."""
    home = tmp_path_factory.mktemp("talk")
    return play(home, f"sqlite:///{home / 'doorstep.db'}", visits=VISITS, days=DAYS, seed=2).store


def one(store: Store, question: str) -> int:
    with store.read() as connection:
        return int(connection.exec_driver_sql(question).scalar_one())


@pytest.mark.parametrize("question", [
    "SELECT COUNT(*) FROM reply WHERE meant = 'confirm'", "SELECT COUNT(*) FROM surveyanswer WHERE question = 'rating'",
    "SELECT COUNT(*) FROM journal WHERE kind = 'opened'", "SELECT COUNT(*) FROM journal WHERE kind = 'confirmed'",
    "SELECT COUNT(*) FROM certificate WHERE passed = 1", "SELECT COUNT(*) FROM briefing WHERE state = 'accepted'",
    "SELECT COUNT(*) FROM shift", "SELECT COUNT(*) FROM calendarslot"])
def test_all_sides_of_the_conversation_leave_their_rows(lived: Store, question: str) -> None:
    assert one(lived, question) > 0


def test_every_reply_that_was_said_is_in_the_journal_once(lived: Store) -> None:
    assert one(lived, "SELECT COUNT(*) FROM reply") == one(lived, "SELECT COUNT(*) FROM journal WHERE kind = 'replied'")


def test_the_schedule_never_overrules_what_a_household_took(lived: Store) -> None:
    assert one(lived, "SELECT COUNT(*) FROM request WHERE state = 'overruled'") == 0
    assert one(lived, "SELECT COUNT(*) FROM request") > 1


def test_on_the_last_eve_a_new_installer_is_on_the_list_without_a_certificate(lived: Store) -> None:
    assert one(lived, f"SELECT COUNT(*) FROM shift WHERE number = '{NEW}'") == 1
    assert one(lived, f"SELECT COUNT(*) FROM certificate c JOIN staff s ON s.id = c.staff_id WHERE s.number = '{NEW}'") == 0


def test_who_finds_no_slot_asks_to_be_called(lived: Store) -> None:
    world = world_of(visits=VISITS)
    with lived.read() as connection:
        visit, customer, account = connection.exec_driver_sql(
            "SELECT v.id, c.id, c.account FROM visit v JOIN customer c ON c.id = v.customer_id "
            "WHERE v.status = 'completed' LIMIT 1").one()
    people = People(world)
    heard = Heard(1, 10**6, "appointment-request", "sms", None, 0, account, visit, customer, None, "en")
    people.sayings.append(Saying(heard, "choose", 0, (0.5,) * 8))
    before = one(lived, "SELECT COUNT(*) FROM enquiry WHERE kind = 'call_me'")
    Talk(world, lived).listen(people, now=world.at(DAYS - 1, 600))
    assert one(lived, "SELECT COUNT(*) FROM enquiry WHERE kind = 'call_me'") == before + 1
    assert people.chosen == {} and people.sayings == [] and len(WINDOWS) == 3


def test_the_templates_that_the_made_up_staff_need_are_there() -> None:
    assert (Path(CHECKOUT) / "templates" / "staff" / "quiz" / "installer.en.toml").is_file()
