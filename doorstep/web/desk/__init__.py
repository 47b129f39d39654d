"""The programme's pages, behind a login."""

from fastapi import APIRouter

from doorstep.web.desk import calls, cases, entrance, feeds, figures, people, stops, stories
from doorstep.web.desk.page import DeskRoute

PARTS = (entrance, people, figures, feeds, stops, cases, calls, stories)       # those without a rollout's name first
router = APIRouter(prefix="/desk", route_class=DeskRoute)
for _part in PARTS:
    router.include_router(_part.router)
