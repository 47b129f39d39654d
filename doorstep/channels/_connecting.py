"""Connections that are kept, and of which it is known whether anything was sent: no proxies, no redirects, no second tries."""

from collections.abc import Iterator
from contextlib import contextmanager

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection


class Unreached(Exception):
    """No connection was made: nothing can have been received."""


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except Exception as error:             # refused, no such name, no TLS, too slow: whatever it was, nothing was sent
        raise Unreached(type(error).__name__) from error


class _Plain(HTTPConnection):
    def connect(self) -> None:
        with _reaching():
            super().connect()


class _Secure(HTTPSConnection):
    def connect(self) -> None:
        with _reaching():
            super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def kept_connections(kept: int, timeout: Timeout, *, no_more: bool) -> PoolManager:
    """So many connections to each host stay open; where there may be `no_more`, who finds none free waits for one."""
    pool = PoolManager(maxsize=kept, block=no_more, retries=False, timeout=timeout)
    pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return pool
