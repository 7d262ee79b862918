"""Exec commands on files and folders: dir, cd, mkdir, delete, more, verify, tclsh.

Questions and answers are those of the vendor's command reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.cli.copying import YES, type_lines
from labs.twin.cli.tcl import Tcl
from labs.twin.storage import StorageError
from labs.twin.storage.files import NO_FILE
from labs.twin.storage.volumes import directory, everything, file_systems, volumes

if TYPE_CHECKING:
    from labs.twin.cli.session import Pending, Session

Args = Mapping[str, Any]


def show_file_systems(session: Session, args: Args) -> str:
    """Print the file systems."""
    return file_systems(session.storage, session.folder.partition(":")[0] + ":")


def list_directory(session: Session, args: Args) -> str:
    """List files."""
    url = session.url(args["url"]) if "url" in args else session.folder
    return directory(session.storage, url, recursive="recursive" in args)


def list_everything(session: Session, args: Args) -> str:
    """List the files of all file systems."""
    return everything(session.storage)


def show_flash(session: Session, args: Args) -> str:
    """Print the local file system as a table."""
    return session.storage.files.table()


def change_folder(session: Session, args: Args) -> str:
    """Let bare names stand in another folder."""
    files = session.storage.files
    url = session.url(args["url"]) if "url" in args else files.prefix
    volume, _, path = url.partition(":")
    if f"{volume}:" not in volumes(session.storage):
        return f"%Error changing to {url} (Invalid device name)\n"
    name = files.name_of(url)
    if path.strip("/") and (name is None or not files.is_folder(name)):
        return f"%Error changing to {url} ({NO_FILE})\n"
    session.folder = f"{volume}:/{name}" if name else f"{volume}:"
    return ""


def working_directory(session: Session, args: Args) -> str:
    """Print the folder that bare names stand in."""
    volume, _, path = session.folder.partition(":")
    return f"{volume}:/{path.strip('/')}\n"


def make_folder(session: Session, args: Args) -> str:
    """Make a folder."""
    files, url = session.storage.files, session.url(args["url"])
    name = files.name_of(url)

    def made(text: str) -> str:
        path = text or name
        if not path:
            return f"%Error Creating dir {url} (Invalid device name)\n"
        try:
            files.make_folder(path, session.now)
        except OSError as error:
            return f"%Error Creating dir {url} (Can't create a directory: {error})\n"
        return f"Created dir {files.prefix}/{path}\n"

    if session.storage.prompts_quiet:
        return made("")
    return session.ask(f"Create directory filename [{name}]? ", made)


def remove_folder(session: Session, args: Args) -> str:
    """Remove an empty folder."""
    files, url = session.storage.files, session.url(args["url"])
    name = files.name_of(url)
    if not name or name not in files.folders:
        return f"%Error Removing dir {url} ({NO_FILE})\n"

    def removed(text: str) -> str:
        if text.lower() not in YES:
            return ""
        if files.below(name):
            return f"%Error Removing dir {url} (Directory not empty)\n"
        files.remove_tree(name)
        return f"Removed dir {files.prefix}/{name}\n"

    def named(text: str) -> str:
        return session.ask(f"Delete {files.prefix}/{name}? [confirm]", removed)

    if session.storage.prompts_quiet:
        return removed("")
    return session.ask(f"Remove directory filename [{name}]? ", named)


def more(session: Session, args: Args) -> str:
    """Print a file."""
    try:
        text = session.storage.read(session.url(args["url"])).decode("utf-8", "replace")
    except StorageError as error:
        return str(error)
    return text if text.endswith("\n") else text + "\n"


def delete(session: Session, args: Args) -> str:
    """Delete a file, or a folder with all in it."""
    files, url = session.storage.files, session.url(args["url"])
    name = files.name_of(url)
    if not name or not (name in files.files or name in files.folders):
        return f"%Error deleting {url} ({NO_FILE})\n"
    if name in files.folders and "recursive" not in args:
        return f"%Error deleting {url} (Is a directory)\n"

    def confirmed(text: str) -> str:
        if text.lower() in YES:
            files.remove_tree(name)
        return ""

    def named(text: str) -> str:
        return session.ask(f"Delete {files.prefix}/{name}? [confirm]", confirmed)

    if "force" in args or session.storage.prompts_quiet:
        return confirmed("")
    return session.ask(f"Delete filename [{name}]? ", named)


def rename(session: Session, args: Args) -> str:
    """Give a file another name."""
    files, url, target = session.storage.files, session.url(args["url"]), args["target"]
    old = files.name_of(url)
    content = None if old is None else files.content(old)
    if old is None or content is None:
        return f"%Error renaming {url} ({NO_FILE})\n"

    def answer(text: str) -> str:
        place = files.name_of(session.url(text or target))
        if not place:
            return f"%Error renaming {url} (Invalid file name)\n"
        try:
            files.write(place, content, session.now)
        except OSError as error:
            return f"%Error renaming {url} ({error})\n"
        if place != old:
            files.delete(old)
        return ""

    if session.storage.prompts_quiet:
        return answer("")
    return session.ask(f"Destination filename [{files.name_of(target) or target}]? ", answer)


def verify(session: Session, args: Args) -> str:
    """Print the MD5 of a file, or compare it."""
    url = args["url"]
    files = session.storage.files
    name = files.name_of(session.url(url))
    digest = None if name is None else files.md5(name)
    if digest is None:
        return f"%Error opening {url} ({NO_FILE})\n"
    if "digest" not in args:
        return f".Done!\nverify /md5 ({url}) = {digest}\n\n"
    if args["digest"].lower() == digest:
        return f".Done!\nVerified ({url}) = {digest}\n\n"
    return (
        f".Done!\n%Error verifying {url}\nComputed signature  = {digest}\n"
        f"Submitted signature = {args['digest']}\n\n"
    )


def tclsh(session: Session, args: Args) -> str:
    """Start a Tcl shell."""

    def write(url: str, text: str) -> str:
        try:
            session.storage.write(session.url(url), text.encode(), session.now)
        except StorageError as error:
            return f'couldn\'t open "{url}": {error}'
        return ""

    def leave() -> None:
        session.tcl = None

    def run(command: str) -> tuple[str, Pending | None]:
        printed, job = session.run(command), session.pending
        session.pending = None
        return printed, job

    def configure(lines: list[str]) -> str:
        return type_lines(session, lines)

    session.tcl = Tcl(write, run, configure, leave)
    return ""
