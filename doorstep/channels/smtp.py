"""Any mail server: emails handed over one after another on one kept connection.

The server's 250 after the final dot is the only promise. Before the dot nothing can have been taken; a connection that is
lost after it leaves the message unknown. Each message has a return path of its own, so that a bounce names the attempt.
"""

import re
import smtplib
import ssl
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import Field

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._email import email_of, message_id
from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.mail import address_is_fit
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Shape
from doorstep.settings import Settings

NEEDS = ("smtp_url",)
_SAID = {"away": "the mail server cannot be reached", "busy": "the mail server is busy",
         "auth": "the mail server refuses us: the user, the password, the sender or the connection"}
_CLOSING = 421                      # the server says so at any moment, and hangs up
_TOO_LARGE = 552
_NO_RELAY = re.compile(rb"(?i)relay(ing)? (access )?(is )?(denied|not|prohibited)|"
                       rb"(unable|not (allowed|permitted)) to relay").search
_LINE_START = re.compile(rb"(?m)^\.")


class Config(Shape):
    """`[providers.smtp]` of a rollout file."""

    return_path_domain: str = Field(default="", pattern=r"^([A-Za-z0-9-]+\.)*[A-Za-z0-9-]*$",
                                    description="bounces go to bounce+<notice>-<attempt>@ this domain; else to the utility")
    starttls: bool | None = Field(default=None, description="smtp:// only: true demands it, false never asks for it; where not "
                                                            "set it is used if offered, and demanded before a password is said")
    timeout_seconds: float = Field(default=30, gt=0, le=600)


class Server(NamedTuple):
    """What SMTP_URL says."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"      # never the password


class _Trouble(Exception):
    """The server takes nothing from us now, whoever it is for; the text is the code of a Transient."""


class _Cut(Exception):
    """The connection ended before the message was taken; the text is the code of a Transient."""


class Smtp:
    """The email channel of one rollout."""

    provider = "smtp"
    kind = "email"
    batch_size = 100
    exactly_once = False

    def __init__(self, rollout: Rollout, config: Config, server: Server | None) -> None:
        self.rollout = rollout
        self.config = config
        self._server = server
        self._domain = rollout.file.utility.email.partition("@")[2]
        self._connection: smtplib.SMTP | None = None
        self._lock = Lock()         # one conversation at a time

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the items over one by one; trouble with the server ends it, a no to one customer does not."""
        if not items:
            return []
        if self._server is None:
            raise Transient("SMTP_URL is not set", code="auth")
        outcomes: list[Outcome] = []
        with self._lock:
            try:
                for item in items:
                    outcomes.append(self._deliver(item, now, self._server))
                    if outcomes[-1].state == "unknown":
                        raise _Trouble("busy")
            except _Trouble as trouble:
                self._hang_up()
                code = str(trouble)
                if not any(outcome.state in ("accepted", "unknown") for outcome in outcomes):
                    raise Transient(_SAID[code], code=code) from None
                outcomes += [Outcome(item.notice_id, "throttled", code=code) for item in items[len(outcomes):]]
        return outcomes

    def return_path(self, item: Item) -> str:
        """Where a bounce of this attempt goes: bounce+7-1@... for the first attempt of notice 7."""
        domain = self.config.return_path_domain
        return f"bounce+{item.ref.replace('.', '-')}@{domain}" if domain else self.rollout.file.utility.email

    def _deliver(self, item: Item, now: int, server: Server) -> Outcome:
        try:
            content = email_of(item, self.rollout, now)
        except Permanent:
            return Outcome(item.notice_id, "refused", code="address")
        except ValueError:
            return Outcome(item.notice_id, "refused", code="words")
        kept, self._connection = self._connection, self._connection or self._connect(server)
        try:
            return self._talk(self._connection, item, content)
        except _Cut as cut:
            if not kept:
                raise _Trouble(str(cut)) from None
        # Servers close a connection that was idle, or has carried enough: nothing was taken, so a new one may try.
        self._hang_up()
        self._connection = self._connect(server)
        try:
            return self._talk(self._connection, item, content)
        except _Cut as cut:
            raise _Trouble(str(cut)) from None

    def _talk(self, connection: smtplib.SMTP, item: Item, content: bytes) -> Outcome:
        """One message. Raises _Cut if the connection ends before it is taken, _Trouble if the server wants nobody's."""
        try:
            no = self._announce(connection, item, len(content))
            if no is None:
                connection.send(_LINE_START.sub(b"..", content) + b".\r\n")
        except (smtplib.SMTPException, OSError) as error:
            raise _Cut("away") from error       # if sending fails, the dot was not sent: it is the last that is sent
        if no is not None:
            return self._said_no(connection, item, no)
        try:
            code = connection.getreply()[0]
        except (smtplib.SMTPException, OSError) as error:
            slow = isinstance(error.__context__, TimeoutError)
            return Outcome(item.notice_id, "unknown", code="timeout" if slow else "reset")
        if code == 250:
            return Outcome(item.notice_id, "accepted", message_id(item, self.rollout))
        return self._said_no(connection, item, code) if code >= 400 else Outcome(item.notice_id, "unknown", code="unreadable")

    def _announce(self, connection: smtplib.SMTP, item: Item, size: int) -> int | None:
        """MAIL, RCPT, DATA: None if the server waits for the message, else the code of its no."""
        code, said = connection.mail(self.return_path(item), [f"size={size}"] if connection.has_extn("size") else [])
        if code not in (250, _CLOSING, _TOO_LARGE):
            raise _whole(code)
        if code == 250:
            code, said = connection.rcpt(item.to)
            if code in (530, 535) or (code >= 500 and _NO_RELAY(said)):
                raise _Trouble("auth")       # it would say so whoever the customer was
        if code in (250, 251, 252):
            code, said = connection.docmd("DATA")
        return None if code == 354 else code

    def _said_no(self, connection: smtplib.SMTP, item: Item, code: int) -> Outcome:
        if code == _CLOSING or code < 400:
            raise _Cut("busy" if code == _CLOSING else "away")
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self._hang_up()
        return Outcome(item.notice_id, "refused" if code >= 500 else "throttled", code=f"smtp_{code}")

    def _connect(self, server: Server) -> smtplib.SMTP:
        try:
            return self._opened(server)
        except smtplib.SMTPResponseException as error:
            raise _whole(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise _Trouble("auth") from None
        except (smtplib.SMTPException, OSError, ValueError):
            raise _Trouble("away") from None

    def _opened(self, server: Server) -> smtplib.SMTP:
        name = self.config.return_path_domain or self._domain      # smtplib would look ours up by DNS
        timeout = self.config.timeout_seconds
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, local_hostname=name, timeout=timeout,
                                                        context=ssl.create_default_context())
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if not server.tls and self._wants_tls(server, connection):
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _wants_tls(self, server: Server, connection: smtplib.SMTP) -> bool:
        demanded = bool(server.user) if self.config.starttls is None else self.config.starttls
        return demanded or (self.config.starttls is None and connection.has_extn("starttls"))

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _whole(code: int) -> _Trouble:
    """A no that is about us, not about a customer."""
    return _Trouble("auth" if code >= 500 else "busy")


def _server(settings: Settings) -> Server | None:
    url = settings.smtp_url.get_secret_value().strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        tls, user = parts.scheme == "smtps", unquote(parts.username or "")
        port = parts.port or (465 if tls else 587 if user else 25)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError
    except ValueError:
        raise ConfigError("SMTP_URL is not the address of a mail server; write one like "
                          '"smtps://user:password@mail.example:465", with %40 for @ and %2F for / in a password') from None
    return Server(parts.hostname, port, tls, user, unquote(parts.password or ""))


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """Email; server and password come from the environment, everything else from the rollout file."""
    if not address_is_fit(rollout.file.utility.email):
        place = rollout.config_path or rollout.name
        raise ConfigError(f"{place}: utility.email: no mail server takes this as a sender; write one plain address")
    return {"email": Smtp(rollout, configured(rollout, "smtp", Config), _server(settings))}
