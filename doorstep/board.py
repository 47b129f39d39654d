"""The board: what a community may know of the coming weeks, as a JSON feed, an RSS feed and texts ready to post.

Areas, counts and dates only, never a household: an area with few visits is told together with others, or not at all.
"""

import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from jinja2 import TemplateError
from sqlalchemy import ColumnElement, func, literal_column, select

from doorstep.errors import WordsError
from doorstep.facts.clean import clean, is_rtl
from doorstep.model import Customer, Status, Visit, table
from doorstep.rollout import Rollout
from doorstep.store import Store
from doorstep.timing import local_day
from doorstep.words import Library, markdown
from doorstep.words.dress import dress_one
from doorstep.words.grammar import template

WEEKS = 8
FEWEST = 10                  # homes; an area with fewer could single somebody out
HEADS = ("Feed", "Elsewhere", "Subject", "Post")
# The names that the words of the board may use in {{ }}, and those in {% if %}.
TEXTS = ("area.name", "area.first_day", "area.last_day", "area.homes", "utility.name", "utility.phone", "utility.website",
         "installer.name", "rollout.refusal_fee")
SWITCHES = ("area.one_day", "rollout.refusal_allowed", "rollout.refusal_fee_due")
V, C = table(Visit), table(Customer)
# No bound value: PostgreSQL would not know the expression again in GROUP BY.
_NONE: ColumnElement[str] = literal_column("''")


class Area(NamedTuple):
    """What is planned in one area; one without a name is all the small ones together."""

    name: str
    first: str               # ISO days
    last: str
    homes: int


class Told(NamedTuple):
    """One area's notice in one language."""

    id: str                  # the same for the area whatever its dates
    tag: str
    title: str
    post: str                # one short text for social media
    text: str
    html: str


@dataclass(frozen=True)
class Words:
    """The words of the board in one language."""

    path: Path
    language: str
    heads: Mapping[str, str]
    body: str


def write_board(store: Store, rollout: Rollout, *, library: Library, now: int, out: Path, weeks: int = WEEKS) -> list[Path]:
    """Write <out>/<language>/board.json, .xml and .txt for each language that has words; the files written.

    Raises WordsError naming what is wrong with the words."""
    areas = coming_areas(store, rollout, now=now, weeks=weeks)
    written: list[Path] = []
    for words in read_words(library.folder / "layouts" / "board", rollout):
        for name, content in board_files(rollout, library, words, areas, now=now).items():
            place = out / words.language / name
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f".{name}")
            beside.write_bytes(content)
            written.append(beside.replace(place))
    return written


def coming_areas(store: Store, rollout: Rollout, *, now: int, weeks: int = WEEKS) -> list[Area]:
    """The areas with visits from today on, those with few of them put together; the soonest first."""
    today = local_day(now, rollout.zone)
    until = today + timedelta(weeks=weeks)
    place = func.coalesce(func.nullif(func.trim(C.c.area), _NONE), func.nullif(func.trim(C.c.town), _NONE), _NONE)
    found = (select(place, func.min(V.c.day), func.max(V.c.day), func.count(C.c.premise.distinct()))
             .join(C, C.c.id == V.c.customer_id)
             .where(V.c.rollout == rollout.name, V.c.status.in_([Status.PLANNED, Status.BOOKED]),
                    V.c.day >= today.isoformat(), V.c.day < until.isoformat()).group_by(place))
    with store.read() as connection:
        areas = _together(Area(clean(name), first, last, homes) for name, first, last, homes in connection.execute(found))
    return sorted(_safe(areas), key=lambda area: (area.first, area.last, area.name))


def _together(areas: Iterable[Area]) -> list[Area]:
    """Areas whose names differ only in case are one."""
    found: dict[str, Area] = {}
    for area in sorted(areas):
        known = found.get(area.name.casefold(), area._replace(homes=0))
        found[area.name.casefold()] = Area(known.name, min(known.first, area.first), max(known.last, area.last),
                                           known.homes + area.homes)
    return list(found.values())


def _safe(areas: Sequence[Area]) -> list[Area]:
    """The small ones, and those that have no name, as one; where even together they are few, nothing is said of them."""
    large = [area for area in areas if area.name and area.homes >= FEWEST]
    small = [area._replace(name="") for area in areas if area not in large]
    return large + [area for area in _together(small) if area.homes >= FEWEST]


def read_words(folder: Path, rollout: Rollout) -> list[Words]:
    """The words of the board in each language of the rollout that has them."""
    paths = {language: path for language in rollout.file.languages
             if (path := folder / f"{language}.md").is_file() or (path := folder / f"{language.split('_')[0]}.md").is_file()}
    if not paths:
        raise WordsError(f"{folder}: no words for the board in any language of {rollout.name}; write "
                         f"{rollout.file.languages[0]}.md there")
    return [_read(path, language) for language, path in paths.items()]


def _read(path: Path, language: str) -> Words:
    head, _, body = path.read_text("utf-8-sig").partition("\n\n")
    heads = {name.strip(): said.strip() for name, _, said in (line.partition(":") for line in head.splitlines())}
    wrong = [name for name in HEADS if not heads.get(name)] or [name for name in heads if name not in HEADS]
    if wrong or not body.strip():
        raise WordsError(f"{path}: {wrong[0] + ':' if wrong else 'the body'} is missing or not known; begin with the lines "
                         f"{', '.join(HEADS)}, then a blank line and the body")
    return Words(path, language, heads, body)


def board_files(rollout: Rollout, library: Library, words: Words, areas: Sequence[Area], *, now: int) -> dict[str, bytes]:
    """The three files by name. The same areas at the same moment make the same bytes."""
    told = [_tell(rollout, library, words, area) for area in areas]
    site = rollout.file.utility.website
    site = site if "://" in site else f"https://{site}"
    name = clean(rollout.in_language(rollout.file.utility.name, words.language))
    moment = datetime.fromtimestamp(now, rollout.zone)
    title = f"{name} · {words.heads['Feed']}"
    return {"board.json": _json(told, words, title, site, moment), "board.xml": _rss(told, words, title, site, moment),
            "board.txt": "\n\n* * *\n\n".join([title, *(f"{each.title}\n\n{each.post}\n\n{each.text}" for each in told)])
            .encode() + b"\n"}


def _tell(rollout: Rollout, library: Library, words: Words, area: Area) -> Told:
    facts, rtl = library.facts(rollout, words.language), is_rtl(words.language)
    texts = {"area.name": area.name or words.heads["Elsewhere"], "area.first_day": facts.day[area.first],
             "area.last_day": facts.day[area.last], "area.homes": str(area.homes // 10 * 10),
             **{name: facts.constants[name] for name in TEXTS if name in facts.constants}}
    switches = {"area.one_day": area.first == area.last, "rollout.refusal_allowed": rollout.file.refusal_allowed,
                "rollout.refusal_fee_due": bool(rollout.file.refusal_fee)}
    plain = {name: dress_one("plain", text, rtl=rtl) for name, text in texts.items()}
    page = {name: dress_one("html", text, rtl=rtl) for name, text in texts.items()}
    title, post, body = (_marked(words, said, switches) for said in (words.heads["Subject"], words.heads["Post"], words.body))
    tokens = markdown.parse(body.said)
    text = body.filled(markdown.text(tokens), plain)
    return Told(f"{rollout.name}-{sha256(area.name.casefold().encode()).hexdigest()[:16]}", texts["area.name"],
                title.filled(title.said, plain), post.filled(post.said, plain), text,
                f'<div lang="{words.language.replace("_", "-")}" dir="{"rtl" if rtl else "ltr"}">'
                f"{body.filled(markdown.html(tokens, rtl=rtl), page)}</div>")


class _Marked(NamedTuple):
    """Words with a mark for each text: an area's name never meets Markdown, it comes after."""

    said: str
    mark: re.Pattern[str]

    def filled(self, made: str, texts: Mapping[str, str]) -> str:
        return self.mark.sub(lambda found: texts[TEXTS[int(found[1])]], made).strip()


def _marked(words: Words, said: str, switches: Mapping[str, bool]) -> _Marked:
    prefix = f"m{secrets.token_hex(8)}n"
    named: dict[str, str | bool] = {name: f"{prefix}{number}e" for number, name in enumerate(TEXTS)}
    context: dict[str, dict[str, str | bool]] = {}
    for name, value in {**named, **switches}.items():
        owner, _, attribute = name.partition(".")
        context.setdefault(owner, {})[attribute] = value
    try:
        rendered = template(said).render(context)
    except TemplateError as error:
        raise WordsError(f"{words.path}: {error}; the board's words may use {', '.join(TEXTS)}, and in {{% if %}} "
                         f"{', '.join(SWITCHES)}") from error
    return _Marked(rendered, re.compile(prefix + r"(\d+)e"))


def _json(told: Sequence[Told], words: Words, title: str, site: str, moment: datetime) -> bytes:
    """https://www.jsonfeed.org/version/1.1/"""
    items = [{"id": each.id, "url": site, "title": each.title, "summary": each.post, "content_html": each.html,
              "content_text": each.text, "date_modified": moment.isoformat(), "tags": [each.tag]} for each in told]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": title, "home_page_url": site,
            "language": words.language.replace("_", "-"), "items": items}
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _rss(told: Sequence[Told], words: Words, title: str, site: str, moment: datetime) -> bytes:
    """https://www.rssboard.org/rss-specification"""
    rss = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(rss, "channel")
    dated = format_datetime(moment)
    for name, said in (("title", title), ("link", site), ("description", title), ("language", words.language.replace("_", "-")),
                       ("lastBuildDate", dated)):
        Xml.SubElement(channel, name).text = said
    for each in told:
        item = Xml.SubElement(channel, "item")
        for name, said in (("title", each.title), ("link", site), ("description", each.html), ("category", each.tag),
                           ("pubDate", dated)):
            Xml.SubElement(item, name).text = said
        Xml.SubElement(item, "guid", isPermaLink="false").text = each.id
    Xml.indent(rss, " ")
    made: bytes = Xml.tostring(rss, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
