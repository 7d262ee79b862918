"""Exec commands on whole configurations: show, write, erase, copy, and merging into the running."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import HEADER, join_banners
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Refused, WrongWord
from labs.twin.storage import StorageError
from labs.twin.storage.volumes import RUNNING, STARTUP, is_remote

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

SAVED = "Building configuration...\n[OK]\n"
COPY_S = 0.5
"""Seconds a copy says it took."""
EXISTS = "%Warning:There is a file already existing with this name\n"
OVERWRITE = "Do you want to over write? [confirm]"
YES = ("", "y", "yes")


def show_running(session: Session, args: Args) -> str:
    """Print the running configuration or one interface of it."""
    try:
        return session.storage.show_running(everything="all" in args, interface=args.get("name"))
    except StorageError as error:
        raise WrongWord("name") from error


def show_startup(session: Session, args: Args) -> str:
    """Print the startup configuration."""
    return session.storage.show_startup()


def write_memory(session: Session, args: Args) -> str:
    """Save the configuration."""
    session.storage.save(session.now, session.user)
    return SAVED


def write_erase(session: Session, args: Args) -> str:
    """Erase the startup configuration."""

    def answer(text: str) -> str:
        if text.lower() not in YES:
            return ""
        session.storage.startup = None
        return "[OK]\nErase of nvram: complete\n"

    return session.ask(
        "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]",
        answer,
    )


def copy(session: Session, args: Args) -> str:
    """Copy a file or a configuration; asks for what is open unless prompts are quiet."""
    source, target = session.url(args["source"]), session.url(args["target"])
    if is_remote(source) and not _host_of(source):
        return _ask_host(session, source, lambda whole: _from(session, whole, target))
    return _from(session, source, target)


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _ask_host(session: Session, url: str, then: Callable[[str], str]) -> str:
    """Ask for the server that a URL leaves out, and for the file if that is open too."""
    scheme = url.partition(":")[0]
    name = base_name(url)

    def filed(host: str, file: str) -> str:
        if not file:
            return f"%Error opening {scheme}://{host}/ (Undefined error)\n"
        return then(f"{scheme}://{host}/{file}")

    def hosted(host: str) -> str:
        if not host:
            return "?Bad host address\n"
        if name:
            return filed(host, name)
        return session.ask("Source filename []? ", lambda file: filed(host, file))

    return session.ask("Address or name of remote host []? ", hosted)


def _from(session: Session, source: str, target: str) -> str:
    if is_remote(source):
        return _ask_name(session, source, target, lambda place: _unreachable(source))
    try:
        content = session.storage.read(source)
    except StorageError as error:
        return str(error)
    if is_remote(target) and not _host_of(target):
        default = f"{session.storage.hostname.lower()}-confg"
        if source not in (*RUNNING, *STARTUP):
            default = base_name(source)
        whole = target.rstrip(":/") + ":" + default
        return _ask_host(session, whole, lambda place: _to(session, source, place, content))
    return _to(session, source, target, content)


def _unreachable(url: str) -> str:
    return f"Accessing {url}...\n%Error opening {url} (Timed out)\n"


def _to(session: Session, source: str, target: str, content: bytes) -> str:
    return _ask_name(
        session, source, target, lambda place: _checked(session, source, place, content)
    )


def base_name(url: str) -> str:
    """Give the last name in a URL."""
    return url.rpartition(":")[2].rpartition("/")[2]


def _ask_name(session: Session, source: str, target: str, then: Callable[[str], str]) -> str:
    """Ask for the name of the copy, then go on with the place it stands for."""
    name = target.split(":", 1)[-1].lstrip("/")
    folder = session.storage.files.name_of(target)
    inside = bool(name) and folder is not None and session.storage.files.is_folder(folder)
    if inside:
        name = f"{folder}/{base_name(source)}"
    name = name or base_name(source)

    def answer(text: str) -> str:
        if target in (*RUNNING, *STARTUP):
            return then(target)
        if not text and not inside and target.rpartition(":")[2].strip("/"):
            return then(target)
        volume, colon, _ = target.rpartition(":")
        return then(f"{volume}{colon}{text or name}")

    if session.storage.prompts_quiet:
        return answer("")
    return session.ask(f"Destination filename [{name}]? ", answer)


def _checked(session: Session, source: str, target: str, content: bytes) -> str:
    """Ask before a file is written over."""
    files = session.storage.files
    name = files.name_of(target)
    known = target not in (*RUNNING, *STARTUP) and name is not None and name in files.files
    if not known or session.storage.prompts_quiet:
        return _copied(session, source, target, content)

    def answer(text: str) -> str:
        if text.lower() not in YES:
            return "%Error copying " + f"{source} (File exists)\n"
        return _copied(session, source, target, content)

    session.ask(OVERWRITE, answer)
    return EXISTS


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
    lines = join_banners(content.decode("utf-8", "replace").splitlines())
    return type_lines(session, lines) + _took(len(content))


def type_lines(session: Session, lines: Iterable[str]) -> str:
    """Type lines in configuration mode, up to an `end`."""
    editor = session.console.editor()
    output = ""
    for raw in lines:
        text = raw.strip()
        if HEADER.match(text):
            continue
        if text == "end":
            break
        if text in ("exit", "quit"):
            editor.exit()
            continue
        output += _merge_line(session, editor, raw, text)
    return output


def _merge_line(session: Session, editor: Editor, raw: str, text: str) -> str:
    try:
        outcome = editor.feed(text)
    except Refused as refused:
        return f"{raw.rstrip()}\n{refused.answer(len(raw) - len(raw.lstrip()))}"
    except Rejected as rejected:
        return rejected.answer
    session.console.typed(editor, outcome, session.user)
    return outcome.answer
