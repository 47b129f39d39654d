"""A mail server on loopback that answers each command as it is told, for what well-behaved servers never do."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Self, cast

USUAL = {"HELLO": "220 mail.example", "EHLO": "250 mail.example", "DATA": "354 go on", "QUIT": "221 bye"}


class Scripted:
    """`says[verb](number)` is a reply, "close", "hang" or None for what is usual. The verbs are HELLO (the greeting), EHLO,
    MAIL, RCPT, DATA, RSET and DOT (a whole message); `taken` holds the notice's number of each message it said 250 to."""

    def __init__(self, **says: Callable[[int], str | None]) -> None:
        self.says = says
        self.heard: list[str] = []
        self.taken: list[str] = []
        self.sender = ""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection, cast(BinaryIO, connection.makefile("rb")) as stream, suppress(OSError):
                    self._talk(connection, stream)

    def _talk(self, connection: socket.socket, stream: BinaryIO) -> None:
        verb = "HELLO"
        while verb:
            self.heard.append(verb)
            told = self.says[verb](self.heard.count(verb)) if verb in self.says else None
            say = told or USUAL.get(verb, "250 ok")
            if say == "hang":
                stream.read(1)                    # ends when the client does
            if say in ("hang", "close"):
                return
            if verb == "DOT" and say.startswith("250"):
                self.taken.append(self.sender)
            connection.sendall(f"{say}\r\n".encode())
            if say.startswith("421"):
                return
            verb = self._next(stream, data=say.startswith("354"))

    def _next(self, stream: BinaryIO, *, data: bool) -> str:
        for line in stream:
            if data and line != b".\r\n":
                continue
            if line.upper().startswith(b"MAIL"):
                self.sender = re.findall(r"\+(\d+)-", line.decode())[0]
            return "DOT" if data else line[:4].strip().decode().upper()
        return ""
