"""Files and folders of a router: what an operator does with them, and what is refused."""

import pytest

from labs.twin.cli import Console, Session
from labs.twin.network import Network

CONFIG = """\
version 15.9
hostname R1
username u privilege 15 secret 0 cisco
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
archive
 path flash:$h-
end
"""
CONFIRM = "[confirm]"


@pytest.fixture
def session() -> Session:
    return Console.boot(Network(1), "r1", CONFIG).open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    return [session.execute(line) for line in lines][-1]


def quiet(session: Session) -> None:
    run(session, "configure terminal", "file prompt quiet", "end")


def test_folders_hold_files(session: Session) -> None:
    assert run(session, "mkdir flash:old", "") == "Created dir flash:/old\n"
    run(session, "copy running-config flash:/old/a.cfg", "")
    run(session, "cd flash:old")
    assert run(session, "pwd") == "flash:/old\n"
    listing = run(session, "dir")
    assert listing.startswith("Directory of flash:/old\n")
    assert listing.splitlines()[2].endswith("  a.cfg")
    assert "hostname R1" in run(session, "more a.cfg")
    run(session, "copy a.cfg b.cfg", "")
    run(session, "cd")
    assert " drwx " in run(session, "dir | include old")
    assert run(session, "dir /recursive flash: | count cfg") == (
        "Number of lines which match regexp = 2\n"
    )


def test_a_folder_goes_when_it_is_empty_or_by_force(session: Session) -> None:
    quiet(session)
    run(session, "mkdir flash:old", "copy running-config flash:old/a.cfg")
    assert "(Directory not empty)" in run(session, "rmdir old")
    assert "(Is a directory)" in run(session, "delete old")
    run(session, "delete /force /recursive flash:old")
    assert "(No such file or directory)" in run(session, "cd old")
    assert "old" not in run(session, "dir flash:")


def test_a_copy_asks_before_it_writes_over(session: Session) -> None:
    run(session, "copy running-config flash:a.cfg", "")
    run(session, "configure terminal", "hostname R2", "end")
    assert run(session, "copy running-config flash:a.cfg", "").endswith(CONFIRM)
    assert "bytes copied" not in run(session, "n")
    assert "hostname R1" in run(session, "more flash:a.cfg")
    assert "bytes copied" in run(session, "copy running-config flash:a.cfg", "", "")
    assert "hostname R2" in run(session, "more flash:a.cfg")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("more tftp://192.0.2.9/x",), "%Error opening tftp://192.0.2.9/x (Timed out)\n"),
        (
            ("copy tftp://192.0.2.9/x running-config", ""),
            "Accessing tftp://192.0.2.9/x...\n%Error opening tftp://192.0.2.9/x (Timed out)\n",
        ),
        (
            ("copy running-config tftp:", "192.0.2.9", ""),
            "%Error opening tftp://192.0.2.9/r1-confg (Timed out)\n",
        ),
        (
            ("show version | redirect ftp://192.0.2.9/x",),
            "%Error opening ftp://192.0.2.9/x (Timed out)\n",
        ),
        (("more flash:nothing",), "%Error opening flash:nothing (No such file or directory)\n"),
        (("cd disk7:",), "%Error changing to disk7: (Invalid device name)\n"),
    ],
)
def test_what_cannot_be_had(session: Session, lines: tuple[str, ...], says: str) -> None:
    assert run(session, *lines) == says


def test_the_configurations_are_files_too(session: Session) -> None:
    assert "hostname R1" in run(session, "more system:running-config")
    assert "startup-config" in run(session, "dir nvram:")
    assert "hostname R1" in run(session, "more nvram:startup-config")
    run(session, "erase startup-config", "")
    assert "startup-config" not in run(session, "dir nvram:")
    shown = run(session, "dir all-filesystems")
    assert [f"Directory of {name}" in shown for name in ("flash:/", "nvram:/", "system:/")] == [
        True,
        True,
        True,
    ]


def test_the_default_file_system_is_marked(session: Session) -> None:
    def marked() -> list[str]:
        return [row for row in run(session, "show file systems").splitlines() if row[:1] == "*"]

    assert [row.split()[-1] for row in marked()] == ["flash:#"]
    run(session, "cd nvram:")
    assert [row.split()[-1] for row in marked()] == ["nvram:"]


def test_a_sum_is_compared(session: Session) -> None:
    run(session, "copy null: flash:empty", "")
    # The MD5 of nothing, RFC 1321 appendix A.5.
    good = "d41d8cd98f00b204e9800998ecf8427e"
    assert f"Verified (flash:empty) = {good}" in run(session, f"verify /md5 flash:empty {good}")
    assert "%Error verifying" in run(session, f"verify /md5 flash:empty {good[::-1]}")


def test_the_caret_stands_under_the_wrong_word_of_an_abbreviated_line(session: Session) -> None:
    #        R1#sh run int tu99
    assert run(session, "sh run int tu99") == (
        "              ^\n% Invalid input detected at '^' marker.\n\n"
    )
    run(session, "configure terminal")
    assert run(session, "do sh run int tu99").index("^") == len("R1(config)#do sh run int ")
