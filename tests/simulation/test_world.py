"""The made world: nobody in it exists, everybody in it can be worked out again."""

import phonenumbers
import polars as pl
import pytest

from doorstep.simulation import world as world_module
from tests.simulation.places import PLACES, world_of


def test_the_same_seed_makes_the_same_households() -> None:
    assert world_of(seed=3).households(0, 50).equals(world_of(seed=3).households(0, 50))


def test_another_seed_makes_others() -> None:
    assert not world_of(seed=3).households(0, 50).equals(world_of(seed=4).households(0, 50))


def test_a_household_is_the_same_whichever_chunk_it_is_read_in() -> None:
    world = world_of()
    assert world.households(40, 10).equals(world.households(0, 50).slice(40))


def test_chunks_name_every_household_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "CHUNK", 7)
    numbers = [number for chunk in world_of(visits=30).chunks() for number in chunk["number"]]
    assert numbers == list(range(30))


@pytest.mark.parametrize("name", PLACES)
def test_every_email_address_is_of_a_reserved_domain(name: str) -> None:
    emails = world_of(name, visits=2000).households(0, 2000)["email"].drop_nulls()
    people = emails.filter(emails.str.starts_with("customer"))
    assert people.str.contains(r"^customer\d+@example\.(com|net|org)$").all()
    assert len(people) > 0.95 * len(emails)


@pytest.mark.parametrize("name", PLACES)
def test_phone_numbers_are_valid_and_follow_the_books_example(name: str) -> None:
    world = world_of(name, visits=500)
    country = world.rollout.file.country
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    phones = world.households(0, 500)["phone"].drop_nulls().to_list()
    parsed = [phonenumbers.parse(phone, country) for phone in phones if phone not in world_module.BAD_PHONES]
    assert all(map(phonenumbers.is_valid_number, parsed))
    assert {each.national_number // 1_000_000 for each in parsed} == {example.national_number // 1_000_000}
    assert len(parsed) > 0.97 * len(phones)


@pytest.mark.parametrize("name", PLACES)
def test_everyone_reads_a_language_of_the_rollout_and_is_named_in_it(name: str) -> None:
    world = world_of(name)
    households = world.households(0, 300)
    assert set(households["language"]) == set(world.rollout.file.languages)
    arabic = households.filter(pl.col("language").is_in(["ar", "ur"]) & pl.col("name").is_not_null())
    assert arabic["name"].str.contains(r"\p{Arabic}").all()


@pytest.mark.parametrize("name", PLACES)
def test_visits_are_planned_on_working_days_with_thirty_days_to_tell_of_them(name: str) -> None:
    world = world_of(name)
    days = world.households(0, 300)["first_day"]
    assert all(world.is_working(day) for day in days)
    assert days.min() >= 35 and days.max() < world.days - 5  # type: ignore[operator]


@pytest.mark.parametrize(("visits", "days"), [(1, 1), (3, 2), (5, 10), (300, 75), (20, 400)])
def test_a_world_of_any_size_has_waves(visits: int, days: int) -> None:
    world = world_of(visits=visits, days=days)
    assert all(world.waves)
    assert world.households(0, visits)["first_day"].null_count() == 0


def test_an_account_tells_its_household() -> None:
    world = world_of()
    accounts = world.households(0, 20)["account"].to_list()
    assert [world.number(account) for account in accounts] == list(range(20))
    assert accounts[7] == world.account(7)
