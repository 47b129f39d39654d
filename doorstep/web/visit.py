"""The customer's own page about one visit."""

from fastapi import APIRouter

router = APIRouter()
