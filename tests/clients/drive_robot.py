"""Robot Framework with SSHLibrary: a suite of its own, run by `robot`."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from clients.conftest import Place

SUITE = """\
*** Settings ***
Library           SSHLibrary    timeout=20s    prompt=REGEXP:hub1[^\\\\s]*[#>]
Suite Setup       Enter The Hub
Suite Teardown    Close All Connections

*** Keywords ***
Enter The Hub
    Open Connection    ${HOST}    port=${PORT}    width=512
    ${banner}=    Login    oper    ${PASSWORD}    look_for_keys=False    allow_agent=False
    Should Contain    ${banner}    hub1>
    Type And Read    terminal length 0
    Write    enable
    Read Until    Password:
    ${text}=    Type And Read    ${PASSWORD}
    Should End With    ${text}    hub1#
    Should Not Contain    ${text}    ${PASSWORD}

Type And Read
    [Arguments]    ${command}
    Write    ${command}
    ${text}=    Read Until Prompt
    RETURN    ${text}

*** Test Cases ***
Version
    ${text}=    Type And Read    show version
    Should Contain    ${text}    ${VERSION}

Overlay
    ${text}=    Type And Read    show dmvpn
    Should Match Regexp    ${text}    203\\\\.0\\\\.113\\\\.2 +10\\\\.255\\\\.0\\\\.2 +UP

Refusal
    ${text}=    Type And Read    show nonsense
    Should Contain    ${text}    % Invalid input detected at '^' marker.

Configuration
    Type And Read    configure terminal
    ${text}=    Type And Read    interface Loopback9
    Should End With    ${text}    hub1(config-if)#
    Type And Read    description by robot
    Type And Read    end
    ${text}=    Type And Read    show running-config interface Loopback9
    Should Contain    ${text}    ${SPACE}description by robot
    Type And Read    configure terminal
    Type And Read    no interface Loopback9
    ${text}=    Type And Read    end
    Should End With    ${text}    hub1#

Until A Word
    Write    ping 10.255.0.2
    ${text}=    Read Until Regexp    Success rate is (\\\\d+) percent
    Should Contain    ${text}    !!!!!
    Read Until Prompt

One Command
    Open Connection    ${HOST}    port=${PORT}    alias=second
    Login    admin    ${PASSWORD}    look_for_keys=False    allow_agent=False
    ${out}    ${code}=    Execute Command    show clock    return_rc=True
    Should Match Regexp    ${out}    UTC
    Should Be Equal As Integers    ${code}    0
"""


def test_the_suite_passes(place: Place, tmp_path: Path) -> None:
    suite = tmp_path / "hub.robot"
    suite.write_text(SUITE.replace("\\\\\\\\", "\\\\"))
    variables = {
        "HOST": place.host,
        "PORT": place.port,
        "PASSWORD": place.password,
        "VERSION": place.version,
    }
    given = [word for name, value in variables.items() for word in ("-v", f"{name}:{value}")]
    done = subprocess.run(  # noqa: S603  # the client under test
        [str(Path(sys.executable).with_name("robot")), *given, "-d", str(tmp_path), str(suite)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    results = ElementTree.parse(tmp_path / "output.xml")  # noqa: S314  # robot wrote it here
    told = {t.get("name"): t.find("status").get("status") for t in results.iter("test")}
    assert set(told.values()) == {"PASS"}, done.stdout
    assert len(told) == SUITE.count("\n\n", SUITE.index("*** Test Cases")) + 1
