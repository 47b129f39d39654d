"""The rollout in numbers: what waits, the KPIs and how they went, rumours. No customer is named here."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from doorstep.channels.calls import waiting
from doorstep.desk.glance import glance, rumours
from doorstep.desk.scores import course, last_scores
from doorstep.kpis import measures
from doorstep.kpis.shown import WORDS, shown
from doorstep.report.phases import TITLES, phase_views
from doorstep.web.desk.door import Refused, Viewer
from doorstep.web.desk.page import DeskRoute, show

router = APIRouter(route_class=DeskRoute)


@router.get("/{rollout}/")
def overview(seat: Viewer, done: str = "") -> HTMLResponse:
    """What waits for a person."""
    with seat.room.store.read() as connection:
        seen = glance(connection, seat.rollout, now=seat.now)
    calls = sum(1 for _ in waiting(seat.room.store, seat.rollout, seat.room.settings, now=seat.now))
    return show(seat, "overview.html", place="overview", seen=seen, calls=calls, kpi_words=WORDS, done=done)


@router.get("/{rollout}/kpis")
def kpis(seat: Viewer) -> HTMLResponse:
    """Each phase as last measured."""
    known = measures()
    with seat.room.store.read() as connection:
        values = [value for value in last_scores(connection, seat.rollout, now=seat.now) if value.id in known]
    return show(seat, "kpis.html", place="kpis", phases=phase_views(seat.rollout, values, {}), measured=bool(values))


@router.get("/{rollout}/kpis/{kpi}")
def kpi(seat: Viewer, kpi: str) -> HTMLResponse:
    """One KPI: day by day, and its parts."""
    target, known = seat.rollout.targets.get(kpi), measures().get(kpi)
    if target is None or known is None:
        raise Refused(404, "There is no such KPI in this rollout.")
    with seat.room.store.read() as connection:
        found = course(connection, seat.rollout, kpi)
    return show(seat, "kpi.html", place="kpis", kpi=kpi, target=target, meaning=known.meaning, found=found, phase=TITLES,
                kpi_words=WORDS, shown=lambda value: shown(value, currency=seat.rollout.file.currency),
                aim=lambda value: shown(value, target=True, currency=seat.rollout.file.currency))


@router.get("/{rollout}/rumours")
def rumoured(seat: Viewer) -> HTMLResponse:
    """What many say at one place, and what was decided; a person approves the notice in Prefect."""
    with seat.room.store.read() as connection:
        rows = rumours(connection, seat.rollout)
    return show(seat, "rumours.html", place="rumours", rows=rows)
