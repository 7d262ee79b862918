"""Captures: the packets of one interface, written to a file as they pass.

The file is written by the lab process and complete after every packet that is in it, as pcap with
the date of the routers. Encoding happens only here, so a lab without captures pays nothing for it.
"""

import asyncio
from pathlib import Path
from typing import IO

from labs.twin.grammar import interface_name
from labs.twin.network import Network
from labs.twin.packet import Packet
from labs.twin.storage.files import EPOCH
from labs.twin.wire import Encoder, NoWireForm, pcap


class NothingToCapture(ValueError):
    """There is no such router or interface."""


def place_of(network: Network, router: str, interface: str) -> tuple[str, str]:
    """Find an interface by its name or a short form of it.

    Raises:
        NothingToCapture: There is none; the message names those that are there.
    """
    known = network.routers.get(router)
    if known is None:
        names = ", ".join(sorted(network.routers))
        raise NothingToCapture(f"no router {router!r} in this lab: there are {names}")
    name = interface_name(interface) or interface
    if name not in known.config.interfaces:
        names = ", ".join(sorted(known.config.interfaces))
        raise NothingToCapture(f"no interface {interface!r} on {router}: there are {names}")
    return router, name


class Capture:
    """One running capture: a tap of the network, and a watcher of the clock."""

    def __init__(
        self,
        network: Network,
        end: tuple[str, str],
        file: Path,
        *,
        seconds: float | None = None,
        count: int | None = None,
    ) -> None:
        self.end = end
        self.frames = 0
        self.left_out = 0
        """Packets that could not be written down."""
        self.error: str | None = None
        self.over = asyncio.Event()
        self._network = network
        self._until = network.now + seconds if seconds is not None else None
        self._count = count
        self._encoder = Encoder()
        self._file: IO[bytes] = file.open("wb")
        network.tap(end, self)
        self._write(pcap.file_header())

    def take(self, packet: Packet, now: float) -> None:
        """Write a packet down, unless enough was seen."""
        if self._until is not None and now > self._until:
            self.stop()
        if self.over.is_set():
            return
        try:
            octets = self._encoder.encode(packet)
        except NoWireForm:
            self.left_out += 1
            return
        self._write(pcap.record(EPOCH.timestamp() + now, octets))
        self.frames += 1
        if self._count is not None and self.frames >= self._count:
            self.stop()

    def _write(self, octets: bytes) -> None:
        try:
            self._file.write(octets)
            self._file.flush()
        except OSError as error:
            # A full disk ends the capture, not the lab.
            self.error = f"the capture ended early: {error}"
            self.stop()

    def stop(self) -> None:
        """End the capture; a second time does nothing."""
        if self.over.is_set():
            return
        self.over.set()
        self._network.untap(self.end, self)
        try:
            self._file.close()
        except OSError as error:
            self.error = f"the capture ended early: {error}"

    def advance(self) -> None:
        """Look whether the time is up."""
        if self._until is not None and self._network.now >= self._until:
            self.stop()

    def waiting(self) -> bool:
        """Tell whether a command is running: a capture moves no clock."""
        return False

    def next_due(self) -> float | None:
        """Tell when the time is up."""
        return None if self.over.is_set() else self._until
