"""Who may log in: names, roles and passwords; and one who guesses waits longer each time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from doorstep.desk.passwords import Hasher, check_password
from doorstep.desk.users import U, User, add_user, all_users, end_user, recognise, set_password, wait_after
from doorstep.errors import UsageError
from doorstep.store import Store
from tests.desk.office import CHEAP, PASSWORD, Office

NOW = 1_800_000_000


def known(store: Store, name: str, password: str = PASSWORD, now: int = NOW) -> User | None:
    return recognise(store, name=name, password=password, now=now, hasher=CHEAP)


def test_a_user_is_known_by_name_and_password(office: Office) -> None:
    found = known(office.store, "amos")
    assert found and (found.name, found.role) == ("amos", "agent")
    assert known(office.store, " Amos ") == found
    assert known(office.store, "amos", "four words make two") is None
    assert known(office.store, "nobody") is None


def test_no_password_is_kept_as_it_is(office: Office) -> None:
    with office.store.read() as connection:
        kept = connection.execute(select(U.c.password)).scalars().all()
    assert all(each.startswith("$argon2id$") for each in kept) and len(set(kept)) == 3


def test_the_real_hasher_costs_what_the_rfc_says() -> None:
    assert Hasher().keep("four words make one").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    assert CHEAP.fits(CHEAP.keep("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


@pytest.mark.parametrize(("password", "why"), [
    ("short", "has 5 characters; it needs at least 12"), ("x" * 257, "at most 256"), ("Ada.Okello.Ada.Okello", "is the name"),
    ("ada.okelloada.okello", "is the name")])
def test_a_password_that_may_not_be(password: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check_password(password, "ada.okello")


@pytest.mark.parametrize("password", ["all small letters", "111111111112", "كلمة مرور طويلة", "ada.okello is my name"])
def test_what_a_password_is_made_of_is_nobodys_business(password: str) -> None:
    check_password(password, "ada.okello")


@pytest.mark.parametrize(("name", "role", "why"), [
    ("amos", "agent", "there is or was a user"), ("Amos", "agent", "not a user name"), ("a b", "agent", "not a user name"),
    ("new", "boss", "those are viewer, agent, manager")])
def test_a_user_who_cannot_be_added(office: Office, name: str, role: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        add_user(office.store, name=name, role=role, password=PASSWORD, by="t", now=0, hasher=CHEAP)


def test_an_ended_user_is_not_known_and_the_name_stays_theirs(office: Office) -> None:
    end_user(office.store, name="amos", by="mina", now=NOW)
    assert known(office.store, "amos") is None
    with pytest.raises(UsageError, match="was a user"):
        add_user(office.store, name="amos", role="agent", password=PASSWORD, by="t", now=0, hasher=CHEAP)
    with pytest.raises(UsageError, match='no user "amos"; those who may log in are: mina, vera'):
        end_user(office.store, name="amos", by="mina", now=NOW)
    with office.store.read() as connection:
        assert [(row.name, row.ended_at) for row in all_users(connection)] == [("mina", None), ("vera", None), ("amos", NOW)]
    assert office.trail("ended") == [("mina", "user 2")]


def test_after_five_wrong_passwords_the_right_one_must_wait_too(office: Office) -> None:
    for _ in range(5):
        assert known(office.store, "amos", "a wrong password") is None
    assert known(office.store, "amos") is None
    assert known(office.store, "amos", now=NOW + 59) is None
    assert known(office.store, "amos", now=NOW + 60) is not None


def test_of_many_guesses_at_once_no_more_are_weighed_than_one_after_another(office: Office) -> None:
    weighed: list[str] = []

    class Watched(Hasher):
        def fits(self, kept: str, password: str) -> bool:
            weighed.append("nobody" if kept == self.nobody else "amos")
            return super().fits(kept, password)

    watched = Watched(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with ThreadPoolExecutor(16) as guessers:
        list(guessers.map(lambda number: recognise(office.store, name="amos", password=f"guess number {number}", now=NOW,
                                                   hasher=watched), range(40)))
    assert (weighed.count("amos"), weighed.count("nobody")) == (5, 35)


def test_waiting_tries_do_not_make_the_wait_longer_and_success_begins_anew(office: Office) -> None:
    for _ in range(50):
        known(office.store, "amos", "a wrong password")
    assert known(office.store, "amos", now=NOW + 60)
    for _ in range(4):
        known(office.store, "amos", "a wrong password", NOW + 61)
    assert known(office.store, "amos", now=NOW + 62)


@pytest.mark.parametrize(("tries", "seconds"), [(1, 0), (4, 0), (5, 60), (6, 120), (7, 240), (8, 480), (9, 900), (500, 900)])
def test_the_wait_grows_and_has_an_end(tries: int, seconds: int) -> None:
    assert wait_after(tries) == seconds


def test_an_unknown_name_costs_as_much_as_a_wrong_password(office: Office) -> None:
    weighed: list[str] = []

    class Watched(Hasher):
        def fits(self, kept: str, password: str) -> bool:
            weighed.append(kept.rpartition("$")[0].rpartition("$")[0])
            return super().fits(kept, password)

    watched = Watched(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("amos", "nobody"):
        recognise(office.store, name=name, password="a wrong password", now=NOW, hasher=watched)
    assert len(weighed) == 2 and weighed[0] == weighed[1]
    assert office.trail("tried") == [("amos", "the door"), ("", "the door")]        # and as much writing; the name is not kept


def test_a_password_kept_with_old_parameters_is_kept_anew_at_the_next_login(office: Office) -> None:
    older = Hasher(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    with office.store.write() as connection:
        connection.execute(update(U).where(U.c.name == "amos").values(password=older.keep(PASSWORD)))
    assert known(office.store, "amos")
    with office.store.read() as connection:
        assert "t=1," in connection.execute(select(U.c.password).where(U.c.name == "amos")).scalar_one()
    assert known(office.store, "amos")


def test_a_new_password_takes_the_place_of_the_old_one(office: Office) -> None:
    set_password(office.store, name="amos", password="another four words", by="mina", now=NOW, hasher=CHEAP)
    assert known(office.store, "amos") is None
    assert known(office.store, "amos", "another four words")


@pytest.mark.parametrize(("role", "needed", "may"), [
    ("viewer", "viewer", True), ("viewer", "agent", False), ("agent", "viewer", True), ("agent", "manager", False),
    ("manager", "agent", True), ("manager", "manager", True)])
def test_each_role_may_what_those_before_it_may(role: str, needed: str, may: bool) -> None:
    assert User(1, "x", role).may(needed) is may
