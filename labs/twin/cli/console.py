"""The operator's side of one router: joins its storage to the network and to its sessions.

A change of the configuration goes to the network at once. An armed undo and a planned reload are
timers on the network's clock: they fire at their time, whoever lets it pass (`Network.operators`).
"""

from __future__ import annotations

from contextlib import suppress

from labs.twin import passwords
from labs.twin.addresses import IPV4, IPV6
from labs.twin.cli.session import Session
from labs.twin.commands.edit import Editor, Outcome
from labs.twin.commands.reader import image_of
from labs.twin.image import DEFAULT_VERSION, IMAGES, ImageProfile
from labs.twin.intake import intake
from labs.twin.network import Network
from labs.twin.storage import Storage, StorageError
from labs.twin.storage.replace import Replacement

TIMER_OWNER = "console "
"""With the router's name: owner of our timers on the network's clock."""
SHUTDOWN = "\n\n***\n*** --- SHUTDOWN {} ---\n***\n"
UNDO_SOON = (
    "\nRollback Confirmed Change: Rollback will begin in one minute.\n"
    'Enter "configure confirm" if you wish to keep what you\'ve configured\n'
)
WARNINGS_MIN = (5, 1)
"""Minutes before a planned reload at which all terminals are warned [K]."""
REDIRECTS = {"ip nhrp redirect": IPV4, "ipv6 nhrp redirect": IPV6}


class Console:
    """Everything that happens to one router from outside the network."""

    def __init__(self, network: Network, name: str, storage: Storage) -> None:
        self.network = network
        self.name = name
        self.storage = storage
        self.sessions: list[Session] = []
        self.locked_by: Session | None = None
        """Who keeps others out of configuration mode."""
        self.reload_at: float | None = None
        self.reload_by = ""
        self.reload_reason = ""
        self._warnings: list[float] = []
        """When the planned reload will be announced."""
        network.operators[TIMER_OWNER + name] = self
        if storage.plan_archive(network.now):
            self.wake()

    def __getstate__(self) -> dict[str, object]:
        """Leave terminals out of a copy: who sits at them is not copied along."""
        return {**self.__dict__, "sessions": [], "locked_by": None}

    @classmethod
    def boot(
        cls, network: Network, name: str, text: str, image: ImageProfile | None = None
    ) -> Console:
        """Put a router with a startup configuration into a network.

        Args:
            network: Where.
            name: Its name there.
            text: The startup configuration.
            image: The image; None takes that of the `version` line, else the newest.
        """
        profile = image or image_of(text, IMAGES[DEFAULT_VERSION])
        storage = Storage.boot(profile, text, salt=name)
        network.add_router(name, intake(storage.tree, profile, name))
        return cls(network, name, storage)

    @property
    def now(self) -> float:
        """Give the virtual time."""
        return self.network.now

    # Configuration

    def commit(self, user: str) -> None:
        """Tell the network that the running configuration was changed."""
        self.storage.touched(self.now, user)
        if self.storage.plan_archive(self.now):
            self.wake()
        self.network.configure(self.name, intake(self.storage.tree, self.storage.image, self.name))

    def typed(self, editor: Editor, outcome: Outcome, user: str) -> None:
        """Take up what a typed line did."""
        if outcome.changed:
            self.commit(user)
        if editor.last is None or outcome.withdrawn:
            return
        family = REDIRECTS.get(editor.last[1].name)
        if family is not None:
            # Dead after the network-id was taken away, until it is typed again (FAULT_SWEEP T1).
            self.network.redirect_typed(self.name, str(editor.last[0].line.args["name"]), family)

    def record(self, session: Session, command: str) -> None:
        """Note a line typed in configuration mode, where `archive` asks for it."""
        storage = self.storage
        if not storage.keeps_commands:
            return
        storage.commands = [*storage.commands, (f"{session.user}@{session.line}", command)][-100:]
        storage.commands_kept += 1
        if storage.tells_commands:
            self.log(f"%PARSER-5-CFGLOG_LOGGEDCMD: User:{session.user}  logged command:{command}")

    def log(self, text: str) -> None:
        """Write a syslog line."""
        self.network.routers[self.name].note(text, self.now)

    def editor(self) -> Editor:
        """Give a cursor in the running configuration."""
        return self.storage.editor()

    def replace(
        self, text: str, user: str, *, stop_on_error: bool = False, restoring: bool = False
    ) -> Replacement:
        """Make the running configuration that of a text, command by command."""
        return self.storage.replace(
            text,
            lambda: self.commit(user),
            stop_on_error=stop_on_error,
            restoring=restoring,
        )

    def broadcast(self, text: str, but: Session | None = None) -> None:
        """Tell every terminal."""
        for session in self.sessions:
            if session is not but:
                session.interrupt(text)

    # Logins and sessions

    def authenticate(self, user: str, password: str) -> int | None:
        """Check a login against the users of the router; give the privilege level."""
        known = self.network.routers[self.name].config.users.get(user)
        if known is None or known.secret is None:
            return None
        if not passwords.verify(known.secret_type or 0, known.secret, password):
            return None
        return known.privilege

    def open(
        self, user: str, privilege: int, source: str = "127.0.0.1", *, length: int | None = None
    ) -> Session:
        """Start a session on the first free line."""
        from labs.twin.cli.session import Session

        taken = {session.line for session in self.sessions}
        number = next(n for n in range(len(taken) + 1) if f"vty {n}" not in taken)
        session = Session(self, user=user, privilege=privilege, line=f"vty {number}", source=source)
        if length is not None:
            session.length = length
        self.sessions.append(session)
        return session

    def close(self, session: Session) -> None:
        """End a session."""
        session.hang_up()
        if self.locked_by is session:
            self.locked_by = None
        if session in self.sessions:
            self.sessions.remove(session)

    def receive_file(self, url: str, content: bytes) -> str | None:
        """Store a file that came by SCP, or say why not."""
        if not self.network.routers[self.name].config.scp_server:
            return "Administratively disabled."
        try:
            self.storage.write(url, content, self.now)
        except StorageError as error:
            return str(error).strip()
        return None

    def send_file(self, url: str) -> bytes | str:
        """Give a file that is fetched by SCP, or say why not."""
        if not self.network.routers[self.name].config.scp_server:
            return "Administratively disabled."
        try:
            return self.storage.read(url)
        except StorageError as error:
            return str(error).strip()

    # Time

    def next_due(self) -> float | None:
        """Tell when `advance` has something to do, None when never."""
        times = [*self._warnings, self.storage.next_timer(), self.reload_at]
        times.append(self.storage.archive_at)
        times += [session.idle_until for session in self.sessions]
        return min((t for t in times if t is not None), default=None)

    def plan_reload(self, at: float | None, by: str = "", reason: str = "") -> None:
        """Boot again at a time, announced before; None forgets it."""
        self.reload_at, self.reload_by, self.reload_reason = at, by, reason
        moments = [] if at is None else [at - minutes * 60.0 for minutes in WARNINGS_MIN]
        self._warnings = [moment for moment in moments if moment > self.now]
        self.wake()

    def cancel_reload(self, session: Session) -> str:
        """Forget the planned reload; every terminal hears of it."""
        self.plan_reload(None)
        text = SHUTDOWN.format("ABORTED")
        self.broadcast(text, but=session)
        return text

    def wake(self) -> None:
        """Put our next time on the network's clock."""
        due = self.next_due()
        if due is None:
            self.network.clock.cancel(TIMER_OWNER + self.name, "undo")
        else:
            self.network.clock.arm(due, TIMER_OWNER + self.name, "undo")

    def advance(self) -> None:
        """Do what is due: warn, roll back, reload."""
        while (due := self.next_due()) is not None and due <= self.now:
            idle = [s for s in self.sessions if s.idle_until is not None and s.idle_until <= due]
            for session in idle:
                self.close(session)
            if idle:
                continue
            archive_at = self.storage.archive_at
            if archive_at is not None and archive_at <= due:
                self._archive(archive_at)
            elif self._warnings and self._warnings[0] <= self.now:
                minutes = round(((self.reload_at or self.now) - self._warnings.pop(0)) / 60)
                self.broadcast(SHUTDOWN.format(f"in 0:{minutes:02d}:00"))
            elif self.reload_at is not None and self.reload_at <= self.now:
                self.reload()
            else:
                self._undo_due()
        self.wake()

    def _archive(self, due: float) -> None:
        """Archive the configuration, as `time-period` asks, and plan the next time."""
        self.storage.archive_at = None
        # A path that cannot be reached now may be at the next time.
        with suppress(StorageError):
            self.storage.snapshot(due)
        self.storage.plan_archive(due)

    def _undo_due(self) -> None:
        rollback = self.storage.rollback
        if rollback is None:
            return
        if not rollback.warned:
            rollback.warned = True
            self.log(
                "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_WARNING_ABSTIMER: System will rollback to config "
                f'{rollback.file} in one minute. Enter "configure confirm" if you wish to keep '
                "what you've configured"
            )
            for session in self.sessions:
                if session.user == rollback.user:
                    session.interrupt(UNDO_SOON)
            return
        self.roll_back()

    def roll_back(self) -> Replacement:
        """Go back to the backup of the armed change now."""
        rollback = self.storage.rollback
        if rollback is None:
            raise StorageError("")
        self.storage.rollback = None
        self.wake()
        self.log(
            f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_ROLLBACK_START: Start rolling to: {rollback.file}"
        )
        text = self.storage.read(rollback.file).decode("utf-8", "replace")
        return self.replace(text, rollback.user, restoring=True)

    def reload(self) -> None:
        """Boot from the startup configuration; all sessions end."""
        self.plan_reload(None)
        old = self.storage
        fresh = Storage.boot(old.image, old.startup or "", salt=self.name)
        old.tree, old.unknown, old.rollback = fresh.tree, fresh.unknown, None
        old.licensed, old.archive_at = fresh.licensed, None
        old.booted_level = fresh.booted_level
        if old.plan_archive(self.now):
            self.wake()
        old.changed_at = old.saved_at = None
        old.saved_edits = old.edits
        for session in list(self.sessions):
            session.closed = True
            self.close(session)
        self.network.restart(self.name, intake(old.tree, old.image, self.name))
