"""What IOS says when it refuses a line, and what it says although all is well.

Tables of texts and pure functions over them. A text that is in no table is unknown, and the
callers fail closed on it. Sources: RELIABILITY section A, the command references, and the
captures of the evidence.
"""

import re

_CARET = re.compile(r"^\s*\^\s*$")
_SYSLOG = re.compile(
    r"^\*?(?:\w{3}\s+\d+ [\d:.]+: ?)?%(?!NHRP)[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-\w+:"
)

NOTICES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(text)
    for text in (
        r"^Enter configuration commands, one per line\.",
        # The timer of `configure terminal revert`, at arming and a minute before its end.
        r"^Rollback Confirmed Change: ",
        r'^Enter "configure confirm" if you wish to keep',
        # `vrf forwarding` and `ip vrf forwarding` take the address away, as they must.
        r"^% ?Interface \S+ (?:virtual )?(?:IPv4|IPv6|IP)\b.* disabled and address\(es\) removed",
        r"^% ?Interface \S+ IP address \S+ removed due to (?:enabling|disabling) VRF",
        r"^% ?Warning: use /31 mask on non point-to-point interface",
        r"^% ?Default route without gateway, if not a point-to-point interface",
        # Said on entering an IKEv2 block, before its lines are there.
        r"^% ?IKEv2 proposal (?:MUST|must) ",
        r"^ *encryption algorithm aes-gcm, a prf algorithm",
        r"^% ?IKEv2 (?:policy|Policy) (?:should|MUST|must) ",
        r"^% ?IKEv2 profile MUST have",
        r"^ *\d\. A (?:local and a remote authentication method|match identity)",
        r"^WARNING: Command has been added to the configuration using a type \d password",
        r"^ *However, type \d passwords will soon be deprecated",
        r"^ *Migrate to a supported password",
        r"^Building configuration\.\.\.",
        r"^\[OK\]",
        r"^Compressed configuration from \d+ bytes to \d+ bytes",
        r"^Destination filename \[",
        r"^\d+ bytes copied in ",
        r"^Loading \S+",
    )
)

_REFUSALS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(text)
    for text in (
        r"^%",
        r"^Command rejected",
        r"^Command authorization failed",
        r"^[Ee](?:rror|RROR)\b",
        r"^Must delete ",
        r"^Failed to apply command",
        r"^Invalid ",
        r"^Translating \"",
    )
)

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(text), hint)
    for text, hint in (
        (
            r"Invalid input|Unrecognized command",
            "not known to this image here: look at its release, and its licence for crypto lines",
        ),
        (r"Incomplete command", "the line lacks a word on this release"),
        (r"Ambiguous command", "write the keyword in full"),
        (
            r"[Aa]uthorization failed",
            "the AAA server does not allow this user the command: look at its command set",
        ),
        (r"[Nn]ot supported|rejected", "the device refuses this combination: see its own words"),
    )
)


def _spoken(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not _CARET.match(line)]


def is_notice(line: str) -> bool:
    """Tell whether a line of output is known and harmless."""
    return bool(_SYSLOG.match(line)) or any(known.match(line) for known in NOTICES)


def _is_refusal(line: str) -> bool:
    return not is_notice(line) and any(known.match(line) for known in _REFUSALS)


def refusal(text: str) -> str:
    """Give the first line of an answer that refuses a configuration line, or an empty text."""
    return next((line for line in _spoken(text) if _is_refusal(line)), "")


def unknown(text: str) -> str:
    """Give the first line of an answer that is neither a refusal nor a known notice."""
    return next(
        (line for line in _spoken(text) if not _is_refusal(line) and not is_notice(line)), ""
    )


def exec_refusal(text: str) -> str:
    """Give the refusal of an exec command: it stands in the first line that says anything."""
    spoken = [line for line in _spoken(text) if not is_notice(line)]
    return spoken[0] if spoken and _is_refusal(spoken[0]) else ""


def remedy(answer: str) -> str:
    """Say what to do about a refusal."""
    for known, hint in _HINTS:
        if known.search(answer):
            return hint
    return "see the device's own words; nothing after this line was sent"
