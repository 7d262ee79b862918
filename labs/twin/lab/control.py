"""The control socket of a lab process: a line of JSON in, a line of JSON out."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs.topology import Attachment, LabSpec, TopologyError, format_rate
from labs.twin.grammar import interface_name
from labs.twin.lab.captures import Capture, NothingToCapture, place_of
from labs.twin.lab.folder import Folder
from labs.twin.lab.world import World, keep
from labs.twin.server.pacer import Driver
from labs.twin.server.path import NetworkPath
from labs.twin.server.ssh import Listener

Request = Mapping[str, Any]
MAX_RUN_S = 86400.0
"""Seconds of one `run`: a day takes a process some seconds, in which it answers nobody."""


class Control:
    """Answers the requests of `lifecycle`."""

    def __init__(
        self,
        spec: LabSpec,
        world: World,
        driver: Driver,
        listeners: Mapping[str, Listener],
        folder: Folder,
        stopped: asyncio.Event,
    ) -> None:
        self._spec = spec
        self._world = world
        self._driver = driver
        self._listeners = listeners
        self._folder = folder
        self._stopped = stopped
        self._ending = False
        self._commands: dict[str, Callable[[Request], dict[str, Any]]] = {
            "status": self._status,
            "run": self._run,
            "rate": self._rate,
            "link": self._link,
            "save": self._save,
            "stop": self._stop,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: one request, one answer."""
        try:
            if line := await reader.readline():
                await _say(writer, await self.answer(line, reader, writer))
        except (ConnectionError, ValueError):
            # The asker left, or sent no line.
            pass
        finally:
            writer.close()
            if self._ending:
                self._stopped.set()

    async def answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, Any]:
        """Do one request."""
        try:
            request = json.loads(line)
            if request["do"] == "attach":
                return await self._attach(request)
            if request["do"] == "capture":
                return await self._capture(self._begin(request), reader, writer)
            return self._commands[request["do"]](request)
        except (NothingToCapture, OSError) as error:
            return {"error": str(error)}
        except (KeyError, TypeError, ValueError, TopologyError) as error:
            return {"error": f"bad request: {error}"}

    def _status(self, request: Request) -> dict[str, Any]:
        self._driver.pump()
        return {
            "name": self._spec.name,
            "pid": os.getpid(),
            "now": self._world.network.now,
            "rate": format_rate(self._driver.pacer.rate),
            "routers": [
                {
                    "name": node.name,
                    "port": self._listeners[node.name].port,
                    "attachment": str(self._listeners[node.name].attachment),
                    "image": self._world.network.routers[node.name].image.version,
                }
                for node in self._spec.nodes
            ],
            "sessions": [row for host in self._world.hosts.values() for row in host.sessions()],
        }

    def _run(self, request: Request) -> dict[str, Any]:
        seconds = float(request["seconds"])
        if not 0 <= seconds <= MAX_RUN_S:
            raise ValueError(f"cannot run for {seconds:g} seconds, only for 0 to {MAX_RUN_S:g}")
        self._driver.run_for(seconds)
        return {"now": self._world.network.now}

    def _rate(self, request: Request) -> dict[str, Any]:
        rate = request["rate"]
        self._driver.pacer.set_rate(None if rate is None else float(rate))
        self._driver.pump()
        return {"rate": format_rate(self._driver.pacer.rate)}

    def _link(self, request: Request) -> dict[str, Any]:
        router, interface = request["router"], request["interface"]
        interface = interface_name(interface) or interface
        known = self._world.network.routers.get(router)
        if known is None or interface not in known.config.interfaces:
            raise ValueError(f"no interface {interface} on a router {router}")
        if not self._world.network.wired((router, interface)):
            raise ValueError(f"{router} {interface} has no cable")
        self._driver.pump()
        self._world.network.set_link((router, interface), up=bool(request["connected"]))
        self._driver.pump()
        return {"interface": interface}

    async def _attach(self, request: Request) -> dict[str, Any]:
        name = self._spec.node(request["router"]).name
        attachment = Attachment.parse(request["attachment"])
        path = NetworkPath(self._world.network, name, attachment)
        await self._listeners[name].attach(attachment, path)
        return {}

    def _begin(self, request: Request) -> Capture:
        """Start a capture; everything that can be wrong with it is told at once."""
        seconds, count = request["seconds"], request["count"]
        if (seconds is not None and seconds <= 0) or (count is not None and count <= 0):
            raise ValueError("a capture needs more than 0 seconds and frames")
        self._driver.pump()
        network = self._world.network
        end = place_of(network, request["router"], request["interface"])
        return Capture(network, end, Path(request["file"]), seconds=seconds, count=count)

    async def _capture(
        self, capture: Capture, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, Any]:
        """Wait for the end of a capture: it has enough, the asker closes his side, the lab ends."""
        waits: list[asyncio.Task[Any]] = []
        self._driver.watch(capture)
        try:
            self._driver.pump()
            await _say(writer, {"interface": capture.end[1]})
            ends = (capture.over.wait(), reader.read(1), self._stopped.wait())
            waits = [asyncio.ensure_future(end) for end in ends]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._driver.forget(capture)
            capture.stop()
        if capture.error is not None:
            return {"error": capture.error}
        return {"frames": capture.frames, "left_out": capture.left_out}

    def _save(self, request: Request) -> dict[str, Any]:
        self._driver.pump()
        keep(self._folder.state, self._spec, self._world)
        return {"path": str(self._folder.state)}

    def _stop(self, request: Request) -> dict[str, Any]:
        self._ending = True
        return {}


async def _say(writer: asyncio.StreamWriter, reply: Mapping[str, Any]) -> None:
    writer.write(json.dumps(reply).encode() + b"\n")
    await writer.drain()
