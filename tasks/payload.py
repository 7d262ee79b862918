"""One payload that a device can finish alone: a file on its own file system, checked, applied.

Used where our session runs through what is being changed; lines sent one by one would die half
way (RELIABILITY section D, step 4). The file holds clear secrets and is deleted afterwards.
"""

import hashlib
import io
import logging
import re

import paramiko
from nornir.core.task import Task
from scp import SCPClient, SCPException

from tasks import answers
from tasks.connect import dialer_of, session_of
from tasks.errors import TaskError, TransferFailed
from tasks.facts import ARCHIVE, FILE_SYSTEMS, find_filesystem, read_archive
from tasks.session import IosSession

log = logging.getLogger(__name__)

TRANSFER_IDLE_S = 60.0
_COPY_FAILED = re.compile(r"^%Error (?:opening|copying|reading)", re.MULTILINE)
_OURS = re.compile(r"\bdmvpn-[0-9a-f]{12}\.cfg\b")
_MD5 = re.compile(r"= *(?P<digest>[0-9a-fA-F]{32})\b")
_BRACES = re.compile(r"[{}\\]")


def _prefix(session: IosSession) -> str:
    said = session.show([ARCHIVE, FILE_SYSTEMS])
    system = find_filesystem(session, said[FILE_SYSTEMS], read_archive(said[ARCHIVE]))
    if system is None:
        raise TransferFailed(
            session.host,
            "no local file system found for the payload",
            "see `show file systems` on the device",
            FILE_SYSTEMS,
            said[FILE_SYSTEMS],
        )
    return system.prefix


def place(session: IosSession, content: str) -> str:
    """Choose the file: on the device's own file system, named by its content."""
    name = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"{_prefix(session)}dmvpn-{name}.cfg"


def sweep(session: IosSession) -> tuple[str, ...]:
    """Delete payloads that a lost session left behind, and name them."""
    prefix = _prefix(session)
    command = f"dir {prefix}"
    left = tuple(dict.fromkeys(_OURS.findall(session.show([command])[command])))
    for name in left:
        remove(session, f"{prefix}{name}")
    return left


def upload(task: Task, file: str, content: str) -> None:
    """Bring the text to the device and prove by MD5 that it is there whole."""
    session = session_of(task)
    try:
        _scp(task, file, content)
        sent = content
    except (SCPException, paramiko.SSHException, OSError, EOFError, TaskError) as error:
        log.info("no SCP, typing the file", extra={"device": session.host, "reason": str(error)})
        if not session.alive:
            session.reopen()
        sent = _type_in(session, file, content)
    _verify(session, file, sent)


def _scp(task: Task, file: str, content: str) -> None:
    # IOS gives one session a connection, so the copy has its own.
    with dialer_of(task).client() as client:
        transport = client.get_transport()
        with SCPClient(transport, socket_timeout=TRANSFER_IDLE_S) as scp:
            scp.putfo(io.BytesIO(content.encode()), file)


def _type_in(session: IosSession, file: str, content: str) -> str:
    """Write the file from the Tcl shell, for devices without `ip scp server enable`."""
    if _BRACES.search(content):
        raise TransferFailed(
            session.host,
            "SCP does not work, and the text holds braces or backslashes that Tcl would eat",
            "configure `ip scp server enable`",
            file,
            "",
        )
    terminal = session.connection.terminal
    session.send("tclsh")
    body = content.rstrip("\n").replace("\n", "\r")
    terminal.type_block(f'puts [open "{file}" w+] {{{body}\r}}\r', r"\}")
    session.send("tclquit")
    return content.rstrip("\n") + "\n\n"


def _verify(session: IosSession, file: str, sent: str) -> None:
    command = f"verify /md5 {file}"
    said = session.send(command, idle_s=TRANSFER_IDLE_S)
    wanted = hashlib.md5(sent.encode(), usedforsecurity=False).hexdigest()
    found = _MD5.search(said)
    if found is None or found["digest"].lower() != wanted:
        shown = found["digest"] if found else said.strip().splitlines()[-1:]
        raise TransferFailed(
            session.host,
            f"{file} did not arrive whole: MD5 {shown}, expected {wanted}; nothing was applied",
            "look for free space and for `ip scp server enable`",
            command,
            said,
        )


def apply(session: IosSession, file: str) -> str:
    """Merge the file into the running configuration and give what the device said."""
    command = f"copy {file} running-config"
    said = session.connection.terminal.exchange(command, [(r"Destination filename", "\n")])
    if _COPY_FAILED.search(said):
        raise TransferFailed(
            session.host,
            f"`{command}`: {answers.refusal(said)}",
            "nothing was applied; look at the file system of the device",
            command,
            said,
        )
    return said


def refused_line(said: str, lines: tuple[str, ...]) -> str:
    """Find the line of ours that stands above a refusal, where the device printed it."""
    above = ""
    wanted = {line.strip() for line in lines}
    for line in said.splitlines():
        if line.strip() in wanted:
            above = line.strip()
        elif answers.refusal(line):
            break
    return above


def remove(session: IosSession, file: str) -> None:
    """Delete the payload; a device that will not is worth a warning, not a failure."""
    try:
        session.send(f"delete /force {file}", [(r"\[confirm\]|Delete filename", "\n")])
    except TaskError as error:
        where = {"device": session.host, "file": file}
        log.warning("payload left: %s", error.message, extra=where)
