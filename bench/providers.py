"""Handing over to providers' stand-ins: the whole way from claim to record, with real requests over the loopback."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bench.making import NOON, at, make_visits, northwick, plan_reminders
from bench.standing import counted, standing_in
from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import Lines, open_lines
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.words import Library
from tests.stubs.sendgrid import KEY

AWS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "eu-west-2"}


def live(kind: str, provider: str, **config: Any) -> Rollout:
    """The rollout with one sender."""
    rollout = northwick()
    return replace(rollout, file=rollout.file.model_copy(update={
        "live": True, "senders": {kind: [provider]}, "providers": {provider: config}}))


def planned(folder: Path, count: int, *, sql: str = "", now: str = NOON) -> Store:
    """A database of `count` visits that are due their reminder; `sql` changes the customers first."""
    make_visits(folder / "d.db", count)
    store = Store(f"sqlite:///{folder / 'd.db'}")
    if sql:
        with store.write() as connection:
            connection.exec_driver_sql(sql)
    plan_reminders(store, northwick(), count, now)
    return store


def handed(store: Store, rollout: Rollout, lines: Lines, count: int, now: str = NOON) -> float:
    """The seconds that handing over takes."""
    began: list[float] = []
    sent = handed_by(store, rollout, lines, at(now), lambda: began.append(time.perf_counter()))
    assert sent.sent == count, sent
    return time.perf_counter() - began[0]


def handed_by(store: Store, rollout: Rollout, lines: Lines, now: int, ready: Callable[[], object]) -> Sent:
    """Hand over what is due, when `ready` returns."""
    library = Library.load(Settings().templates)
    ready()
    return send_due(store, rollout, library=library, lines=lines, now=now)


def sendgrid(folder: Path, notices: int) -> tuple[float, int]:
    """Emails to SendGrid's stand-in, a thousand a request."""
    store = planned(folder, notices)
    with standing_in("sendgrid") as url:
        rollout = live("email", "sendgrid")
        settings = Settings(home=folder, sendgrid_api_url=url, sendgrid_api_key=SecretStr(KEY))
        seconds = handed(store, rollout, open_lines(rollout, settings), notices)
        assert counted(url) == notices
    return seconds, notices


def ses(folder: Path, notices: int) -> tuple[float, int]:
    """Emails to the stand-in of SES, fifty a request."""
    return _aws(folder, notices, "email", "ses", "SESV2", "", {})


def texts(folder: Path, notices: int) -> tuple[float, int]:
    """Text messages to the stand-in of AWS, each a request."""
    return _aws(folder, notices, "sms", "aws_sms", "PINPOINT_SMS_VOICE_V2", "UPDATE customer SET prefers='sms'",
                {"origination": {"default": "+447400000000"}})


def _aws(folder: Path, notices: int, kind: str, provider: str, service: str, sql: str,
         config: dict[str, Any]) -> tuple[float, int]:
    store = planned(folder, notices, sql=sql)
    with standing_in("aws") as url:
        os.environ.update({f"AWS_ENDPOINT_URL_{service}": url, **AWS})
        rollout = live(kind, provider, **config)
        seconds = handed(store, rollout, open_lines(rollout, Settings(home=folder)), notices)
        assert counted(url) == notices
    return seconds, notices


def letters(folder: Path, notices: int) -> tuple[float, int]:
    """Letters in batches of five hundred, each a PDF with its manifest, in one process."""
    early = "2027-02-11 10:00"
    store = planned(folder, notices, sql="UPDATE customer SET prefers='post'", now=early)
    rollout = live("post", "print_house")
    return handed(store, rollout, open_lines(rollout, Settings(home=folder)), notices, early), notices

