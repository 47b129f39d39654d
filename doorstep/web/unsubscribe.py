"""One click that ends what is not duty."""

from fastapi import APIRouter

router = APIRouter()
