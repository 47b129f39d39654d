"""What anybody may read about a rollout."""

from fastapi import APIRouter

router = APIRouter()
