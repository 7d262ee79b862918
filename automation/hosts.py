"""How to reach the devices: Nornir's own inventory format, read strictly.

hosts.yaml, groups.yaml and defaults.yaml lie in the inventory folder; a lab's generated
hosts.yaml is merged over them. Passwords stand by reference and are resolved by the session
when it logs in, so an inventory never holds one. Every problem is reported at its place, all at
once. What a device is for stands in fabric.yaml and is not known here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pydantic
from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.inventory import (
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.plugins.inventory import InventoryPluginRegister
from pydantic import BaseModel, ConfigDict, Field

from automation.credentials import Credentials, is_reference
from automation.errors import UsageError
from automation.fabric import marks
from automation.fabric.marks import Document
from automation.fabric.problems import InvalidFabric, Problem
from tasks.connect import CONNECTION, DmvpnConnection
from tasks.dial import DialOptions

HOSTS_FILE, GROUPS_FILE, DEFAULTS_FILE = "hosts.yaml", "groups.yaml", "defaults.yaml"
CREDENTIALS_FILE, KNOWN_HOSTS_FILE = "credentials.yaml", "known_hosts"
PLUGIN = "DmvpnInventory"

_SECRET_EXTRAS = ("secret", "passphrase")
_LONGEST_CHAIN = 20


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Options(_Entry):
    hostname: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    username: str | None = None
    password: str | None = None
    platform: str | None = None
    extras: dict[str, Any] | None = None


class _Element(_Entry):
    hostname: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    username: str | None = None
    password: str | None = None
    platform: str | None = None
    data: dict[str, Any] | None = None
    connection_options: dict[str, _Options] | None = None


class _Member(_Element):
    groups: list[str] | None = None


@dataclass
class _File:
    """One file of the inventory: what was read and what is wrong with it."""

    path: Path
    document: Document
    entries: dict[str, _Member] = field(default_factory=dict)

    def problem(self, path: marks.Path, code: str, message: str, hint: str = "") -> None:
        """Add a problem at its place."""
        key = code == "E101"
        self.document.problems.append(self.document.problem(path, code, message, hint, key=key))


def _open(path: Path) -> _File:
    if not path.is_file():
        return _File(path, Document(lines={str(path): []}))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        problem = Problem(code="E100", message=f"cannot be read: {reason}", file=str(path))
        return _File(path, Document(lines={str(path): []}, problems=[problem]))
    return _File(path, marks.read(text, str(path)))


def _read_members(path: Path) -> _File:
    """Read hosts.yaml or groups.yaml: a mapping of names."""
    file = _open(path)
    data = file.document.data
    if data is not None and not isinstance(data, dict):
        file.problem((), "E103", "a mapping of names must stand here")
        return file
    for name, value in (data or {}).items():
        entry = _validate(file, _Member, value or {}, (name,))
        if isinstance(entry, _Member):
            file.entries[str(name)] = entry
            _judge(file, entry, (name,))
    return file


def _read_defaults(path: Path) -> _File:
    file = _open(path)
    entry = _validate(file, _Element, file.document.data or {}, ())
    if isinstance(entry, _Element):
        file.entries[""] = _Member.model_validate(entry.model_dump())
        _judge(file, entry, ())
    return file


def _validate(file: _File, kind: type[_Element], value: Any, path: marks.Path) -> _Element | None:
    try:
        return kind.model_validate(value)
    except pydantic.ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            where = (*path, *detail["loc"])
            if detail["type"] == "extra_forbidden":
                known = ", ".join(kind.model_fields)
                file.problem(where, "E101", f"unknown key {where[-1]!r}", f"known: {known}")
            else:
                file.problem(where, "E103", detail["msg"].lower())
        return None


def _judge(file: _File, entry: _Element, path: marks.Path) -> None:
    """Check what the form alone does not: references for secrets, options of our connection."""
    _only_reference(file, entry.password, (*path, "password"))
    for name, options in (entry.connection_options or {}).items():
        where = (*path, "connection_options", name)
        _only_reference(file, options.password, (*where, "password"))
        if name == CONNECTION and options.extras is not None:
            _judge_extras(file, options.extras, (*where, "extras"))


def _judge_extras(file: _File, extras: dict[str, Any], path: marks.Path) -> None:
    for key in _SECRET_EXTRAS:
        _only_reference(file, extras.get(key), (*path, key))
    jump = extras.get("jump")
    if isinstance(jump, dict):
        _only_reference(file, jump.get("password"), (*path, "jump", "password"))
    try:
        DialOptions.model_validate(extras)
    except pydantic.ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            where = (*path, *detail["loc"])
            if detail["type"] == "extra_forbidden":
                known = ", ".join(key for key in DialOptions.model_fields if key != "resolve")
                file.problem(where, "E101", f"unknown key {where[-1]!r}", f"known: {known}")
            else:
                file.problem(where, "E103", detail["msg"].lower())


def _only_reference(file: _File, value: object, path: marks.Path) -> None:
    if isinstance(value, str) and value and not is_reference(value):
        file.problem(
            path,
            "E204",
            "a secret stands here in clear",
            f"write secret:NAME and put the value into {CREDENTIALS_FILE} (mode 0600)",
        )


def _check_groups(file: _File, groups: Mapping[str, _Member]) -> None:
    for name, entry in file.entries.items():
        for place, group in enumerate(entry.groups or []):
            if group not in groups:
                known = ", ".join(sorted(groups)) or "none"
                file.problem(
                    (name, "groups", place),
                    "E108",
                    f"there is no group {group!r}",
                    f"known: {known}",
                )


def _check_loops(file: _File) -> None:
    """Refuse groups that contain themselves: Nornir would walk them for ever."""
    for name in file.entries:
        above = list(file.entries[name].groups or [])
        for _ in range(_LONGEST_CHAIN * max(1, len(file.entries))):
            if not above:
                break
            group = above.pop()
            if group == name:
                file.problem((name, "groups"), "E108", f"group {name!r} contains itself")
                break
            entry = file.entries.get(group)
            above.extend(entry.groups or [] if entry else [])


def _over(below: _Member | None, above: _Member) -> _Member:
    """Lay what a lab generated over what the inventory says of the same host."""
    if below is None:
        return above
    said = above.model_dump(exclude_none=True)
    data = {**(below.data or {}), **(above.data or {})}
    groups = below.groups if below.groups else above.groups
    merged = below.model_dump() | said | {"data": data, "groups": groups}
    return _Member.model_validate(merged)


def _connections(entry: _Element, folder: Path) -> dict[str, ConnectionOptions]:
    options = {
        name: ConnectionOptions(**said.model_dump())
        for name, said in (entry.connection_options or {}).items()
    }
    ours = options.get(CONNECTION)
    if ours is not None and ours.extras:
        ours.extras = {key: _place(key, value, folder) for key, value in ours.extras.items()}
    return options


def _place(key: str, value: Any, folder: Path) -> Any:
    """Read relative file names from the folder of the inventory, not from where we stand."""
    if key in ("known_hosts", "key_file", "ssh_config") and isinstance(value, str):
        return str(folder / Path(value).expanduser())
    return value


class DmvpnInventory:
    """Nornir's inventory plugin `DmvpnInventory`."""

    def __init__(
        self,
        folder: str | Path = "inventory",
        hosts: str | Path | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        """Remember the places.

        Args:
            folder: Folder of hosts.yaml, groups.yaml and defaults.yaml.
            hosts: A generated hosts.yaml to merge over them; known_hosts and credentials.yaml
                beside it count for its hosts.
            credentials: Where secrets are; the environment and the files when not given.
        """
        self.folder = Path(folder)
        self.hosts = Path(hosts) if hosts else None
        self._credentials = credentials

    def load(self) -> Inventory:
        """Read all files.

        Raises:
            UsageError: There is no hosts.yaml at all.
            InvalidFabric: With every problem of every file.
        """
        members = _read_members(self.folder / HOSTS_FILE)
        groups = _read_members(self.folder / GROUPS_FILE)
        defaults = _read_defaults(self.folder / DEFAULTS_FILE)
        files = [members, groups, defaults]
        if self.hosts is not None:
            files.append(_read_members(self.hosts))
        elif not members.path.is_file():
            raise UsageError(
                f"there is no {HOSTS_FILE}",
                place=str(self.folder),
                hint="name the folder with -i FOLDER, or start a lab with `dmvpn lab up`",
            )
        for file in files:
            _check_groups(file, groups.entries)
        _check_loops(groups)
        if problems := [problem for file in files for problem in file.document.problems]:
            raise InvalidFabric(problems)
        generated = files[3].entries if self.hosts is not None else {}
        return self._build(members.entries, generated, groups.entries, defaults.entries.get(""))

    def _build(
        self,
        members: Mapping[str, _Member],
        generated: Mapping[str, _Member],
        groups: Mapping[str, _Member],
        defaults: _Member | None,
    ) -> Inventory:
        basis = self._defaults(defaults or _Member())
        built_groups = Groups()
        for name, entry in groups.items():
            built_groups[name] = Group(name, **self._fields(entry), defaults=basis)
        for name, entry in groups.items():
            built_groups[name].groups = ParentGroups(built_groups[g] for g in entry.groups or [])
        hosts = Hosts()
        for name in [*members, *(name for name in generated if name not in members)]:
            own = members.get(name)
            entry = _over(own, generated[name]) if name in generated else members[name]
            parents = ParentGroups(built_groups[g] for g in entry.groups or [])
            hosts[name] = Host(name, **self._fields(entry), groups=parents, defaults=basis)
            self._complete(hosts[name], in_lab=name in generated)
        return Inventory(hosts=hosts, groups=built_groups, defaults=basis)

    def _fields(self, entry: _Element) -> dict[str, Any]:
        said = entry.model_dump(exclude={"groups", "connection_options"})
        return said | {"connection_options": _connections(entry, self.folder)}

    def _defaults(self, entry: _Element) -> Defaults:
        return Defaults(**self._fields(entry))

    def _complete(self, host: Host, *, in_lab: bool) -> None:
        """Give the session its name, what resolves references, and all inherited extras."""
        layers: list[Defaults | Host] = [host.defaults, *reversed(host.extended_groups()), host]
        extras: dict[str, Any] = {}
        for layer in layers:
            said = layer.connection_options.get(CONNECTION)
            extras |= (said.extras or {}) if said else {}
        if in_lab and self.hosts is not None:
            beside = self.hosts.parent / KNOWN_HOSTS_FILE
            extras |= {"known_hosts": str(beside)} if beside.exists() else {}
        extras |= {"name": host.name, "resolve": self.credentials.reveal}
        own = host.connection_options.setdefault(
            CONNECTION, ConnectionOptions(None, None, None, None, None, None)
        )
        own.extras = extras

    @property
    def credentials(self) -> Credentials:
        """Where secrets are, those of the lab included."""
        if self._credentials is None:
            # Only for users of Nornir itself; the program passes its own.
            self._credentials = Credentials(os.environ, (self.folder / CREDENTIALS_FILE,))
        if self.hosts is not None:
            lab = self.hosts.parent / CREDENTIALS_FILE
            if lab not in self._credentials.files:
                self._credentials = replace(
                    self._credentials, files=(*self._credentials.files, lab)
                )
        return self._credentials


def init_nornir(
    folder: Path,
    *,
    credentials: Credentials,
    hosts: Path | None = None,
    workers: int = 50,
) -> Nornir:
    """Make a Nornir of the inventory with threads; it logs nothing by itself."""
    credentials.check()
    InventoryPluginRegister.register(PLUGIN, DmvpnInventory)
    ConnectionPluginRegister.register(CONNECTION, DmvpnConnection)
    return InitNornir(
        inventory={
            "plugin": PLUGIN,
            "options": {"folder": folder, "hosts": hosts, "credentials": credentials},
        },
        runner={"plugin": "threaded", "options": {"num_workers": workers}},
        logging={"enabled": False},
    )
