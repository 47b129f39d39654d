"""What providers tell us."""

from fastapi import APIRouter

router = APIRouter()
