"""A TCP connection whose bytes go through the simulated network before SSH sees them."""

import asyncio
import socket
from typing import Protocol, cast

from labs.twin.server.pacer import Driver
from labs.twin.server.path import NetworkPath, Stream


class Adopter(Protocol):
    """Whoever runs the SSH server behind a path."""

    @property
    def driver(self) -> Driver:
        """The driver of the network."""

    def adopt(self, sock: socket.socket, peer: str) -> None:
        """Run the SSH server on a connected socket."""


class Relay(asyncio.Protocol):
    """Carries the bytes of one connection through the simulated network."""

    def __init__(self, listener: Adopter, path: NetworkPath, peer: str) -> None:
        self._listener = listener
        self._driver = listener.driver
        self._peer = peer
        self._client: asyncio.Transport | None = None
        self._server: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._early = bytearray()
        self._inbound = Stream(path.inbound, self._to_server)
        self._outbound = Stream(path.outbound, self._to_client)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the SSH server behind the path."""
        self._client = cast("asyncio.Transport", transport)
        ours, theirs = socket.socketpair()
        self._driver.watch(self)
        self._reading = asyncio.get_running_loop().create_task(self._read_server(ours))
        self._listener.adopt(theirs, self._peer)

    async def _read_server(self, sock: socket.socket) -> None:
        reader, self._server = await asyncio.open_connection(sock=sock)
        self._server.write(bytes(self._early))
        while data := await reader.read(32768):
            self._driver.pump()
            self._outbound.offer(data, self._now())
            self._driver.stir(self)
            self._settle()
        self._close()

    def _now(self) -> float:
        return self._driver.pacer.network.now

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client."""
        self._driver.pump()
        self._inbound.offer(data, self._now())
        self._driver.stir(self)
        self._settle()
        self._driver.pump()

    def advance(self) -> None:
        """Send again what waits."""
        self._inbound.advance(self._now())
        self._outbound.advance(self._now())
        self._settle()

    def waiting(self) -> bool:
        """Tell that no command runs here."""
        return False

    def next_due(self) -> float | None:
        """Tell when waiting bytes are sent again."""
        return min(
            (s.due for s in (self._inbound, self._outbound) if s.due is not None), default=None
        )

    def _settle(self) -> None:
        if self._inbound.dead or self._outbound.dead:
            self._close()

    def _to_server(self, data: bytes) -> None:
        if self._server is None:
            self._early += data
        else:
            self._server.write(data)

    def _to_client(self, data: bytes) -> None:
        if self._client is not None and not self._client.is_closing():
            self._client.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the server's side too."""
        self._close()

    def _close(self) -> None:
        self._driver.forget(self)
        if self._client is not None:
            self._client.close()
        if self._server is not None:
            self._server.close()
        if self._reading is not None and self._reading is not asyncio.current_task():
            self._reading.cancel()
