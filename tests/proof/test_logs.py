"""Nobody's name, address or number, and none of our keys, stands anywhere but in the messages and on their envelopes."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from traceback import format_exception
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from sqlalchemy.exc import SQLAlchemyError

from doorstep.channels import open_channels
from doorstep.delivery.lines import Lines
from doorstep.errors import DoorstepError
from doorstep.settings import Settings
from doorstep.store import open_store
from tests.proof.fault_instants import Disk
from tests.proof.fault_night import (
    COUNT,
    NIGHTS,
    PASSWORD,
    Night,
    found_in,
    household,
    northwick,
    providers,
    settings_of,
    written_down,
)
from tests.stubs.server import Seen
from tests.town import MORNING

ROWS = [household(number) for number in range(1, COUNT + 1)]
BAD = [household(50, WO_NUM=""), household(51, INSTALL_DATE="soon"), household(52, STATUS="ZZZ"),
       household(53, EMAIL="zebedee at home", MOBILE="7400 550053, or ask Quillfeather")]


def four_nights(night: Night) -> None:
    """A feed with rows that are refused, one that is held, the messages of two months, and what came back."""
    night.feed("2027-01-05 03:00", [*ROWS, *BAD])
    night.feed("2027-01-06 03:00", [row | {"UPDATED": "2027-01-05T02:00:00Z"} for row in ROWS[:4]])
    for when in NIGHTS:
        for after in (0, 700, 1400):
            night.send(when, after)
    night.hear("2027-03-08 19:00", ["delivered", "bounced", "complained", "stopped", "replied"])
    night.read_books("2027-03-09 08:00")
    assert any("rows_vanished" in each for each in night.said) and any("date_unreadable" in each for each in night.said)


# ---- what is written down ------------------------------------------------------------------------------------

def test_a_rehearsal_writes_nobody_and_no_key_into_log_journal_or_report(
        tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with written_down() as log:
        night = Night(tmp_path, replace(northwick(live=False), plan=northwick().plan[1:]), settings_of(tmp_path))
        night.lines = Lines.of({kind: channels[0] for kind, channels in night.lines.by_kind.items() if kind != "post"})
        four_nights(night)
        night.look("2027-03-09 08:00")
    written = list((tmp_path / "outbox").rglob("*.*"))
    assert len(written) > 2 * COUNT and "Quillfeather1" in b"".join(path.read_bytes() for path in written).decode()
    assert found_in("\n".join([*log.pages, *night.said, *capfd.readouterr(), *map(str, written)])) == []


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Live nights through providers that fail in every way, and name the customer where they say no."""
    folder = tmp_path_factory.mktemp("failing")
    with pytest.MonkeyPatch.context() as patch, written_down() as log, providers(patch) as (mail, amazon, texts):
        mail.faults = lambda number: {2: "500", 3: "429", 5: "502_html", 6: "reset", 7: "accept_then_reset"}.get(number)
        mail.refuse = {"1.1": ("Quillfeather1 <zebedee1@example.net> does not contain a valid address", "to.0.email")}
        amazon.faults = lambda number: {3: "500", 8: "reset"}.get(number, "429" if 12 < number < 16 else None)
        amazon.refuse["+447400550006"] = ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
        night = Night(folder, northwick(), settings_of(folder, mail, texts))
        four_nights(night)
        night.look("2027-03-09 08:00")
        yield log, night, mail, amazon, texts


def test_live_nights_with_every_fault_write_nobody_and_no_key_into_log_journal_or_report(
        failing: Any, capfd: pytest.CaptureFixture[str]) -> None:
    log, night, mail, amazon, texts = failing
    assert min(len(mail.delivered), len(amazon.delivered), len(texts.taken)) > 3 and len(log.pages) > 20
    assert any("Quillfeather" in each.html for each in mail.delivered) and "urllib3" in "".join(log.pages)
    assert found_in("\n".join([*log.pages, *night.said, *capfd.readouterr()])) == []


def test_providers_are_told_who_it_is_for_in_the_envelope_and_nowhere_else(failing: Any) -> None:
    _, _, mail, amazon, texts = failing
    beside = [*map(beside_sendgrid, mail.requests), *map(beside_sms, amazon.requests), *map(beside_twilio, texts.requests)]
    assert '"doorstep":"' in beside[0] and "List-Unsubscribe" in beside[0] and "ref=" in beside[-1]
    assert found_in("\n".join(beside)) == []


def test_ses_is_told_who_it_is_for_in_the_envelope_and_nowhere_else(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with written_down() as log, providers(monkeypatch) as (_, amazon, _):
        amazon.faults = lambda number: {1: "500", 2: "429"}.get(number)
        rollout, settings = northwick(), settings_of(tmp_path)
        night = Night(tmp_path, rollout, settings, Lines.of(open_channels("ses", rollout, settings)))
        four_nights(night)
        assert amazon.delivered and '"doorstep"' in beside_ses(amazon.requests[-1])
        assert found_in("\n".join([*log.pages, *night.said, *map(beside_ses, amazon.requests)])) == []


def around(seen: Seen) -> str:
    """Path and headers of a request, without the key that belongs there."""
    return f"{seen.path} { {name: value for name, value in seen.headers.items() if name != 'authorization'} }"


def beside_sendgrid(seen: Seen) -> str:
    mail = orjson.loads(seen.body)
    people = [{name: value for name, value in person.items() if name not in ("to", "substitutions")}
              for person in mail["personalizations"]]
    shared = {name: value for name, value in mail.items() if name != "personalizations"}
    return orjson.dumps([around(seen), people, shared]).decode()


def beside_ses(seen: Seen) -> str:
    mail = orjson.loads(seen.body)
    entries = [{name: value for name, value in entry.items() if name not in ("Destination", "ReplacementEmailContent")}
               for entry in mail.pop("BulkEmailEntries")]
    return orjson.dumps([around(seen), entries, mail]).decode()


def beside_sms(seen: Seen) -> str:
    text = {name: value for name, value in orjson.loads(seen.body).items() if name != "DestinationPhoneNumber"}
    return orjson.dumps([around(seen), text]).decode()


def beside_twilio(seen: Seen) -> str:
    return f"{around(seen)} { {name: value for name, value in parse_qs(seen.body.decode()).items() if name != 'To'} }"


# ---- what goes wrong -----------------------------------------------------------------------------------------

def as_csv(*rows: dict[str, str], **columns: str) -> bytes:
    named = {columns.get(name, name): None for name in rows[0]}
    return "\r\n".join([",".join(named), *(",".join(row.values()) for row in rows)]).encode()


@pytest.mark.parametrize(("name", "content"), [
    ("no-status.csv", as_csv(*ROWS, STATUS="STATE")),
    ("no-header.csv", as_csv(*ROWS).partition(b"\r\n")[2]),
    ("cut-short.csv.gz", gzip.compress(as_csv(*ROWS))[:-40]),
    ("open-quote.csv", as_csv(*ROWS, household(60, CUSTOMER='"Mx Quillfeather60'))),
    ("latin.csv", as_csv(*ROWS, household(60, CUSTOMER="Zoë Quillfeather60")).replace("ë".encode(), b"\xeb")),
    ("no-workbook.xlsx", as_csv(*ROWS)),
    ("no-json.json", as_csv(*ROWS)),
    ("null.csv", as_csv(*ROWS).replace(b"Larkspur", b"Lark\0spur")),
])
def test_a_feed_that_cannot_be_read_is_told_of_without_its_rows(tmp_path: Path, name: str, content: bytes) -> None:
    with written_down() as log:
        night = Night(tmp_path, northwick(), settings_of(tmp_path))
        night.feed("2027-01-05 03:00", content, name)
    assert night.said and found_in("\n".join([*log.pages, *night.said])) == []


@pytest.mark.parametrize("provider", ["sendgrid", "ses", "aws_sms", "twilio", "africastalking"])
@pytest.mark.parametrize("trouble", ["401", "nobody"])
def test_a_provider_that_will_not_have_us_is_told_of_without_our_key(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, trouble: str) -> None:
    with written_down() as log, providers(monkeypatch) as (mail, amazon, texts):
        stubs = {"sendgrid": mail, "twilio": texts, "africastalking": mail}
        stub = stubs.get(provider, amazon)
        stub.faults = lambda number: trouble
        settings = settings_of(tmp_path, mail, texts).model_copy(update={"africastalking_api_url": mail.url})
        if trouble == "nobody":
            stub.stop()
        rollout = northwick()
        night = Night(tmp_path, rollout, settings, Lines.of(open_channels(provider, rollout, settings)))
        night.feed("2027-01-05 03:00", ROWS)
        night.send(MORNING)
        night.read_books(MORNING)
        assert "held=0" not in night.said[1] and provider in "".join(night.said)
        assert found_in("\n".join([*log.pages, *night.said])) == []


def test_a_database_that_does_not_answer_is_told_of_without_its_password() -> None:
    settings = Settings(database_url=f"postgresql+psycopg://doorstep:{PASSWORD}@127.0.0.1:9/doorstep")
    with written_down() as log, pytest.raises(DoorstepError, match="DOORSTEP_DATABASE_URL") as error:
        open_store(settings)
    assert found_in("\n".join([*log.pages, *format_exception(error.value)])) == []


def test_a_database_that_breaks_off_is_told_of_without_the_values_of_its_statements(tmp_path: Path) -> None:
    night = Night(tmp_path, northwick(live=False), settings_of(tmp_path))
    night.feed("2027-01-05 03:00", ROWS)
    night.store.close()
    disk = Disk(night.store)
    night.send("2027-01-08 08:00")
    disk.fill()
    with written_down() as log, pytest.raises((SQLAlchemyError, DoorstepError), match="disk is full") as error:
        for when in NIGHTS:
            night.send(when)
    night.note(error.value)
    assert found_in("\n".join([*log.pages, night.said[-1]])) == []
