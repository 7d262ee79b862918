"""One call of the program: where things stand, and the parts joined for a command.

Heavy libraries are imported inside the functions that need them, so that help and bad usage
answer at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from automation.cli.options import Options
from automation.cli.output import say
from automation.errors import UsageError

if TYPE_CHECKING:
    from automation.config.secrets import Tokens
    from automation.credentials import Credentials
    from automation.fabric.allocations import Allocations
    from automation.fabric.model import Fabric
    from automation.fabric.views import DeviceView
    from automation.journal import Journal
    from automation.settings import Settings
    from automation.workflows.devices import NornirFleet
    from automation.workflows.plan import Planner


DEFAULT_LAB = "lab"


def utc_now() -> datetime:
    """Read the wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Project:
    """The folders and parts of one call."""

    options: Options
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    only_lab: Path | None = None
    """Work on this lab, whatever else runs or is named."""

    @cached_property
    def settings(self) -> Settings:
        """Read the environment."""
        from automation.settings import Settings

        return Settings()

    @property
    def inventory(self) -> Path:
        """Give the folder of the intent and of Nornir's files."""
        return self.options.inventory

    @property
    def state(self) -> Path:
        """Give the folder where runs, labs and the lock stand."""
        return self.options.folder / self.settings.state

    @property
    def runs(self) -> Path:
        """Give the folder of the journals."""
        return self.state / "runs"

    @property
    def labs(self) -> Path:
        """Give the folder of the labs."""
        return self.state / "lab"

    @cached_property
    def lab(self) -> Path | None:
        """Find the one lab that runs in this project, unless hosts are named otherwise."""
        from labs.twin.lab.folder import Folder

        if self.only_lab:
            return self.only_lab
        if self.settings.hosts or not self.labs.is_dir():
            return None
        running = [path for path in sorted(self.labs.iterdir()) if Folder(path).running()]
        if len(running) > 1:
            names = ", ".join(path.name for path in running)
            raise UsageError(
                f"several labs run: {names}",
                hint="end all but one, or name the hosts: DMVPN_HOSTS=.dmvpn/lab/NAME/hosts.yaml",
            )
        return running[0] if running else None

    def lab_folder(self, name: str) -> Path:
        """Give the folder of a lab: the named one, the running one, or the default.

        Raises:
            UsageError: There is none of this name.
        """
        if name:
            folder = self.labs / name
            if not folder.is_dir():
                raise UsageError(f"there is no lab {name!r} here", hint="start it: dmvpn lab up")
            return folder
        return self.lab or self.labs / DEFAULT_LAB

    @cached_property
    def credentials(self) -> Credentials:
        """Say where secrets are looked for."""
        from automation.credentials import Credentials

        files = [self.settings.credentials or self.inventory / "credentials.yaml"]
        if self.lab:
            files.insert(0, self.lab / "credentials.yaml")
        return Credentials(environ=self.environ, files=tuple(files))

    @cached_property
    def fabric(self) -> Fabric:
        """Read the intent, every problem at once."""
        from automation.fabric.load import load_fabric

        return load_fabric(self.inventory, self.credentials.resolve)

    @cached_property
    def allocations(self) -> Allocations:
        """Give an overlay address to every member; nothing is written."""
        from automation.fabric.allocations import allocate, load_allocations

        return allocate(self.fabric, load_allocations(self.inventory, self.fabric))

    @cached_property
    def views(self) -> Mapping[str, DeviceView]:
        """Derive what the intent means for each device."""
        from automation.fabric.derive import device_views

        return device_views(self.fabric, self.allocations)

    @cached_property
    def tokens(self) -> Tokens:
        """Give what seals and opens secrets."""
        from automation.config.secrets import Tokens
        from automation.fabric.keyfile import token_key

        key = token_key(self.state / "token.key")
        return Tokens(key, self.fabric.secrets(), self.credentials.resolve)

    def planner(self, *, prune: bool = False) -> Planner:
        """Give what plans are made with."""
        from automation.config.diff import plan_view
        from automation.workflows.plan import Planner

        return Planner(
            views=lambda running: self.views,
            change=lambda view, running: plan_view(view, running, self.tokens, prune=prune),
            prune=prune,
        )

    def names(self) -> list[str]:
        """List the devices of the fabric that the limit leaves.

        Raises:
            UsageError: None is left.
        """
        from automation.selection import labels_of_views, select

        return list(select(self.options.limit, labels_of_views(self.views)))

    @contextmanager
    def fleet(self) -> Iterator[NornirFleet]:
        """Open the inventory; sessions end with the block."""
        from automation.hosts import init_nornir
        from automation.log import set_up
        from automation.workflows.devices import NornirFleet

        level = "debug" if self.options.debug else "info" if self.options.verbose > 1 else ""
        set_up(
            level=level or self.settings.log_level,
            form=self.settings.log_format,
            file=self.settings.log_file,
            redact=self.credentials.redact,
        )

        if self.lab:
            say(
                f"Using the routers of the running lab ({self.lab.name}).", quiet=self.options.quiet
            )
        nornir = init_nornir(
            self.inventory,
            credentials=self.credentials,
            hosts=self.lab / "hosts.yaml" if self.lab else self.settings.hosts,
            workers=self.settings.workers,
        )
        fleet = NornirFleet(nornir)
        try:
            yield fleet
        finally:
            fleet.close()

    @contextmanager
    def run(self, operation: str, *, locked: bool) -> Iterator[Journal]:
        """Open the journal of a new run, holding the lock where devices may change."""
        from automation.journal import Journal, lock, new_run

        path = new_run(self.runs, utc_now())
        with ExitStack() as stack:
            if locked:
                stack.enter_context(
                    lock(self.state / "lock", operation=operation, run=path.name, now=utc_now())
                )
            journal = stack.enter_context(Journal(path, redact=self.credentials.redact))
            journal.record("run", operation=operation, pid=os.getpid())
            yield journal

    def clear(self) -> Callable[[Sequence[str]], Sequence[str]]:
        """Give what puts secrets into lines, for the last moment before a push."""
        return self.tokens.open

    def keep(self, run: str) -> Callable[[str, str], str]:
        """Give what puts backups into the folder of a run, secrets sealed."""

        def put_away(device: str, running: str) -> str:
            path = self.runs / run / "backup" / f"{device}.cfg"
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
                file.write(self.tokens.seal_running(running) + "\n")
                file.flush()
                os.fsync(file.fileno())
            return str(path)

        return put_away
