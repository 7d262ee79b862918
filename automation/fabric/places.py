"""Where a configuration line holds a secret: the group `secret`, type digits before it left out.

One table for three uses: sealing what a device printed, refusing a clear secret in the intent,
and the tests that hold both to it.
"""

import re

_TYPED = r"(?:[0-9] )?"
_TRAP_WORDS = r"(?:vrf \S+ )?(?:traps |informs )?(?:version (?:1|2c) )?"
_REST = r"(?P<secret>\S.*?) *$"  # a key or password may hold blanks
PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^ *ip(?:v6)? nhrp authentication (?P<secret>\S+)",
        rf"^ *pre-shared-key (?!address |hostname )(?:local |remote )?(?:hex )?{_TYPED}{_REST}",
        rf"^ *pre-shared-key (?:address|hostname) .* key {_TYPED}(?P<secret>\S+)",
        rf"^crypto isakmp key {_TYPED}(?P<secret>\S+) (?:address|hostname) ",
        rf"^ *neighbor \S+ password {_TYPED}(?P<secret>\S+)",
        rf"^ *username \S+ .*?(?:secret|password) {_TYPED}{_REST}",
        rf"^ *enable (?:secret|password) (?:level \d+ )?{_TYPED}{_REST}",
        rf"^ *authentication mode hmac-sha-256 {_TYPED}(?P<secret>\S+)",
        rf"^ *server-private .* key {_TYPED}(?P<secret>\S+)",
        rf"^ *snmp-server host \S+ {_TRAP_WORDS}(?P<secret>(?!version |vrf |traps |informs )\S+)",
        rf"^ *(?:password|secret|key-string|server-key) {_TYPED}{_REST}",
        rf"^ *key {_TYPED}(?P<secret>(?!\d{{1,3}} *$)\S+) *$",  # not the number of a key in a chain
        rf"^ *ip ospf (?:authentication-key|message-digest-key \d+ md5) {_TYPED}(?P<secret>\S+)",
        r"^ *snmp-server community (?P<secret>\S+)",
        r"^ *snmp-server user .* auth \S+ (?P<secret>\S+)",
        r"^ *snmp-server user .* priv .*?(?P<secret>\S+)(?: access \S+)? *$",
        rf"^ *(?:tacacs|radius)-server .*key {_TYPED}(?P<secret>\S+)",
        rf"^ *(?:ppp (?:chap|pap) .*|ip (?:ftp|http client) )password {_TYPED}(?P<secret>\S+)",
        r"^ *(?:standby|vrrp|glbp) .*authentication (?:md5 key-string )?(?:text )?(?P<secret>\S+)",
        r"^ *ntp authentication-key \d+ md5 (?P<secret>\S+)",
        r"^ *set .*session-key .* (?P<secret>\S+) *$",
    )
)
"""Matches a whole line, indented or not."""


def clear_secret(line: str) -> str:
    """Give the secret that stands in clear in a line, or nothing."""
    for place in PLACES:
        match = place.search(line)
        if match and not match["secret"].startswith("<secret:"):
            return match["secret"]
    return ""
