"""A web application whose hooks a test speaks to as providers do."""

from pathlib import Path
from typing import Any

import orjson
from pydantic import SecretStr
from sqlalchemy import select

from doorstep.inbox.keeping import unpacked
from doorstep.inbox.sns import Certificates
from doorstep.settings import Settings
from doorstep.web.room import Room
from tests.inbox.hearing import Ear, H, event
from tests.inbox.signing import NOW, TOPIC, VECTOR_KEY, sendgrid, sns
from tests.web.application import application, browser

TOKEN, SECRET, PUBLIC = "12345", "s3cret-path", "https://meters.example"
MEGABYTE = 1024 * 1024
BODY = orjson.dumps([event("delivered", 1)])
MAIL = {"headers": "Message-ID: <a@example.com>\n", "from": "Ann <ann@example.com>", "to": "meters@northwick.example",
        "envelope": '{"to":["meters@northwick.example"],"from":"ann@example.com"}', "subject": "Hello", "text": "Please call"}


class Desk:
    """A web application with its world."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.ear = Ear(folder)
        self.now = NOW
        said: dict[str, Any] = {"home": folder, "public_url": PUBLIC, "sns_topics": TOPIC,
                                "hook_secret": SecretStr(f"old, {SECRET}"),
                                "sendgrid_event_keys": f"{VECTOR_KEY}, {sendgrid().public}",
                                "twilio_auth_token": SecretStr(TOKEN),
                                **settings}
        room = Room(Settings(**said), self.ear.store, {"northwick": self.ear.rollout}, clock=lambda: self.now)
        self.app = application(room)
        self.app.state.certificates = Certificates(sns().fetch)
        self.web = browser(self.app)

    def kept(self) -> list[tuple[str, str, bytes]]:
        """What was kept: by whom, known by what, and what."""
        with self.ear.store.read() as connection:
            return [(row.source, row.ref, unpacked(row.body)) for row in connection.execute(select(H).order_by(H.c.id))]

    def events(self, body: bytes = BODY, headers: dict[str, str] | None = None) -> int:
        """SendGrid posts events."""
        return int(self.web.post("/hooks/sendgrid/events", content=body,
                                 headers=sendgrid().headers(body) if headers is None else headers).status_code)

    def sns(self, message: dict[str, Any]) -> int:
        """SNS posts a message, as plain text."""
        return int(self.web.post("/hooks/sns", content=orjson.dumps(message), headers={"content-type": "text/plain"}).status_code)

    def mail(self, fields: dict[str, Any] | None = None, *, secret: str = SECRET, **rest: Any) -> int:
        """SendGrid posts a mail."""
        files = {name: (None, value) for name, value in (MAIL if fields is None else fields).items()}
        return int(self.web.post(f"/hooks/sendgrid/inbound/{secret}", files={**files, **rest.pop("files", {})},
                                 **rest).status_code)
