"""The schedule as it came: feeds, those that wait for a person, and the rows that were refused."""

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.desk.audit import note
from doorstep.desk.glance import last_feeds
from doorstep.schedule import accept_feed, export_refused, held_feeds, refused_rows
from doorstep.schedule.holding import last_taken
from doorstep.web.desk.door import Agent, Boss, Refused, Seat, Viewer
from doorstep.web.desk.page import DeskRoute, Number, Start, back_to, show

router = APIRouter(route_class=DeskRoute)
PAGE = 50


@router.get("/{rollout}/feeds")
def feeds(seat: Viewer, done: str = "") -> HTMLResponse:
    """The last feeds; those that are held on top, with what they would do."""
    with seat.room.store.read() as connection:
        rows, newest = last_feeds(connection, seat.rollout), last_taken(connection, seat.rollout.name)
    # One that a newer feed has overtaken asks for nothing any more; it stands among the last ones.
    held = [each for each in held_feeds(seat.room.store, seat.rollout.name) if each.feed_id > newest]
    return show(seat, "feeds.html", place="feeds", held=held, rows=rows, base=lambda name: Path(name).name,
                done=done)


@router.post("/{rollout}/feeds/{feed}/accept")
def accept(seat: Boss, feed: Number) -> Response:
    """Apply a held feed, by whoever repeats the number that it would change: as the flow "accept-feed" does."""
    count = seat.form.get("count", "").strip()
    if not (count.isascii() and count.isdigit() and len(count) < 13):
        raise Refused(400, "Write how many open work orders the feed would change, as the page shows it.")
    accept_feed(seat.room.store, seat.rollout, settings=seat.room.settings, feed_id=feed, count=int(count), by=seat.user.name,
                now=seat.now)
    _noted(seat, "accepted", f"feed {feed}", count)
    return back_to(f"{seat.here}/feeds", "accepted")


@router.get("/{rollout}/refused")
def refused(seat: Agent, page: Start = 1) -> HTMLResponse:
    """The rows that wait for mending: where they stand and why; the rows themselves are in the file."""
    first = (min(max(page, 1), 20_000) - 1) * PAGE
    rows = list(islice(refused_rows(seat.room.store, seat.rollout.name), first, first + PAGE + 1))
    return show(seat, "refused.html", place="refused", rows=rows[:PAGE], page_number=first // PAGE + 1, more=len(rows) > PAGE)


@router.get("/{rollout}/refused.csv")
def refused_csv(seat: Agent) -> Response:
    """All of them whole, for mending. It holds customers' data, so the trail says who took it."""
    with TemporaryDirectory(prefix="doorstep-refused-") as folder:
        path = Path(folder) / "refused.csv"
        count = export_refused(seat.room.store, seat.rollout, path)
        content = path.read_bytes()
    _noted(seat, "downloaded", "refused rows", str(count))
    return csv_of(content, f"refused-{seat.rollout.name}.csv")


def csv_of(content: bytes, name: str) -> Response:
    """A file to keep."""
    return Response(content, media_type="text/csv; charset=utf-8",
                    headers={"content-disposition": f'attachment; filename="{name}"'})


def _noted(seat: Seat, what: str, about: str, data: str) -> None:
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what=what, about=about, rollout=seat.rollout.name, data=data, now=seat.now)
