"""`site add`: the new site goes into the files of the inventory, then to the devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

from automation.cli.output import put, say
from automation.cli.project import Project
from automation.errors import DmvpnError, UsageError

if TYPE_CHECKING:
    from automation.fabric.allocations import Allocations
    from automation.fabric.edit import Edit, NewSite

NOTHING_SENT = (5, 6)
"""Exit codes of a roll-out that touched no device."""


def add_site(
    project: Project,
    name: str,
    *,
    router: str,
    wan: str,
    lans: Sequence[str],
    cloud: str,
    dry_run: bool,
    then: Callable[[Project], int],
) -> int:
    """Judge the edit, write it, and go on to the devices; give the exit code."""
    from automation.fabric.allocations import ALLOCATIONS_FILE, allocate, save_allocations
    from automation.fabric.edit import add_site as edit_site
    from automation.fabric.edit import write
    from tasks.errors import TaskError

    new = _new_site(project, name, router, wan, lans, cloud)
    edit = edit_site(project.inventory, new)
    given = allocate(edit.fabric, project.allocations)
    address = given.clouds.get(new.cloud, {}).get(new.router)
    _announce(project, new, str(address or new.address))
    if dry_run:
        return _would(project, edit, given, new.router)
    before = _texts([*edit.texts, project.inventory / ALLOCATIONS_FILE])
    write(edit)
    save_allocations(project.inventory, given)
    try:
        code = then(replace(project))
    except (DmvpnError, TaskError):
        _restore(before)
        raise
    if code in NOTHING_SENT:
        _restore(before)
        say("The files of the inventory are as before.", quiet=project.options.quiet)
    return code


def _texts(paths: Sequence[Path]) -> dict[Path, str | None]:
    return {path: path.read_text(encoding="utf-8") if path.exists() else None for path in paths}


def _restore(texts: Mapping[Path, str | None]) -> None:
    """Bring the inventory back to what it was: the site is not there, so it is not intended."""
    from automation.fabric.files import write_whole

    write_whole({path: text for path, text in texts.items() if text is not None})
    for path in [path for path, text in texts.items() if text is None]:
        path.unlink(missing_ok=True)


def _announce(project: Project, new: NewSite, address: str) -> None:
    say(
        f"site {new.site}: {new.router} joins cloud {new.cloud} as {address}",
        quiet=project.options.quiet,
    )


def _would(project: Project, edit: Edit, given: Allocations, router: str) -> int:
    """Show what would be written, and the lines intended for the new router."""
    import difflib

    from automation.config.render import render
    from automation.fabric.derive import device_views

    for path, text in edit.texts.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = difflib.unified_diff(
            before.splitlines(), text.splitlines(), str(path), str(path), lineterm=""
        )
        put("\n".join(lines))
    put(f"\nintended lines of {router}:\n{render(device_views(edit.fabric, given)[router])}")
    say("Nothing was written and nothing was sent (--dry-run).", quiet=project.options.quiet)
    return 0


def _new_site(
    project: Project, name: str, router: str, wan: str, lans: Sequence[str], cloud: str
) -> NewSite:
    from automation.fabric.edit import NewSite

    router_name, host = _host(project, name, router)
    interface, _, nbma = wan.partition("=")
    return NewSite(
        site=name,
        router=router_name,
        cloud=cloud or _only_cloud(project),
        wan=interface,
        nbma=nbma,
        lans=dict(_lan(project, text) for text in lans),
        host=host,
    )


def _host(project: Project, site: str, text: str) -> tuple[str, dict[str, object]]:
    """Read ROUTER, ROUTER=ADDRESS[:PORT] or ADDRESS (the router is then named like the site)."""
    from automation.fabric.load import host_names

    name, equals, address = text.partition("=")
    if not equals and _is_address(name):
        name, address = site, name
    if not address and name in (host_names(project.inventory) or ()):
        return name, {}
    address = address or name  # a name that DNS (or a lab) knows
    hostname, colon, port = address.partition(":")
    if colon and not port.isdigit():
        raise UsageError(f"--host {text}: {port!r} is no port", hint="ROUTER=ADDRESS:PORT")
    entry: dict[str, object] = {"hostname": hostname, **({"port": int(port)} if port else {})}
    if groups := _groups(project):
        entry["groups"] = groups
    return name, entry


def _groups(project: Project) -> list[str]:
    """Give the groups that the spokes of hosts.yaml have in common."""
    import yaml

    path = project.inventory / "hosts.yaml"
    if not path.is_file():
        return []
    known = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    spokes = [name for name, view in project.views.items() if not view.is_hub and name in known]
    lists = [(known[name] or {}).get("groups") or [] for name in spokes]
    return [group for group in (lists[0] if lists else []) if all(group in x for x in lists)]


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def _lan(project: Project, text: str) -> tuple[str, str]:
    """Read INTERFACE=PREFIX, or PREFIX on the interface that the other spokes use."""
    interface, equals, prefix = text.partition("=")
    if equals:
        return interface, prefix
    used = {
        lan.interface for view in project.views.values() if not view.is_hub for lan in view.lans
    }
    if len(used) != 1:
        raise UsageError(f"--lan {text}: which interface?", hint=f"--lan INTERFACE={text}")
    return used.pop(), text


def _only_cloud(project: Project) -> str:
    clouds = list(project.fabric.clouds)
    if len(clouds) != 1:
        raise UsageError(f"the fabric has several clouds: {', '.join(clouds)}", hint="--cloud NAME")
    return clouds[0]
