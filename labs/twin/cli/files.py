"""Exec commands on configurations and files: show running-config, copy, dir, tclsh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.cli.tcl import Tcl
from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import HEADER, join_banners
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Reason, Refused
from labs.twin.storage import StorageError

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

RUNNING = ("running-config", "system:running-config", "system:/running-config")
STARTUP = ("startup-config", "nvram:startup-config", "nvram:/startup-config")
SAVED = "Building configuration...\n[OK]\n"
COPY_S = 0.5
"""Seconds a copy says it took."""


def show_running(session: Session, args: Args) -> str:
    """Print the running configuration or one interface of it."""
    try:
        return session.storage.show_running(everything="all" in args, interface=args.get("name"))
    except StorageError as error:
        name = args["name"]
        raise Refused(
            Reason.INVALID,
            f"show running-config interface {name}",
            len("show running-config interface "),
        ) from error


def show_startup(session: Session, args: Args) -> str:
    """Print the startup configuration."""
    return session.storage.show_startup()


def show_file_systems(session: Session, args: Args) -> str:
    """Print the file systems."""
    files = session.storage.files
    size = 64 * 1024 * 1024
    head = "File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n"
    row = f"*{size:>14d}{size - files.used():>14d}      disk     rw   {files.prefix}\n"
    return f"{head}{row}{524288:>15d}{524288 - 2048:>14d}     nvram     rw   nvram:\n"


def write_memory(session: Session, args: Args) -> str:
    """Save the configuration."""
    session.storage.save(session.now, session.user)
    return SAVED


def write_erase(session: Session, args: Args) -> str:
    """Erase the startup configuration."""

    def answer(text: str) -> str:
        if text.lower() not in ("", "y", "yes"):
            return ""
        session.storage.startup = None
        return "[OK]\nErase of nvram: complete\n"

    return session.ask(
        "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]",
        answer,
    )


def copy(session: Session, args: Args) -> str:
    """Copy a file or a configuration; asks for the destination unless prompts are quiet."""
    source, target = args["source"], args["target"]
    try:
        content = session.storage.read(source)
    except StorageError as error:
        return str(error)
    name = target.split(":", 1)[-1].lstrip("/") or source.split(":", 1)[-1].lstrip("/")

    def answer(text: str) -> str:
        place = target
        if text and target not in (*RUNNING, *STARTUP):
            place = target.split(":", 1)[0] + ":" + text if ":" in target else text
        return _copied(session, source, place, content)

    if session.storage.prompts_quiet:
        return answer("" if target.split(":", 1)[-1].lstrip("/") else name)
    return session.ask(f"Destination filename [{name}]? ", answer)


def _copied(session: Session, source: str, target: str, content: bytes) -> str:
    if target in RUNNING:
        return merge(session, content)
    if source in RUNNING and target in STARTUP:
        session.storage.save(session.now, session.user)
        return SAVED
    try:
        session.storage.write(target, content, session.now)
    except StorageError as error:
        return str(error)
    marks = "!" if content else ""
    return f"{marks}\n{_took(len(content))}"


def _took(size: int) -> str:
    return f"\n{size} bytes copied in {COPY_S:.3f} secs ({round(size / COPY_S)} bytes/sec)\n"


def merge(session: Session, content: bytes) -> str:
    """Type a file into the running configuration; lines it does not know are told."""
    editor = session.console.editor()
    output = ""
    for raw in join_banners(content.decode("utf-8", "replace").splitlines()):
        text = raw.strip()
        if HEADER.match(text):
            continue
        if text == "end":
            break
        if text in ("exit", "quit"):
            editor.exit()
            continue
        output += _merge_line(session, editor, raw, text)
    return output + _took(len(content))


def _merge_line(session: Session, editor: Editor, raw: str, text: str) -> str:
    try:
        outcome = editor.feed(text)
    except Refused as refused:
        return f"{raw.rstrip()}\n{refused.answer(len(raw) - len(raw.lstrip()))}"
    except Rejected as rejected:
        return rejected.answer
    session.console.typed(editor, outcome, session.user)
    return outcome.answer


def directory(session: Session, args: Args) -> str:
    """List files."""
    return session.storage.files.directory(args.get("url", ""))


def more(session: Session, args: Args) -> str:
    """Print a file."""
    try:
        text = session.storage.read(args["url"]).decode("utf-8", "replace")
    except StorageError as error:
        return str(error)
    return text if text.endswith("\n") else text + "\n"


def delete(session: Session, args: Args) -> str:
    """Delete a file."""
    files = session.storage.files
    url = args["url"]
    name = files.name_of(url)
    if name is None or files.content(name) is None:
        return f"%Error deleting {url} (No such file or directory)\n"
    if "force" in args:
        files.delete(name)
        return ""

    def confirmed(text: str) -> str:
        if text.lower() in ("", "y", "yes"):
            files.delete(name)
        return ""

    def named(text: str) -> str:
        return session.ask(f"Delete {files.prefix}/{name}? [confirm]", confirmed)

    return session.ask(f"Delete filename [{name}]? ", named)


def rename(session: Session, args: Args) -> str:
    """Give a file another name."""
    files, url, target = session.storage.files, args["url"], args["target"]
    old = files.name_of(url)
    content = None if old is None else files.content(old)
    if old is None or content is None:
        return f"%Error renaming {url} (No such file or directory)\n"

    def answer(text: str) -> str:
        place = files.name_of(text or target)
        if not place:
            return f"%Error renaming {url} (Invalid file name)\n"
        files.delete(old)
        files.write(place, content, session.now)
        return ""

    if session.storage.prompts_quiet:
        return answer("")
    return session.ask(f"Destination filename [{files.name_of(target) or target}]? ", answer)


def working_directory(session: Session, args: Args) -> str:
    """Print the folder that bare names stand for: there is one only."""
    return f"{session.storage.files.prefix}/\n"


def verify(session: Session, args: Args) -> str:
    """Print the MD5 of a file."""
    files = session.storage.files
    url = args["url"]
    name = files.name_of(url)
    digest = None if name is None else files.md5(name)
    if digest is None:
        return f"%Error opening {url} (No such file or directory)\n"
    return f".Done!\nverify /md5 ({url}) = {digest}\n\n"


def tclsh(session: Session, args: Args) -> str:
    """Start a Tcl shell."""

    def write(url: str, text: str) -> str:
        try:
            session.storage.write(url, text.encode(), session.now)
        except StorageError as error:
            return f'couldn\'t open "{url}": {error}'
        return ""

    def leave() -> None:
        session.tcl = None

    session.tcl = Tcl(write, session.run, leave)
    return ""
