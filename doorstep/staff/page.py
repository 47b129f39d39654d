"""The day's page for staff: who is visited where today, what is known to be wrong, three facts, and what to do and not to do."""

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Row, exists, func, select

from doorstep.delivery.halting import Scope, standstills
from doorstep.errors import WordsError
from doorstep.facts import Facts
from doorstep.model import OPEN, Customer, Feed, Rumour, Visit, table
from doorstep.rollout import Rollout
from doorstep.rollout.load import sentences
from doorstep.staff.script import Scripts
from doorstep.timing import local_day

V, C, F, R = table(Visit), table(Customer), table(Feed), table(Rumour)
DAY = 86400
MOST_AREAS = 20
FACTS = 3
RUMOUR_DAYS = 7          # for so long staff are told of a rumour, answered or not
_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|%~]")


class Today(NamedTuple):
    """What the page is made from, in no language."""

    day: date
    areas: list[tuple[str, int]]             # the busiest first
    elsewhere: int                           # visits in areas that are not named
    stops: list[Scope]
    rumours: list[tuple[str, str]]           # area, topic
    schedule_of: date | None                 # the last schedule taken, where a newer one is held


class PageWords(BaseModel):
    """`templates/staff/page/<language>.toml`: the words around the figures; {…} are filled in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    visits: str
    no_visits: str
    area: str                                # {area} {count}
    elsewhere: str                           # {count}
    everywhere: str
    problems: str
    no_problems: str
    stopped: str                             # {what}
    rumour: str                              # {area} {question} {answer}
    schedule: str                            # {day}
    facts: str
    do_title: str
    do: list[str] = Field(min_length=1)
    dont_title: str
    dont: list[str] = Field(min_length=1)
    wave: str                                # {wave} {first} {last} {count}
    # The fixed lines of the email, in place of a customer's.
    for_staff: str
    quiz: str                                # {pass_mark}
    why_you: str


def today(connection: Connection, rollout: Rollout, now: int) -> Today:
    """The facts of the day of `now`."""
    day = local_day(now, rollout.zone)
    rows = connection.execute(select(C.c.area, func.count()).select_from(V).join(C, C.c.id == V.c.customer_id).where(
        V.c.rollout == rollout.name, V.c.day == str(day), V.c.status.in_(OPEN)).group_by(C.c.area)).tuples().all()
    named = sorted(((area, count) for area, count in rows if area), key=lambda each: (-each[1], each[0]))
    shown = named[:MOST_AREAS]
    rumours = connection.execute(select(R.c.area, R.c.topic).where(
        R.c.rollout == rollout.name, R.c.found_at <= now, R.c.found_at > now - RUMOUR_DAYS * DAY, R.c.state != "dismissed")
        .group_by(R.c.area, R.c.topic).order_by(R.c.area, R.c.topic)).tuples().all()
    return Today(day, shown, sum(count for _, count in rows) - sum(count for _, count in shown),
                 [each.scope for each in standstills(connection, rollout)], list(rumours), _old_schedule(connection, rollout))


def _old_schedule(connection: Connection, rollout: Rollout) -> date | None:
    """The day of the last schedule taken, where a newer file is held: dates may have changed that we do not know of."""
    last = connection.execute(select(F.c.id, F.c.pulled_at).where(
        F.c.rollout == rollout.name, F.c.state.in_(["taken", "accepted"])).order_by(F.c.id.desc()).limit(1)).first()
    held = connection.execute(select(exists().where(
        F.c.rollout == rollout.name, F.c.state == "held", F.c.id > (last.id if last else 0)))).scalar_one()
    return local_day(last.pulled_at, rollout.zone) if last and held else None


def page_words(templates: Path, languages: Sequence[str]) -> PageWords:
    """The page's words in the first of these languages that has some. Raises WordsError."""
    folder = templates / "staff" / "page"
    path = next((folder / f"{code}.toml" for code in languages if (folder / f"{code}.toml").is_file()), None)
    if path is None:
        raise WordsError(f"{folder}: there is no page for staff in {', '.join(languages)}; write {languages[-1]}.toml")
    try:
        return PageWords.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise WordsError([f"{path}: {sentence}" for sentence in sentences(error)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(f"{path}: not TOML: {error}") from error


def as_markdown(said: Today, words: PageWords, scripts: Scripts, facts: Facts, *, wave: Row[Any] | None = None) -> str:
    """The page in a language. `wave` (wave, first, last, visits) is named where the page goes with its briefing."""
    chain = scripts.chain(facts.language)
    parts = [f"## {words.title.format(day=facts.day[str(said.day)])}"]
    if wave is not None:
        parts.append(words.wave.format(wave=_plain(wave.wave), first=facts.day[wave.first], last=facts.day[wave.last],
                                       count=wave.visits))
    parts += [f"### {words.visits}", _listed(_visits(said, words)) or words.no_visits,
              f"### {words.problems}", _listed(_problems(said, words, scripts, facts)) or words.no_problems,
              f"### {words.facts}", _listed(_facts(said.day, scripts, chain)),
              f"### {words.do_title}", _listed(words.do), f"### {words.dont_title}", _listed(words.dont)]
    return "\n\n".join(parts) + "\n"


def _visits(said: Today, words: PageWords) -> list[str]:
    found = [words.area.format(area=_plain(area), count=count) for area, count in said.areas]
    return found + ([words.elsewhere.format(count=said.elsewhere)] if said.elsewhere else [])


def _problems(said: Today, words: PageWords, scripts: Scripts, facts: Facts) -> list[str]:
    chain = scripts.chain(facts.language)
    # What a person wrote as the reason of a stop stays inside: it may name a customer.
    stops = [words.stopped.format(what=_plain(", ".join(filter(None, scope))) or words.everywhere) for scope in said.stops]
    answered = [(area, scripts.answer(topic, chain)) for area, topic in said.rumours]
    rumours = [words.rumour.format(area=_plain(area), question=_whole(answer.question), answer=_whole(answer.short))
               for area, answer in answered if answer]
    old = [words.schedule.format(day=facts.day[str(said.schedule_of)])] if said.schedule_of else []
    return [*stops, *old, *rumours]


def _facts(day: date, scripts: Scripts, chain: Sequence[str]) -> list[str]:
    """Three of the answers, others each day, so that all come round."""
    topics = next((found for code in chain if (found := scripts.answers.topics(code))), [])
    chosen = [topics[(day.toordinal() * FACTS + place) % len(topics)] for place in range(min(FACTS, len(topics)))]
    return [_whole(answer.short) for topic in chosen if (answer := scripts.answer(topic, chain))]


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _whole(text: str) -> str:
    """An answer, which is Markdown already, without what the words' own grammar would read."""
    return text.replace("{", "(").replace("}", ")")


def _plain(text: str) -> str:
    """A name from a feed, without signs that Markdown or the words' own grammar would read."""
    return _SIGNS.sub("", text)
