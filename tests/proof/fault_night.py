"""A night of a rollout whose customers and keys can be told from everything else, with each word that anybody wrote about it."""

import logging
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from pydantic import SecretStr

from doorstep.channels.calls import worklist
from doorstep.delivery import send_due
from doorstep.delivery.arithmetic import mismatches
from doorstep.delivery.halting import standstills
from doorstep.delivery.lines import Lines, open_lines
from doorstep.delivery.resting import in_words
from doorstep.errors import DoorstepError
from doorstep.exports import write_csv
from doorstep.forecast import Person, people
from doorstep.inbox.events import Event, record_events
from doorstep.kpis import measure
from doorstep.planning import plan_phase
from doorstep.report import write_report
from doorstep.rollout import Rollout, load_rollout
from doorstep.schedule import export_refused, pull
from doorstep.settings import CHECKOUT, Settings
from tests.flows.feeds import COLUMNS, write
from tests.making import at, make_store
from tests.stubs import africastalking, sendgrid, twilio
from tests.stubs.aws import AwsStub
from tests.stubs.sendgrid import SendGridStub
from tests.stubs.server import Reply, Seen
from tests.stubs.twilio import TwilioStub
from tests.town import LIBRARY

AWS_SECRET, SIGNING, PASSWORD = "aws-secret-Wq7Rk2", "signing-secret-Jm4Tz9", "hunter2-Vb8"
SECRETS = (sendgrid.KEY, twilio.TOKEN, africastalking.KEY, AWS_SECRET, SIGNING, PASSWORD)
PLAN = ("what-and-why", "formal-notice", "reminder", "day-before", "new-date", "visit-cancelled", "meter-fitted", "needs-check")
LIVE = {"email": ["sendgrid"], "sms": ["aws_sms", "twilio"], "call": ["calls"]}
NIGHTS = ("2027-01-08 09:00", "2027-02-07 09:00", "2027-02-22 09:00", "2027-03-08 17:00")
COUNT = 24


def household(number: int, **changes: str) -> dict[str, str]:
    """A row of the feed; every third has no address for email, every eighth needs a call."""
    return {**dict.fromkeys(COLUMNS, ""), "WO_NUM": f"NW{number:07d}", "PREMISE": f"{900000 + number}",
            "ACCT": f"A-{number:05d}", "CUSTOMER": f"Mx Quillfeather{number}",
            "EMAIL": f"zebedee{number}@example.net" if number % 3 else "", "MOBILE": f"07400 55{number:04d}", "LANG": "en",
            "ADDR1": f"{number} Larkspur Row", "TOWN": "Winterbourne", "POSTCODE": "QZ9 4XX", "WAVE": "W01", "FUEL": "ELEC",
            "OLD_SERIAL": f"E{number:08d}", "INSTALL_DATE": "09/03/2027", "SLOT": "AM", "STATUS": "PLANNED",
            "PSR": "Y" if number % 8 == 0 else "N", "LIFE_SUPPORT": "N", "TENURE": "OCCUPIER", "SECTOR": "DOM",
            "UPDATED": "2027-01-04T02:00:00Z", **changes}


PERSONAL = re.compile(r"quillfeather|zebedee|larkspur|winterbourne|QZ9|7400\W?5500[0-2]\d", re.IGNORECASE)


def found_in(text: str) -> list[str]:
    """Every name, address, number and secret that stands in a text."""
    return [*PERSONAL.findall(text), *(secret for secret in SECRETS if secret in text)]


def settings_of(folder: Path, sendgrid_stub: SendGridStub | None = None, twilio_stub: TwilioStub | None = None) -> Settings:
    return Settings(
        home=folder, outbox=folder / "outbox", public_url="https://notices.northwick.example", secret_key=SecretStr(SIGNING),
        sendgrid_api_key=SecretStr(sendgrid.KEY), sendgrid_api_url=sendgrid_stub.url if sendgrid_stub else "",
        twilio_account_sid=twilio.ACCOUNT, twilio_auth_token=SecretStr(twilio.TOKEN),
        twilio_api_url=twilio_stub.url if twilio_stub else "", africastalking_username="northwick",
        africastalking_api_key=SecretStr(africastalking.KEY))


def northwick(*, live: bool = True, **changes: Any) -> Rollout:
    """The shipped rollout with the plan of these tests."""
    whole = _shipped()
    tables = {"sendgrid": {"timeout_seconds": 0.3}, "aws_sms": {"timeout_seconds": 0.3, "at_once": 1},
              "twilio": {"timeout_seconds": 0.3, "at_once": 1, "messaging_service": twilio.SERVICE}, "ses": {}}
    file = whole.file.model_copy(update={"live": live, "senders": LIVE if live else {}, "providers": tables, **changes})
    return replace(whole, file=file, plan=tuple(row for row in whole.plan if row.notice in PLAN))


@cache
def _shipped() -> Rollout:
    return load_rollout(CHECKOUT / "config", "northwick")


class Talkative(TwilioStub):
    """It names the customer when it says no."""

    def answer(self, seen: Seen) -> Reply:
        to = parse_qs(seen.body.decode())["To"][0]
        if to.endswith("7"):
            return Reply(400, {"Content-Type": "application/json"},
                         orjson.dumps({"code": 21614, "message": f"To number {to} is not a mobile number", "status": 400}))
        return super().answer(seen)


class Scribe(logging.Handler):
    """Keeps each record whole: the words, what was given beside them, and the story of an error."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.pages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        story = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.pages.append(f"{record.getMessage()} {record.__dict__!r} {story}")


@contextmanager
def written_down() -> Iterator[Scribe]:
    """Everything that is logged, at DEBUG, from everywhere."""
    scribe, root = Scribe(), logging.getLogger()
    before = root.level
    root.addHandler(scribe)
    root.setLevel(logging.DEBUG)
    try:
        yield scribe
    finally:
        root.removeHandler(scribe)
        root.setLevel(before)


class Night:
    """A rollout's nights, from the feed to the report; `said` is what was told to people who run it."""

    def __init__(self, folder: Path, rollout: Rollout, settings: Settings, lines: Lines | None = None) -> None:
        self.folder, self.rollout, self.settings = folder, rollout, settings
        self.store = make_store(folder)
        self.lines = lines or open_lines(rollout, settings)
        self.said: list[str] = []

    def feed(self, when: str, rows: Sequence[Mapping[str, str]] | bytes, name: str = "") -> None:
        """Pull a file; what comes of it, or goes wrong with it, is noted."""
        path = self.folder / (name or f"northwick-{when.translate(str.maketrans(': ', '--'))}.csv")
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        else:
            write(path, rows)
        try:
            reports = pull(self.store, self.rollout, settings=self.settings, now=at(when, self.rollout), file=path)
            self.said += [repr(each) for each in reports]
        except DoorstepError as error:
            self.note(error)

    def note(self, error: BaseException) -> None:
        """An error as it would stand in a log, with all that led to it."""
        logging.getLogger("night").error("a step failed", exc_info=error)
        self.said.append("".join(traceback.format_exception(error)))

    def send(self, when: str, after: int = 0) -> None:
        now = at(when, self.rollout) + after
        plan_phase(self.store, self.rollout, phase=None, now=now)
        self.said.append(repr(send_due(self.store, self.rollout, library=LIBRARY, lines=self.lines, now=now)))

    def hear(self, when: str, kinds: Sequence[str]) -> None:
        """Something comes back for the first notices that were sent."""
        now = at(when, self.rollout)
        with self.store.read() as connection:
            sent = connection.exec_driver_sql("SELECT id FROM notice WHERE state = 'accepted' ORDER BY id").scalars().all()
        events = [Event(kind, number, now, f"{kind} {number}", "hard" if kind == "bounced" else None)
                  for kind, number in zip(kinds, sent, strict=False)]
        record_events(self.store, self.rollout, events, now)

    def look(self, when: str) -> None:
        """Measure and report, and read the books and the list of what is due."""
        now = at(when, self.rollout)
        self.said += [repr(value) for value in measure(self.store, self.rollout, now=now)]
        self.said.append(write_report(self.store, self.rollout, now=now, out=self.folder / "report.html").read_text("utf-8"))
        self.said.append(self.due(when).read_text("utf-8"))
        self.read_books(when)

    def read_books(self, when: str) -> None:
        """What the database keeps about the work itself, and what it makes of that for people."""
        with self.store.read() as connection:
            self.said += [*mismatches(connection, self.rollout, at(when, self.rollout)), *in_words(connection, self.rollout),
                          repr(standstills(connection, self.rollout))]
            for records in ("journal", "feed", "rest", "score", "sourcemark"):
                self.said += [repr(row) for row in connection.exec_driver_sql(f"SELECT * FROM {records}")]

    def due(self, when: str) -> Path:
        """The list of what is due in the days to come: without a name."""
        place = self.folder / "due.csv"
        write_csv(place, Person._fields, people(self.store, self.rollout, now=at(when, self.rollout), days=10))
        return place

    def lists(self, when: str) -> list[Path]:
        """Every list that we write: whom to call, what to mend, what is due."""
        calls, refused = self.folder / "calls.csv", self.folder / "refused.csv"
        worklist(self.store, self.rollout, self.settings, now=at(when, self.rollout), out=calls)
        export_refused(self.store, self.rollout, refused)
        return [calls, refused, self.due(when)]


@contextmanager
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SendGridStub, AwsStub, TwilioStub]]:
    """SendGrid, Amazon and Twilio on loopback."""
    with SendGridStub() as mail, AwsStub() as amazon, Talkative() as texts, amazon.surroundings():
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
        yield mail, amazon, texts
