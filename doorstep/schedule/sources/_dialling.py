"""Who may be called: a host is resolved once, every address it has is checked, and a checked one is dialled."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from doorstep.errors import Permanent, Transient

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
PUBLIC_V6 = ipaddress.ip_network("2000::/3")
# Inside the public space, but these carry an IPv4 address, which may be anybody's.
TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32", "192.88.99.0/24"))
CARRIER = ipaddress.ip_network("100.64.0.0/10")     # neither public nor private; clouds number their inside with it
STEP = 30.0                # seconds that one connect, read or write may take


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the open internet and to nobody's inside."""
    address = _plain(address)
    if address.is_multicast or not address.is_global or _is_tunnel(address):
        return False
    return address.version == 4 or address in PUBLIC_V6


def is_inside(address: IPAddress) -> bool:
    """Whether an address can be a server of our own network; never a link-local one, where clouds keep their secrets."""
    address = _plain(address)
    if _is_tunnel(address) or address.is_link_local or address.is_unspecified or address.is_multicast:
        return False
    return address.is_private or address in CARRIER


def addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Every address of a host, all of them allowed. Raises Permanent where one is not, Transient where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Transient(f'the host "{host}" cannot be found') from error
    checked = [ipaddress.ip_address(str(entry[4][0])) for entry in found]
    for address in checked:
        if not (is_public(address) or (allow_private and is_inside(address))):
            raise Permanent(f'the host "{host}" has the address {address}, which is not public; '
                            "a schedule server on your own network needs feed.source.allow_private = true")
    return list(dict.fromkeys(str(address) for address in checked))


def _is_tunnel(address: IPAddress) -> bool:
    return any(address in net for net in TUNNELS if net.version == address.version)


def _plain(address: IPAddress) -> IPAddress:
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


class Deadline:
    """The moment by which a whole fetch must be done."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds

    def step(self) -> float:
        """How long the next step may take. Raises Transient when there is no time left."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Transient(f"the server did not finish within {self.seconds:g} seconds (feed.source.timeout)")
        return min(left, STEP)


class CheckedCalls(httpcore.NetworkBackend):
    """Dials checked addresses only; the host's name stays in the request and in the certificate's check."""

    def __init__(self, deadline: Deadline, *, allow_private: bool) -> None:
        self.deadline = deadline
        self.allow_private = allow_private
        self.dialler = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore.NetworkStream:
        """A connection to the first address that answers."""
        fault: Exception | None = None
        for address in addresses(host, port, allow_private=self.allow_private):
            try:
                stream = self.dialler.connect_tcp(address, port, self.deadline.step(), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
            else:
                return TimedStream(stream, self.deadline)
        raise Transient(f'the host "{host}" does not answer') from fault


class TimedStream(httpcore.NetworkStream):
    """A connection on which no step outlasts the deadline, however slowly bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes."""
        return self.stream.read(max_bytes, self.deadline.step())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self.stream.write(buffer, self.deadline.step())

    def close(self) -> None:
        """Hang up."""
        self.stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        return TimedStream(self.stream.start_tls(ssl_context, server_hostname, self.deadline.step()), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about the socket."""
        return self.stream.get_extra_info(info)
