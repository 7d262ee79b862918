"""A lab from a folder of running-configs, as routers print them and backups keep them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from labs.topology import LAB_PASSWORD, LabSpec, Node
from labs.twin.intake import boot
from labs.twin.intake.transcript import plain
from labs.twin.lab.folder import LabError
from labs.twin.lab.inventory import LAB_USER
from labs.twin.lab.world import image_of_node

SUFFIXES = (".cfg", ".conf", ".txt")
HIGHEST_PORT = 65535


def spec_of_configs(
    folder: Path,
    *,
    name: str,
    ports: Mapping[str, int] | None = None,
    users: Mapping[str, str] | None = None,
    image: str | None = None,
    rate: float | None = 1.0,
) -> LabSpec:
    """Describe a lab: one router a file, named like it; links follow from the subnets.

    Args:
        folder: Where the configurations stand (.cfg, .conf, .txt).
        name: Name of the lab.
        ports: SSH ports by file name (without suffix) or host name.
        users: Users, with passwords, beside those of the configurations.
        image: IOS version for a configuration without a `version` line.
        rate: Seconds of device time in a second; None is a clock that only commands move.

    Raises:
        LabError: There are no configurations, two of one name, or a port for no router.
    """
    texts = _read(folder)
    wanted = dict(ports or {})
    nodes = []
    for router, text in texts.items():
        port = wanted.pop(router, None) or wanted.pop(_hostname(text), None)
        nodes.append(Node(name=router, config=text, image=image, port=port))
    if wanted:
        raise LabError(
            f"port for {', '.join(wanted)}: no such router in {folder}; it has {', '.join(texts)}"
        )
    # Our own user, so that the generated inventory works whoever the configurations know.
    own = {LAB_USER: LAB_PASSWORD}
    return LabSpec(name=name, nodes=tuple(nodes), rate=rate, users={**own, **(users or {})})


def unknown_lines(spec: LabSpec) -> dict[str, tuple[str, ...]]:
    """Give the lines of each router that are kept as they stand and otherwise not understood."""
    found = {
        node.name: boot(node.config, image_of_node(node.config, node.image)).unknown
        for node in spec.nodes
    }
    return {name: lines for name, lines in found.items() if lines}


def parse_port(text: str) -> tuple[str, int]:
    """Read ROUTER=N.

    Raises:
        LabError: It is something else.
    """
    router, _, number = text.rpartition("=")
    if not router or not number.isdecimal() or not 0 < int(number) <= HIGHEST_PORT:
        raise LabError(f"port {text!r}: use ROUTER=NUMBER, 1 to {HIGHEST_PORT}")
    return router, int(number)


def parse_user(text: str) -> tuple[str, str]:
    """Read NAME:PASSWORD.

    Raises:
        LabError: It is something else; the text is not repeated, it may hold a password.
    """
    user, mark, password = text.partition(":")
    if not user or not mark or not password:
        raise LabError("user: use NAME:PASSWORD")
    return user, password


def _read(folder: Path) -> dict[str, str]:
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())
        # Backups hold any bytes in banners; a router prints what it was given.
        texts = [(p.stem, p.read_bytes().decode("utf-8", "replace")) for p in files]
    except OSError as error:
        raise LabError(f"{error.filename}: {error.strerror}") from error
    if not texts:
        raise LabError(f"{folder}: no configurations ({', '.join(SUFFIXES)}) there")
    names = [name for name, _ in texts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LabError(f"{folder}: more than one configuration of {', '.join(twice)}")
    return {name: plain(text) for name, text in texts}


def _hostname(text: str) -> str:
    words: Iterable[list[str]] = (line.split() for line in text.splitlines())
    return next((w[1] for w in words if len(w) > 1 and w[0] == "hostname"), "")
