"""A change under the device's own undo, against a scripted archive: each way it can go wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_ios import DROP, HANG, INVALID, FakeIos, Shell, md5_of, serve
from test_tasks import ARCHIVE_ON, FILE_SYSTEMS, RUNNING, STARTUP, Lab

from tasks import push as pushing
from tasks.errors import (
    CommandRejected,
    LineRejected,
    RevertFailed,
    SessionLost,
    TimerNotArmed,
    TransferFailed,
    UnexpectedAnswer,
)
from tasks.preflight import preflight
from tasks.push import push, redactor, save
from tasks.timer import arm, confirm, extend, pending, read_users, revert

NONE = "%No Rollback Confirmed Change pending\n"
DONE = """\
Rollback:Acquired Configuration lock.
!Pass 1
end
Total number of passes: 1
Rollback Done
"""
USERS = """\
    Line       User       Host(s)              Idle       Location
   0 con 0                idle                 00:00:10
*  2 vty 0     {user:<10} idle                 00:00:00 {source}
   3 vty 1     other      idle                 00:00:05 198.51.100.9

  Interface    User               Mode         Idle     Peer Address
"""


class Archive:
    """The undo timer of a fake router."""

    def __init__(self, router: FakeIos) -> None:
        self.router = router
        self.user = router.user
        self.owner = router.user
        self.minutes = 0
        self.said_revert = DONE
        self.confirms = True
        router.answers |= {
            "show archive": ARCHIVE_ON,
            "show file systems": FILE_SYSTEMS,
            "show running-config": RUNNING,
            "show startup-config": STARTUP,
            "show configuration lock": INVALID,
            "show users": USERS.format(user=router.user, source="127.0.0.1"),
            "show archive config rollback timer": self.timer,
            "configure confirm": self.confirm,
            "configure revert now": self.revert,
            "write memory": "Building configuration...\n[OK]\n",
        }
        for minutes in (1, 5, 10):
            router.answers[f"configure terminal revert timer {minutes}"] = self.arm
            router.answers[f"configure revert timer {minutes}"] = self.extend

    def timer(self, shell: Shell, line: str) -> str:
        if not self.minutes:
            return NONE
        return (
            "Time configured(or reconfigured): 10:00:00 UTC Sun Nov 22 2026\n"
            f"Timer type: absolute timer\nTimer value: {self.minutes} min\nUser: {self.owner}\n"
        )

    def arm(self, shell: Shell, line: str) -> str:
        self.minutes = int(line.split()[-1])
        shell.mode = "(config)#"
        return (
            "Rollback Confirmed Change: Backing up current running config to flash:archive-1\n"
            "Enter configuration commands, one per line.  End with CNTL/Z.\n"
        )

    def extend(self, shell: Shell, line: str) -> str:
        self.minutes = int(line.split()[-1])
        return ""

    def confirm(self, shell: Shell, line: str) -> str:
        self.minutes = 0 if self.confirms else self.minutes
        return ""

    def revert(self, shell: Shell, line: str) -> str:
        self.minutes = 0
        return self.said_revert


@pytest.fixture
def router() -> FakeIos:
    return FakeIos()


@pytest.fixture
def archive(router: FakeIos) -> Archive:
    return Archive(router)


@pytest.fixture
def lab(router: FakeIos, archive: Archive, tmp_path: Path) -> Iterator[Lab]:
    with serve(router):
        found = Lab(router, tmp_path)
        yield found
        found.close()


# Pre-flight


def test_a_device_that_can_undo_by_itself(lab):
    found = lab.run(preflight)
    assert found.problems == ()
    assert (found.user, str(found.path)) == ("admin", "oob")
    assert found.archive.path == "flash:archive"
    assert found.filesystem.prefix == "flash:"
    assert not found.unsaved


@pytest.mark.parametrize(
    ("command", "answer", "problem"),
    [
        (
            "show archive",
            " Archive feature not enabled\n",
            "archive is off: configure `archive` with a local `path`",
        ),
        (
            "show archive",
            "The next archive file will be named scp://192.0.2.9/R1-<timestamp>-0\n",
            "archive path scp://192.0.2.9/R1 is remote: a change that cuts the way to it could ",
        ),
        (
            "show file systems",
            FILE_SYSTEMS.replace("1994403840", "        10"),
            "flash: has 10 bytes free, ",
        ),
        ("show file systems", "\n", "no local file system found: see `show file systems`"),
        (
            "show startup-config",
            STARTUP.replace("hostname R1", "hostname R2"),
            "running and startup configuration differ: somebody's work is not saved; ",
        ),
        (
            "show configuration lock",
            "Parser Configure Lock\n---\nOwner PID         : 3\nState             : LOCKED\n",
            "the configuration is locked: see `show configuration lock`",
        ),
        (
            "show archive config rollback timer",
            "Time configured: 10:00\nTimer type: idle timer\nTimer value: 3 min\nUser: anna\n",
            "anna has an undo pending since 10:00: wait until it is confirmed or reverted",
        ),
    ],
)
def test_what_speaks_against_a_change(lab, command, answer, problem):
    lab.router.answers[command] = answer
    if command == "show file systems":
        lab.router.answers["show archive"] = ARCHIVE_ON
        lab.router.answers["dir flash:"] = "% Error opening flash:/ (No such device)\n"
    problems = lab.run(preflight).problems
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_unsaved_work_can_be_allowed(lab):
    lab.router.answers["show startup-config"] = STARTUP.replace("hostname R1", "hostname R2")
    found = lab.run(preflight, allow_unsaved=True)
    assert (found.unsaved, found.problems) == (True, ())


CEF = """\
198.51.100.0/24
  nexthop {next_hop} {interface}
"""


@pytest.mark.parametrize(
    ("interface", "path"),
    [("Tunnel100", "via:Tunnel100"), ("GigabitEthernet2", "underlay")],
)
def test_the_way_our_session_takes(lab, interface, path):
    lab.router.answers["show users"] = USERS.format(user="admin", source="198.51.100.7")
    lab.router.answers["show ip cef 198.51.100.7"] = CEF.format(
        next_hop="10.255.0.1", interface=interface
    )
    assert str(lab.run(preflight).path) == path


def test_a_source_the_global_table_does_not_know_came_by_a_management_vrf(lab):
    lab.router.answers["show users"] = USERS.format(user="admin", source="198.51.100.7")
    assert str(lab.run(preflight).path) == "oob"


def test_our_own_line_of_show_users():
    assert read_users(USERS.format(user="admin", source="192.0.2.4")) == ("admin", "192.0.2.4")
    assert read_users(USERS.format(user="admin", source="")) == ("admin", "")
    assert read_users("no such table") == ("", "")


# Arming


def test_arming_is_read_back(lab):
    found = lab.run(arm, minutes=5)
    assert (found.minutes, found.user, found.backup) == (5, "admin", "flash:archive-1")
    assert lab.run(pending).minutes == 5
    assert lab.router.config == []


def test_arming_without_an_archive(lab):
    lab.router.answers["configure terminal revert timer 5"] = "%Please turn config archive on\n"
    with pytest.raises(TimerNotArmed) as caught:
        lab.run(arm, minutes=5)
    assert str(caught.value) == (
        "r1: the device does not arm the undo: %Please turn config archive on; nothing was sent\n"
        "   hint: configure `archive` with a local `path` (docs/real-routers.md)"
    )


def test_arming_on_an_image_without_the_command(lab):
    lab.router.answers["configure terminal revert timer 5"] = INVALID
    with pytest.raises(TimerNotArmed, match="Invalid input detected"):
        lab.run(arm, minutes=5)


def test_arming_where_somebody_else_did(lab, archive):
    archive.minutes, archive.owner = 3, "anna"
    with pytest.raises(TimerNotArmed, match=r"anna has an undo pending since 10:00:00 UTC"):
        lab.run(arm, minutes=5)
    assert "configure terminal revert timer 5" not in lab.router.typed


def test_a_device_that_only_says_it_armed(lab, archive):
    lab.router.answers["show archive config rollback timer"] = NONE
    with pytest.raises(TimerNotArmed, match="no undo is pending"):
        lab.run(arm, minutes=5)


def test_a_timer_of_another_length(lab):
    def shorter(shell: Shell, line: str) -> str:
        lab.router.answers["show archive config rollback timer"] = (
            "Time configured: 10:00\nTimer type: absolute timer\nTimer value: 1 min\nUser: admin\n"
        )
        return ""

    lab.router.answers["configure terminal revert timer 5"] = shorter
    with pytest.raises(TimerNotArmed, match="asked for an undo in 5 min, the device says 1 min"):
        lab.run(arm, minutes=5)


def test_words_about_the_timer_that_nobody_knows(lab):
    lab.router.answers["show archive config rollback timer"] = "Rollback is somewhere\n"
    with pytest.raises(UnexpectedAnswer, match="Rollback is somewhere"):
        lab.run(pending)


def test_the_user_may_have_another_name_on_the_device(lab, archive):
    archive.owner = "ADMIN@corp"
    lab.router.answers["show users"] = USERS.format(user="ADMIN@corp", source="127.0.0.1")
    assert lab.run(arm, minutes=5).user == "ADMIN@corp"
    lab.run(push, lines=["interface Loopback1"])
    lab.run(confirm)


def test_a_user_name_that_the_device_cuts(lab, archive):
    archive.owner = "automation"
    assert lab.run(arm, minutes=5, user="automation-service").user == "automation"


@pytest.mark.parametrize("minutes", [0, 121])
def test_minutes_that_ios_does_not_know(lab, minutes):
    with pytest.raises(ValueError, match="1 to 120 minutes"):
        lab.run(arm, minutes=minutes)


# Pushing

LINES = ["interface Tunnel100", " ip mtu 1400", " tunnel key 100"]


def test_lines_go_in_one_by_one_and_each_has_a_verdict(lab):
    lab.router.config_answers["ip mtu 1400"] = (
        "% Interface Tunnel100 IPv4 disabled and address(es) removed due to enabling VRF INET\n"
    )
    lab.router.config_answers["tunnel key 100"] = ""
    lab.run(arm, minutes=5)
    found = lab.run(push, lines=LINES)
    assert [verdict.line for verdict in found.lines] == LINES
    assert found.lines[1].answer.startswith("% Interface Tunnel100 IPv4 disabled")
    assert lab.router.typed[-5:] == [
        "configure terminal",
        "interface Tunnel100",
        "ip mtu 1400",
        "tunnel key 100",
        "end",
    ]


def test_nothing_is_sent_without_an_undo(lab):
    with pytest.raises(TimerNotArmed, match="no undo is pending on the device; nothing was sent"):
        lab.run(push, lines=LINES)
    assert lab.router.config == []


def test_nothing_is_sent_under_the_undo_of_somebody_else(lab, archive):
    archive.minutes, archive.owner = 3, "anna"
    with pytest.raises(TimerNotArmed, match="belongs to anna, not to admin"):
        lab.run(push, lines=LINES)
    assert lab.router.config == []


@pytest.mark.parametrize(
    "answer",
    [
        INVALID,
        "% Incomplete command.\n",
        '% Ambiguous command:  "ip mtu 1400"\n',
        "%NHRP-ERROR: not on this interface\n",
        "Command rejected: not supported here\n",
        "% Cannot set it now\n",
    ],
)
def test_the_first_refused_line_stops_the_push(lab, answer):
    lab.router.config_answers["ip mtu 1400"] = answer
    lab.run(arm, minutes=5)
    with pytest.raises(LineRejected) as caught:
        lab.run(push, lines=LINES)
    said = answer.strip().splitlines()[-1].strip()
    assert caught.value.message == f"`ip mtu 1400`: {said}"
    assert (caught.value.line, caught.value.answer) == (" ip mtu 1400", said)
    assert lab.router.typed[-2:] == ["ip mtu 1400", "end"]


def test_words_that_nobody_knows_stop_the_push(lab):
    lab.router.config_answers["ip mtu 1400"] = "Moving the interface to the moon\n"
    lab.run(arm, minutes=5)
    with pytest.raises(UnexpectedAnswer, match="Moving the interface to the moon"):
        lab.run(push, lines=LINES)
    assert lab.router.config == ["interface Tunnel100", "ip mtu 1400"]
    assert lab.router.typed[-1] == "end"


def test_a_notice_of_the_timer_between_two_lines(lab):
    lab.router.config_answers["ip mtu 1400"] = (
        "Rollback Confirmed Change: Rollback will begin in one minute.\n"
        'Enter "configure confirm" if you wish to keep what you\'ve configured\n'
    )
    lab.run(arm, minutes=5)
    assert len(lab.run(push, lines=LINES).lines) == 3


def test_a_line_that_leaves_configuration_mode_stops_the_push(lab):
    lab.run(arm, minutes=5)
    with pytest.raises(UnexpectedAnswer, match="the line left configuration mode"):
        lab.run(push, lines=["interface Tunnel100", "end", "reload"])
    assert "reload" not in lab.router.typed


def test_a_new_host_name_is_a_new_prompt(lab):
    lab.run(arm, minutes=5)
    lab.run(push, lines=["hostname R1-new", "interface Loopback1"])
    assert lab.router.config[-1] == "interface Loopback1"


def test_a_drop_in_the_middle_is_reported_and_the_timer_is_left_alone(lab, archive):
    lab.router.config_answers["ip mtu 1400"] = DROP
    lab.run(arm, minutes=5)
    with pytest.raises(SessionLost):
        lab.run(push, lines=LINES)
    assert archive.minutes == 5
    assert lab.run(pending).minutes == 5


def test_lines_that_no_device_takes_are_refused_before_the_first(lab):
    lab.run(arm, minutes=5)
    for wrong in ("description a\nreload", "description " + "x" * 300):
        with pytest.raises(LineRejected):
            lab.run(push, lines=["interface Tunnel100", wrong])
    assert lab.router.config == []


# Secrets

CLEAR = ["crypto ikev2 keyring blue", " pre-shared-key S3cr3t-psk", " ip nhrp authentication n0t4u"]
SHOWN = [
    "crypto ikev2 keyring blue",
    " pre-shared-key <secret:psk-blue#12ab>",
    " ip nhrp authentication <secret:nhrp-blue#34cd>",
]


def test_results_show_tokens(lab):
    lab.run(arm, minutes=5)
    found = lab.run(push, lines=CLEAR, shown=SHOWN)
    assert [verdict.line for verdict in found.lines] == SHOWN
    assert lab.router.config[1] == "pre-shared-key S3cr3t-psk"


def test_errors_show_tokens_even_where_the_device_repeats_the_secret(lab, caplog):
    lab.router.config_answers["pre-shared-key S3cr3t-psk"] = (
        '% Ambiguous command:  "pre-shared-key S3cr3t-psk"\n'
    )
    lab.run(arm, minutes=5)
    with pytest.raises(LineRejected) as caught:
        lab.run(push, lines=CLEAR, shown=SHOWN)
    assert caught.value.message == (
        "`pre-shared-key <secret:psk-blue#12ab>`: "
        '% Ambiguous command:  "pre-shared-key <secret:psk-blue#12ab>"'
    )
    assert "S3cr3t-psk" not in caplog.text


def test_unknown_words_with_a_secret_show_tokens(lab):
    lab.router.config_answers["pre-shared-key S3cr3t-psk"] = "S3cr3t-psk is too weak\n"
    lab.run(arm, minutes=5)
    with pytest.raises(UnexpectedAnswer) as caught:
        lab.run(push, lines=CLEAR, shown=SHOWN)
    assert "S3cr3t-psk" not in str(caught.value)
    assert "S3cr3t-psk" not in caught.value.answer


def test_a_drop_after_a_secret_does_not_tell_it(lab):
    lab.router.config_answers["pre-shared-key S3cr3t-psk"] = DROP
    lab.run(arm, minutes=5)
    with pytest.raises(SessionLost) as caught:
        lab.run(push, lines=CLEAR, shown=SHOWN)
    assert "S3cr3t-psk" not in str(caught.value)


@pytest.mark.parametrize("said", [HANG, HANG + "S3cr3t-psk is", "Really use S3cr3t-psk? [no]:"])
def test_silence_and_questions_after_a_secret_do_not_tell_it(lab, said):
    lab.extras["idle_timeout_s"] = 0.3
    lab.router.config_answers["pre-shared-key S3cr3t-psk"] = lambda shell, line: (
        said if said.startswith(HANG) else shell.question(said, lambda typed: "\n")
    )
    lab.run(arm, minutes=5)
    with pytest.raises((SessionLost, UnexpectedAnswer)) as caught:
        lab.run(push, lines=CLEAR, shown=SHOWN)
    assert "S3cr" not in str(caught.value) + str(vars(caught.value))
    assert "pre-shared-key <secret:psk-blue#12ab>" in str(caught.value)


def test_two_secrets_in_one_line():
    redact = redactor(["key aaa then bbb"], ["key <secret:a#1> then <secret:b#2>"])
    assert redact("bbb aaa") == "<secret:b#2> <secret:a#1>"


def test_forms_that_do_not_fit_their_lines_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        redactor(["key aaa"], ["other <secret:a#1>"])


# The payload, for sessions through the tunnel that is changed


@pytest.fixture
def payload(lab: Lab) -> str:
    """Script the file commands; give the name the payload will have."""
    content = "".join(f"{line}\n" for line in LINES) + "end\n"
    name = pushing.payload.hashlib.sha256(content.encode()).hexdigest()[:12]
    file = f"flash:dmvpn-{name}.cfg"
    lab.router.answers[f"verify /md5 {file}"] = md5_of(lab.router)
    lab.router.answers[f"copy {file} running-config"] = lambda shell, line: shell.question(
        "Destination filename [running-config]? ", lambda typed: "\n62 bytes copied in 0.1 secs\n"
    )
    lab.router.answers[f"delete /force {file}"] = ""
    return file


def test_a_payload_is_checked_applied_and_removed(lab, payload):
    lab.run(arm, minutes=5)
    found = lab.run(push, lines=LINES, in_band=True)
    assert (found.payload, found.reconnected) == (payload, False)
    assert lab.router.files[payload] == b"interface Tunnel100\n ip mtu 1400\n tunnel key 100\nend\n"
    assert lab.router.typed[-3:] == [
        f"verify /md5 {payload}",
        f"copy {payload} running-config",
        f"delete /force {payload}",
    ]


def test_a_payload_that_cuts_the_session(lab, payload):
    lab.router.answers[f"copy {payload} running-config"] = DROP
    lab.run(arm, minutes=5)
    found = lab.run(push, lines=LINES, in_band=True, deadline_s=20)
    assert found.reconnected
    assert lab.router.typed[-1] == f"delete /force {payload}"


def test_a_device_that_does_not_come_back(lab, payload):
    def gone(shell: Shell, line: str) -> str:
        lab.router.password = "changed meanwhile"
        return DROP

    lab.router.answers[f"copy {payload} running-config"] = gone
    lab.run(arm, minutes=5)
    with pytest.raises(Exception, match="login as admin refused"):
        lab.run(push, lines=LINES, in_band=True, deadline_s=0.1)


def test_a_payload_that_arrives_broken_is_not_applied(lab, payload):
    lab.router.answers[f"verify /md5 {payload}"] = f"verify /md5 ({payload}) = {'0' * 32}\n"
    lab.run(arm, minutes=5)
    with pytest.raises(TransferFailed, match="did not arrive whole"):
        lab.run(push, lines=LINES, in_band=True)
    assert f"copy {payload} running-config" not in lab.router.typed
    assert lab.router.typed[-1] == f"delete /force {payload}"


def test_without_scp_a_text_that_tcl_would_eat_is_not_typed(lab):
    lab.router.scp = False
    lab.run(arm, minutes=5)
    with pytest.raises(TransferFailed, match="SCP does not work, and the text holds braces"):
        lab.run(push, lines=["banner motd {hello}"], in_band=True)
    assert "tclsh" not in lab.router.typed


def test_a_line_of_the_payload_that_is_refused(lab, payload):
    lab.router.answers[f"copy {payload} running-config"] = (
        " ip mtu 1400\n      ^\n% Invalid input detected at '^' marker.\n\n62 bytes copied\n"
    )
    lab.run(arm, minutes=5)
    with pytest.raises(LineRejected) as caught:
        lab.run(push, lines=LINES, in_band=True)
    assert caught.value.line == " ip mtu 1400"


def test_a_payload_that_cannot_be_read(lab, payload):
    lab.router.answers[f"copy {payload} running-config"] = (
        f"%Error opening {payload} (No such file or directory)\n"
    )
    lab.run(arm, minutes=5)
    with pytest.raises(TransferFailed, match="No such file or directory"):
        lab.run(push, lines=LINES, in_band=True)


# The end of a change


def test_confirming_is_read_back(lab):
    lab.run(arm, minutes=5)
    lab.run(confirm)
    assert lab.run(pending) is None


def test_confirming_too_late(lab):
    with pytest.raises(TimerNotArmed, match="no undo is pending"):
        lab.run(confirm)


def test_a_confirmation_that_does_nothing(lab, archive):
    archive.confirms = False
    lab.run(arm, minutes=5)
    with pytest.raises(UnexpectedAnswer, match="still pending"):
        lab.run(confirm)


def test_extending_is_read_back(lab):
    lab.run(arm, minutes=5)
    assert lab.run(extend, minutes=10).minutes == 10
    lab.router.answers["configure revert timer 1"] = ""
    with pytest.raises(TimerNotArmed, match="asked for 1 min more, the device says 10 min"):
        lab.run(extend, minutes=1)


def test_reverting(lab):
    lab.run(arm, minutes=5)
    assert lab.run(revert).endswith("Rollback Done")


@pytest.mark.parametrize(
    "said",
    [
        "Failed to apply command ip mtu 1400\nAborting Rollback.\n" + DONE,
        DONE + "The original configuration has been successfully restored.\n",
        "Rollback aborted after 5 passes\n" + DONE,
        "Must delete secondary before deleting primary\n" + DONE,
    ],
)
def test_rollback_done_is_said_after_failures_too(lab, archive, said):
    archive.said_revert = said
    lab.run(arm, minutes=5)
    with pytest.raises(RevertFailed):
        lab.run(revert)


def test_a_revert_without_its_last_words(lab, archive):
    archive.said_revert = "Rollback:Acquired Configuration lock.\n"
    lab.run(arm, minutes=5)
    with pytest.raises(UnexpectedAnswer, match="did not end in `Rollback Done`"):
        lab.run(revert)


def test_a_revert_that_cuts_the_session(lab, archive):
    archive.said_revert = DROP
    lab.run(arm, minutes=5)
    assert lab.run(revert, deadline_s=20) == ""
    assert lab.run(pending) is None


def test_saving(lab):
    lab.run(save)
    assert lab.router.typed[-1] == "write memory"


def test_saving_asks_before_it_overwrites(lab):
    lab.router.answers["write memory"] = lambda shell, line: shell.question(
        "Overwrite the previous NVRAM configuration?[confirm]", lambda typed: "[OK]\n"
    )
    lab.run(save)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("startup-config file open failed (Not enough space)\n", UnexpectedAnswer),
        ("%Error opening nvram:/startup-config (No space)\n", CommandRejected),
    ],
)
def test_a_save_that_fails(lab, answer, error):
    lab.router.answers["write memory"] = answer
    with pytest.raises(error):
        lab.run(save)
