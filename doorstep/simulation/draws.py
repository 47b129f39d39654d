"""Chance without a clock: a counter-based hash, so that any household's luck is known from the seed and its number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import polars as pl

# splitmix64 (Steele, Lea, Flood 2014): three multiplications make neighbouring counters unlike each other.
_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = (1 << 64) - 1


@dataclass(frozen=True)
class Draws:
    """All the luck of one simulated world. The same seed, question and household give the same answer anywhere."""

    seed: int

    def share(self, what: str, day: int = 0, of: str = "number") -> pl.Expr:
        """A number in [0, 1) for each row, from its column `of`."""
        return (self.word(what, day, of) // _u64(1 << 11)).cast(pl.Float64) / float(1 << 53)

    def between(self, what: str, low: int, high: int, day: int = 0, of: str = "number") -> pl.Expr:
        """A whole number from `low` to `high`, both included."""
        return (self.word(what, day, of) % _u64(high - low + 1)).cast(pl.Int64) + low

    def pick(self, what: str, choices: Sequence[Any], day: int = 0, of: str = "number") -> pl.Expr:
        """One of the choices for each row."""
        index = self.between(what, 0, len(choices) - 1, day, of)
        return pl.lit(pl.Series(choices)).gather(index)

    def word(self, what: str, day: int = 0, of: str = "number") -> pl.Expr:
        """64 bits for each row."""
        mixed = (pl.col(of).cast(pl.UInt64) + _u64(self._start(what, day))) * _u64(_GOLDEN)
        mixed = (mixed ^ (mixed // _u64(1 << 30))) * _u64(_FIRST)
        mixed = (mixed ^ (mixed // _u64(1 << 27))) * _u64(_SECOND)
        return mixed ^ (mixed // _u64(1 << 31))

    def one(self, *what: object) -> tuple[float, ...]:
        """Eight numbers in [0, 1) for one thing, named by any values that print the same everywhere."""
        digest = blake2b("|".join(map(str, (self.seed, *what))).encode(), digest_size=32).digest()
        return tuple(int.from_bytes(digest[at:at + 4]) / (1 << 32) for at in range(0, 32, 4))

    def _start(self, what: str, day: int) -> int:
        return int.from_bytes(blake2b(f"{self.seed}|{what}|{day}".encode(), digest_size=8).digest()) & _WORD


@lru_cache(maxsize=4096)
def _u64(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)
