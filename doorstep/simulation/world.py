"""The made world: households that never were, each known from the seed and its number alone."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import phonenumbers
import polars as pl

from doorstep.rollout import Rollout
from doorstep.simulation.draws import Draws
from doorstep.simulation.names import ANYWHERE, ENGLISH, NAMINGS, STREETS, STREETS_BY_LANGUAGE, TOWNS, Naming
from doorstep.timing import instant

START = dt.date(2027, 1, 18)     # a Monday; 75 days from here cross the start of summer time, Ramadan and Easter
CHUNK = 5_000                    # households looked at together: memory holds a chunk, never the world
LEAD = 35                        # days between the first feed and the first visit, so that 30 days' notice can be kept
WAVE_DAYS = 9
# A reserved domain takes no mail (RFC 2606), so a made-up address can never be somebody's.
DOMAINS = ("example.com", "example.net", "example.org")
NO_EMAIL, BAD_EMAIL, NO_PHONE, BAD_PHONE = 0.14, 0.012, 0.06, 0.01
BAD_EMAILS = ("none@none", "noreply@", "n/a", "ann at example.com", "@example.org")
BAD_PHONES = ("0", "unknown", "12345", "07400 12 / 07400 13")


@dataclass(frozen=True)
class World:
    """A rollout's households, its days and its waves. A day is a whole number, counted from `start`."""

    rollout: Rollout
    visits: int
    days: int
    seed: int
    start: dt.date = START

    @cached_property
    def draws(self) -> Draws:
        """The luck of this world."""
        return Draws(self.seed)

    @cached_property
    def prefix(self) -> str:
        """What every work order number of this world begins with."""
        return self.rollout.name[:2].upper()

    @cached_property
    def commodities(self) -> tuple[str, ...]:
        """What is metered here, the feed's own order."""
        return tuple(dict.fromkeys(self.rollout.file.feed.commodities.values())) or ("electricity",)

    @cached_property
    def waves(self) -> list[list[int]]:
        """Each wave's days of visits, working days only."""
        first = min(LEAD, self.days // 2)
        last = max(first + 1, self.days - 5)
        worked = [day for day in range(first, last) if self.is_working(day)] or [first]
        count = max(1, min(len(worked), (last - first) // WAVE_DAYS))
        return [worked[len(worked) * n // count:len(worked) * (n + 1) // count] for n in range(count)]

    @cached_property
    def next_working(self) -> list[int]:
        """For each day and 150 beyond the end, itself or the first working day after it."""
        following: list[int] = []
        latest = self.days + 160
        for day in range(self.days + 150, -1, -1):
            latest = day if self.is_working(day) else latest
            following.append(latest)
        return following[::-1]

    @cached_property
    def phone_stems(self) -> tuple[str, str]:
        """How a made-up mobile number begins, written abroad and at home; six more digits follow."""
        example = phonenumbers.example_number_for_type(self.rollout.file.country, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            return "+44 7400", "07400"
        at_home = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        return f"+{example.country_code} {str(example.national_number)[:-6]}", re.sub(r"\D", "", at_home)[:-6]

    def is_working(self, day: int) -> bool:
        """Whether installers work on this day."""
        return self.rollout.calendar.is_working(self.date(day))

    def date(self, day: int) -> dt.date:
        """The date of a day of this world."""
        return self.start + dt.timedelta(days=day)

    def day_of(self, date: str) -> int:
        """The day of an ISO date."""
        return (dt.date.fromisoformat(date) - self.start).days

    def at(self, day: int, minutes: int) -> int:
        """The instant of a local time of day."""
        return instant(self.date(day), minutes, self.rollout.zone)

    def account(self, number: int) -> str:
        """The account number of a household."""
        return f"A-{number:07d}"

    def number(self, account: str) -> int:
        """The household of an account number."""
        return int(account[2:])

    def chunks(self) -> Iterator[pl.DataFrame]:
        """All households, a chunk at a time, in the order of their numbers."""
        for first in range(0, self.visits, CHUNK):
            yield self.households(first, min(CHUNK, self.visits - first))

    def households(self, first: int, count: int) -> pl.DataFrame:
        """What never changes about households `first` to `first + count - 1`."""
        frame = pl.select(number=pl.int_range(first, first + count, dtype=pl.UInt32))
        frame = frame.with_columns(**self._traits()).with_columns(**self._spoken())
        return frame.with_columns(**self._contact(), **self._place(), **self._work())

    def _traits(self) -> dict[str, pl.Expr]:
        yes = {"vulnerable": 0.09, "life_support": 0.012, "landlord": 0.07, "business": 0.05, "presence_required": 0.35,
               "two_meters": 0.5 if len(self.commodities) > 1 else 0.06}
        traits = {name: self.draws.share(name) < rate for name, rate in yes.items()}
        return traits | {"prepaid": pl.lit(self.rollout.file.prepaid), "language": self._language(),
                         "wave": self._wave(), "digits": pl.col("number").cast(pl.String).str.zfill(7)}

    def _language(self) -> pl.Expr:
        own, *others = self.rollout.file.languages
        mixed = [own] * max(1, 4 * len(others)) + others * 2
        return self.draws.pick("language", mixed)

    def _wave(self) -> pl.Expr:
        return (pl.col("number").cast(pl.UInt64) * len(self.waves) // self.visits).cast(pl.UInt8)

    def _spoken(self) -> dict[str, pl.Expr]:
        spoken = [(code, NAMINGS.get(code, ENGLISH)) for code in self.rollout.file.languages]
        return {"person": _by_language([(code, self._person(naming)) for code, naming in spoken]),
                "firm": _by_language([(code, self._firm(naming)) for code, naming in spoken]),
                "address": _by_language([(code, self._address(code, naming)) for code, naming in spoken])}

    def _person(self, naming: Naming) -> pl.Expr:
        draws = self.draws
        return pl.concat_str(draws.pick("title", naming.titles), draws.pick("given", naming.given), pl.lit(" "),
                             draws.pick("family", naming.family))

    def _firm(self, naming: Naming) -> pl.Expr:
        firms = [firm.format(family=family) for firm in naming.firms or ENGLISH.firms for family in naming.family]
        return self.draws.pick("firm", firms)

    def _address(self, code: str, naming: Naming) -> pl.Expr:
        streets = STREETS_BY_LANGUAGE.get(code, STREETS)
        before, after = ([part.format(street=street) for street in streets] for part in naming.street.split("{house}"))
        flat = pl.when(self.draws.share("flat") < 0.1).then(pl.lit('Flat 2, "The Maltings", ')).otherwise(pl.lit(""))
        return pl.concat_str(flat, self.draws.pick("street", before), self.draws.between("house", 1, 240),
                             self.draws.pick("street", after))

    def _contact(self) -> dict[str, pl.Expr]:
        name = pl.when("business").then("firm").otherwise("person")
        unnamed = self.draws.share("unnamed") < 0.015
        return {"name": pl.when(unnamed).then(None).otherwise(name), "email": self._email(), "phone": self._phone()}

    def _email(self) -> pl.Expr:
        luck = self.draws.share("has email")
        right = pl.concat_str(pl.lit("customer"), "number", pl.lit("@"), self.draws.pick("domain", DOMAINS))
        bad = self.draws.pick("bad email", BAD_EMAILS)
        return pl.when(luck < NO_EMAIL).then(None).when(luck < NO_EMAIL + BAD_EMAIL).then(bad).otherwise(right)

    def _phone(self) -> pl.Expr:
        luck = self.draws.share("has phone")
        abroad, at_home = self.phone_stems
        stem = pl.when(self.draws.share("phone form") < 0.2).then(pl.lit(abroad)).otherwise(pl.lit(f"{at_home} "))
        right = pl.concat_str(stem, (pl.col("number") % 1_000_000).cast(pl.String).str.zfill(6))
        bad = self.draws.pick("bad phone", BAD_PHONES)
        return pl.when(luck < NO_PHONE).then(None).when(luck < NO_PHONE + BAD_PHONE).then(bad).otherwise(right)

    def _place(self) -> dict[str, pl.Expr]:
        town = self.draws.pick("town", TOWNS.get(self.rollout.file.country, ANYWHERE))
        # ZZ is no postcode area: a letter to it could never arrive anywhere.
        postcode = pl.concat_str(pl.lit("ZZ"), self.draws.between("outward", 10, 99), pl.lit(" "),
                                 self.draws.between("inward", 1, 9), pl.lit("ZZ"))
        return {"town": town, "area": town, "postcode": postcode,
                "premise": pl.concat_str(pl.lit("P"), "digits"), "account": pl.concat_str(pl.lit("A-"), "digits")}

    def _work(self) -> dict[str, pl.Expr]:
        draws = self.draws
        days = [pl.when(pl.col("wave") == n).then(draws.pick("day", days)) for n, days in enumerate(self.waves)]
        return {"first_day": pl.coalesce(days).cast(pl.Int16),
                "power_off_minutes": draws.pick("power off", (15, 20, 20, 30, 45)),
                "duration_minutes": draws.pick("duration", (30, 45, 60, 60, 90)),
                "old_meter": pl.concat_str(pl.lit("E"), draws.between("old meter", 10_000_000, 99_999_999)),
                "new_meter": pl.concat_str(pl.lit("S"), draws.between("new meter", 10_000_000, 99_999_999))}


def _by_language(spoken: list[tuple[str, pl.Expr]]) -> pl.Expr:
    return pl.coalesce([pl.when(pl.col("language") == code).then(text) for code, text in spoken])

