"""What providers tell us: each hook proves who speaks, keeps what came as it came, and answers; the work is done later.

Whoever is not proven hears 403 and nothing more. What a provider would not send again after a 4xx is answered with 503 as
long as there is any doubt whose fault it is.
"""

import hmac
import logging
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from doorstep.errors import ConfigError
from doorstep.inbox import sendgrid_inbound, sms_events, sns
from doorstep.inbox.keeping import AFRICASTALKING, SENDGRID_EVENTS, SENDGRID_INBOUND, SNS, TWILIO, Arrival, keep
from doorstep.inbox.news import reference
from doorstep.inbox.sendgrid_events import is_list, is_signed, keys_of
from doorstep.web.room import Here, Room

router = APIRouter(prefix="/hooks")
log = logging.getLogger(__name__)
MOST_MAIL = 31 * 1024 * 1024
OURS = sns.Certificates()


async def _certificates(request: Request) -> sns.Certificates:
    """SNS's certificates; an application may bring its own."""
    found: sns.Certificates = getattr(request.app.state, "certificates", OURS)
    return found


@router.post("/sendgrid/events")
async def sendgrid_events(request: Request, room: Here) -> Response:
    """SendGrid's Event Webhook, signed."""
    body = await request.body()
    try:
        keys = keys_of(room.settings.sendgrid_event_keys)
    except ConfigError as error:
        return _in_doubt(str(error))
    said = request.headers
    signed = is_signed(keys, signature=said.get("x-twilio-email-event-webhook-signature", ""), body=body, now=room.now,
                       timestamp=said.get("x-twilio-email-event-webhook-timestamp", ""),
                       window=room.settings.hook_window_seconds)
    if not signed or not is_list(body):
        return _refused()
    return await _kept(room, SENDGRID_EVENTS, sha256(body).hexdigest(), body)


@router.post("/sendgrid/inbound/{secret}")
async def sendgrid_inbound_parse(secret: str, request: Request, room: Here) -> Response:
    """SendGrid's Inbound Parse: a mail that is refused with a 4xx is lost for ever, one that meets a 5xx comes again."""
    if no := _not_secret(room, secret):
        return no
    try:
        fields = await _fields(request)
        mail = sendgrid_inbound.decoded(fields)
    except (MultiPartException, ValueError, KeyError):
        return _in_doubt("a mail from SendGrid could not be taken apart")
    if not {"headers", "from", "envelope"} & set(mail):
        return _in_doubt("a mail from SendGrid had no sender; is the webhook in raw mode? It must not be")
    return await _kept(room, SENDGRID_INBOUND, sendgrid_inbound.ref_of(mail), orjson.dumps(mail))


@router.post("/sns")
async def amazon_sns(request: Request, room: Here,
                     certificates: Annotated[sns.Certificates, Depends(_certificates)]) -> Response:
    """Amazon SNS: events of SES and of text messages, two-way texts, and the subscription itself."""
    body = await request.body()
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _refused()
    if not isinstance(message, dict) or not room.settings.sns_topics:
        return _refused()
    # It may have to fetch a certificate.
    if not await run_in_threadpool(sns.is_signed, message, topics=room.settings.sns_topics, certificates=certificates,
                                   now=room.now):
        return _refused()
    return await _kept(room, SNS, reference(message["MessageId"]), body)


@router.post("/twilio")
async def twilio(request: Request, room: Here) -> Response:
    """Twilio: what became of a text, and what a customer wrote."""
    query = request.url.query
    try:
        form = sms_events.form_of(await request.body())
    except ValueError:
        return _refused()
    if not sms_events.is_twilio(room.settings.twilio_auth_token.get_secret_value().strip(), _addresses(room, query), form,
                                request.headers.get("x-twilio-signature", "")):
        return _refused()
    answer = await _kept(room, TWILIO, sms_events.twilio_ref(dict(form)) or reference(query), sms_events.kept(query, form))
    # Plain text would be sent to the customer as a reply.
    return Response("<Response/>", answer.status_code, media_type="text/xml") if answer.status_code == 200 else answer


@router.post("/africastalking/{secret}")
async def africastalking(secret: str, request: Request, room: Here) -> Response:
    """Africa's Talking: the same; it signs nothing, so the address is the secret."""
    if no := _not_secret(room, secret):
        return no
    body = await request.body()
    try:
        form = sms_events.form_of(body)
    except ValueError:
        return _refused()
    ref = sms_events.africa_ref(dict(form), sha256(body).hexdigest())
    return await _kept(room, AFRICASTALKING, ref, sms_events.kept("", form))


async def _kept(room: Room, source: str, ref: str, body: bytes) -> Response:
    """Keep it, then say so. A Transient becomes 503 on its way out."""
    await run_in_threadpool(keep, room.store, [Arrival(source, ref, body)], room.now)
    return Response(status_code=200)


async def _fields(request: Request) -> dict[str, bytes]:
    """The form's fields as bytes: each may be in a charset of its own. Files are not looked at."""
    kind = request.headers.get("content-type", "")
    if not kind.casefold().startswith("multipart/form-data"):
        raise ValueError("no form")
    # Latin-1 gives each byte a letter and takes it back, so that nothing is guessed here.
    headers = Headers({"content-type": f"{kind}; charset=latin-1"})
    form = await MultiPartParser(headers, request.stream(), max_files=50, max_fields=200, max_part_size=MOST_MAIL).parse()
    try:
        return {name: value.encode("latin-1") for name, value in form.items() if not isinstance(value, UploadFile)}
    finally:
        await form.close()


def _addresses(room: Room, query: str) -> list[str]:
    """Where Twilio may have been told to call: our public address, or one that a rollout names instead."""
    own = f"{room.settings.public_url.rstrip('/')}/hooks/twilio"
    named = [str(rollout.file.providers.get("twilio", {}).get("status_callback", "")) for rollout in room.rollouts.values()]
    bases = dict.fromkeys((own, *(urlsplit(each)._replace(query="", fragment="").geturl() for each in named if each)))
    return [f"{base}?{query}" if query else base for base in bases]


def _not_secret(room: Room, said: str) -> Response | None:
    """Why this address is not the secret one, if it is not. While we have no secret, it may well be our fault."""
    known = [each.strip() for each in room.settings.hook_secret.get_secret_value().split(",") if each.strip()]
    if not known:
        return _in_doubt("DOORSTEP_HOOK_SECRET is not set: no hook that needs it can be answered")
    found = [hmac.compare_digest(each.encode(), said.encode("utf-8", "surrogatepass")) for each in known]
    return None if any(found) else _refused()


def _refused() -> Response:
    return PlainTextResponse("This is not for us.\n", 403)


def _in_doubt(why: str) -> Response:
    """Something is wrong, perhaps with us: to come back later is right."""
    log.error("a hook is in doubt: %s", why)
    return PlainTextResponse("Not now. Please try again later.\n", 503, {"retry-after": "300"})

