"""The programme's pages, behind a login."""

from fastapi import APIRouter

router = APIRouter()
