"""The lab process: builds the network, listens, and answers the control socket.

Started by `lifecycle.up` as `python -m labs.twin.lab.process FOLDER DESCRIPTOR`; it detaches,
and says `ready` (or what is wrong) on the descriptor.
"""

import asyncio
import logging
import os
import signal
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from pathlib import Path

import asyncssh

from labs.topology import LabSpec, from_json
from labs.twin.lab.control import Control
from labs.twin.lab.folder import Folder, write_private
from labs.twin.lab.inventory import hosts_yaml, known_hosts
from labs.twin.lab.world import World, build, guests_of, restore
from labs.twin.server.pacer import Driver, Pacer
from labs.twin.server.path import NetworkPath
from labs.twin.server.ssh import Listener, host_key

OWNER_CHECK_S = 2.0
"""How often the process looks whether its folder is still there."""
AUTHORIZED = Path("authorized_keys")
"""In the state folder: public keys that may log in as any user of a router (optional)."""


def main() -> None:
    """Detach and run the lab of a folder until it is stopped."""
    folder, told = Folder(Path(sys.argv[1])), int(sys.argv[2])
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    os.chdir(folder.root)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # Clients that come and go are no events of the lab.
    for library in ("asyncssh", "asyncio"):
        logging.getLogger(library).setLevel(logging.ERROR)
    # Old clients need group 14, whatever the library thinks of it.
    warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")
    try:
        asyncio.run(_run(folder, told))
    except Exception as error:  # the fence of the process: whoever waits must hear of it
        logging.getLogger(__name__).exception("the lab ended")
        _tell(told, f"the lab did not start: {error} (see {folder.log})")
        sys.exit(1)


def _tell(descriptor: int, text: str) -> None:
    try:
        os.write(descriptor, " ".join(text.split()).encode() + b"\n")
        os.close(descriptor)
    except OSError:
        # Nobody waits any more.
        return


async def _run(folder: Folder, told: int) -> None:
    with folder.claim() as claim:
        spec = from_json(folder.spec.read_text())
        keys = asyncio.get_running_loop().run_in_executor(None, _keys, folder, spec)
        world = restore(folder.state, spec) or build(spec, folder.password())
        world.guests = guests_of(spec, folder.password())
        driver = Driver(Pacer(world, spec.rate))
        listeners = await _listen(spec, world, driver, await keys)
        stopped = asyncio.Event()
        control = Control(spec, world, driver, listeners, folder, stopped)
        server = await asyncio.start_unix_server(control.serve, folder.control.name)
        folder.control.chmod(0o600)
        _handle_signals(stopped)
        driver.pump()
        _tell(told, "ready")
        await _until_ended(stopped, folder, claim)
        server.close()
        driver.stop()
        for listener in listeners.values():
            await listener.close()
        folder.control.unlink(missing_ok=True)


async def _until_ended(stopped: asyncio.Event, folder: Folder, claim: TextIOWrapper) -> None:
    """Wait for the end: a request, a signal, or that our folder was deleted."""
    mine = os.fstat(claim.fileno())
    while folder.pid.exists() and os.path.samestat(folder.pid.stat(), mine):
        try:
            await asyncio.wait_for(stopped.wait(), OWNER_CHECK_S)
        except TimeoutError:
            continue
        return


def _keys(folder: Folder, spec: LabSpec) -> dict[str, asyncssh.SSHKey]:
    names = [node.name for node in spec.nodes]
    with ThreadPoolExecutor() as pool:
        keys = list(pool.map(lambda name: host_key(folder.keys / name), names))
    return dict(zip(names, keys, strict=True))


async def _listen(
    spec: LabSpec, world: World, driver: Driver, keys: dict[str, asyncssh.SSHKey]
) -> dict[str, Listener]:
    listeners = {}
    for node in spec.nodes:
        path = NetworkPath(world.network, node.name, node.attachment)
        listener = Listener(world.hosts[node.name], driver, keys[node.name], AUTHORIZED)
        await listener.listen(node.port, node.attachment, path)
        listeners[node.name] = listener
    ports = {name: listener.port for name, listener in listeners.items()}
    public = {name: key.export_public_key("openssh").decode() for name, key in keys.items()}
    write_private(Path("hosts.yaml"), hosts_yaml(spec, ports))
    write_private(Path("known_hosts"), known_hosts(ports, public))
    return listeners


def _handle_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(signal.SIGINT, stopped.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    main()
