"""A lab from a folder of running-configs: logins, links, ports, and what is not understood."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from automation.cli.folder import format_unknown
from labs.topology import LAB_PASSWORD, from_json, to_json
from labs.twin.lab.configs import lab_of_configs, parse_port, parse_user
from labs.twin.lab.folder import LabError
from labs.twin.lab.world import ConsoleHost, World, build, guests_of

ITOA64 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
)
SALT = "acmeacmeacme42"


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode().rstrip("=").translate(ITOA64)


EIGHT = encoded(hashlib.pbkdf2_hmac("sha256", b"acme-eight", SALT.encode(), 20000, 32))
NINE = encoded(hashlib.scrypt(b"acme-nine", salt=SALT.encode(), n=16384, r=1, p=1, dklen=32))
USERS = f"""\
username zero privilege 15 password 0 acme-zero
username five privilege 7 secret 5 $1$mERr$QZJNzsDwvFPcWNiuyoQQH0
username seven privilege 15 password 7 05080F1C2243
username eight privilege 15 secret 8 $8${SALT}${EIGHT}
username nine secret 9 $9${SALT}${NINE}
"""
HUB = """\
Building configuration...

Current configuration : 4713 bytes
!
! Last configuration change at 21:20:25 UTC Tue Dec 10 2024 by zero
!
version 15.7
service timestamps log datetime msec
!
hostname ACME-HUB
!
{users}!
crypto pki trustpoint ACME
 enrollment selfsigned
!
crypto pki certificate chain ACME
 certificate self-signed 01
  30820229 30820192 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
  2F312D30 2B060355 04031324 494F532D 53656C66 2D536967 6E65642D 43657274
  \tquit
!
interface Ethernet0/0
 ip address 192.0.2.1 255.255.255.252
!
interface Ethernet0/1
 ip address 192.0.2.5 255.255.255.252
 shutdown
!
banner motd ^C
  hostname NOT-THIS
 Authorised users of Acme only
^C
!
line vty 0 4
 login local
 transport input ssh
!
end
"""
BRANCH = """\
hostname ACME-BRANCH
interface GigabitEthernet2
 ip address 192.0.2.2 255.255.255.252
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hub.cfg").write_text(HUB.format(users=USERS))
    (tmp_path / "branch.txt").write_bytes(BRANCH.replace("\n", "\r\n").encode() + b"! \xff\n")
    (tmp_path / "notes.md").write_text("not a configuration")
    return tmp_path


def world(folder: Path, **more: object) -> World:
    spec = lab_of_configs(folder, name="acme", **more).spec  # type: ignore[arg-type]
    made = build(spec, "generated")
    made.guests = guests_of(spec, "generated")
    return made


def test_routers_are_named_like_their_files_and_linked_by_subnet(folder: Path) -> None:
    made = world(folder)
    assert set(made.network.routers) == {"hub", "branch"}
    assert [segment.ends for segment in made.network.segments] == [
        (("branch", "GigabitEthernet2"), ("hub", "Ethernet0/0"))
    ]
    images = {name: r.image.version for name, r in made.network.routers.items()}
    assert images == {"hub": "15.7", "branch": "17.3"}
    assert world(folder, image="15.4").network.routers["branch"].image.version == "15.4"


@pytest.mark.parametrize(
    ("user", "password", "level"),
    [
        ("zero", "acme-zero", 15),
        ("five", "acme-five", 7),
        ("seven", "cisco", 15),
        ("eight", "acme-eight", 15),
        ("nine", "acme-nine", 1),
    ],
)
def test_users_of_a_configuration_log_in_with_their_own_passwords(
    folder: Path, user: str, password: str, level: int
) -> None:
    host = world(folder).hosts["hub"]
    assert host.privilege(user, password) == level
    assert host.privilege_of(user) == level
    assert host.privilege(user, password + "x") is None
    assert host.privilege(user, "") is None


def test_other_users_stand_in_no_configuration(folder: Path) -> None:
    made = world(folder, users={"bob": "s3cret-word"})
    host: ConsoleHost = made.hosts["branch"]
    assert host.privilege("bob", "s3cret-word") == 15
    assert host.privilege("bob", "s3cret") is None
    assert host.privilege("admin", "generated") == 15
    assert host.privilege("nobody", "") is None
    running = made.consoles["branch"].storage.running_text()
    assert "bob" not in running
    assert "s3cret-word" not in running


def test_what_is_not_understood_is_kept_and_named(folder: Path) -> None:
    lines = lab_of_configs(folder, name="acme").unknown["hub"]
    assert "crypto pki certificate chain ACME" in [line.strip() for line in lines]
    running = world(folder).consoles["hub"].storage.running_text()
    assert "30820229 30820192 A0030201" in running
    assert "hostname ACME-HUB" in running
    assert " Authorised users of Acme only" in running


def test_ports_are_given_by_file_or_host_name(folder: Path) -> None:
    ports = {"hub": 2201, "ACME-BRANCH": 2202}
    spec = lab_of_configs(folder, name="acme", ports=ports).spec
    assert {node.name: node.port for node in spec.nodes} == {"hub": 2201, "branch": 2202}
    with pytest.raises(LabError, match="no such router"):
        lab_of_configs(folder, name="acme", ports={"hub9": 2201})


def test_a_description_with_users_survives_json(folder: Path) -> None:
    spec = lab_of_configs(folder, name="acme", users={"bob": "x"}).spec
    assert spec.users["admin"] == LAB_PASSWORD
    assert from_json(to_json(spec)) == spec
    assert from_json(to_json(replace(spec, users={}))) != spec


@pytest.mark.parametrize("text", ["hub", "hub=", "=1", "hub=0", "hub=65536", "hub=x"])
def test_a_wrong_port_says_what_is_right(text: str) -> None:
    with pytest.raises(LabError, match="ROUTER=NUMBER"):
        parse_port(text)
    assert parse_port("a=b=22") == ("a=b", 22)


@pytest.mark.parametrize("text", ["bob", "bob:", ":word"])
def test_a_wrong_user_is_not_repeated(text: str) -> None:
    with pytest.raises(LabError) as caught:
        parse_user(text)
    assert text not in str(caught.value)
    assert parse_user("bob:a:b") == ("bob", "a:b")


def test_a_folder_without_configurations_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(LabError, match="nowhere"):
        lab_of_configs(tmp_path / "nowhere", name="acme")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabError, match="no configurations"):
        lab_of_configs(tmp_path / "empty", name="acme")
    (folder / "hub.conf").write_text(BRANCH)
    with pytest.raises(LabError, match="more than one configuration of hub"):
        lab_of_configs(folder, name="acme")


# Real folders


PROVIDER = """\
ip dhcp excluded-address 198.51.100.1 198.51.100.9
ip dhcp pool EAST
 network 198.51.100.0 255.255.255.0
 default-router 198.51.100.1
ip dhcp pool WEST
 network 203.0.113.0 255.255.255.0
interface Ethernet0/0
 ip address 198.51.100.1 255.255.255.0
interface Ethernet0/1
 ip address 203.0.113.1 255.255.255.0
"""
CLIENT = """\
interface Ethernet0/0
 ip address dhcp
"""


def test_clients_of_dhcp_get_an_address_where_their_next_hop_is(tmp_path: Path) -> None:
    (tmp_path / "isp.cfg").write_text(PROVIDER)
    (tmp_path / "one.cfg").write_text(CLIENT + "ip route 10.0.0.0 255.0.0.0 203.0.113.1\n")
    (tmp_path / "two.cfg").write_text(CLIENT)
    made = world(tmp_path)
    addresses = {
        name: str(made.network.routers[name].config.interfaces["Ethernet0/0"].address)
        for name in ("one", "two")
    }
    assert addresses == {"one": "203.0.113.2/24", "two": "198.51.100.10/24"}
    session = made.consoles["two"].open("zoe", 15, length=0)
    assert "S*    0.0.0.0/0 [254/0] via 198.51.100.1" in session.execute("show ip route")
    assert "YES DHCP   up" in session.execute("show ip interface brief")
    assert " ip address dhcp" in session.execute("show running-config interface Ethernet0/0")
    assert "!!!!!" in session.execute("ping 198.51.100.1")
    session.execute("configure terminal")
    session.execute("interface Ethernet0/0")
    session.execute("ip address 198.51.100.77 255.255.255.0")
    session.execute("end")
    assert "is not set" in session.execute("show ip route")
    assert "!!!!!" in session.execute("ping 198.51.100.1")


def test_cables_that_a_file_gives_come_before_subnets(tmp_path: Path) -> None:
    same = "interface Ethernet0/0\n ip address 192.0.2.{} 255.255.255.0\n"
    for number, name in enumerate(("a", "b", "c", "d"), start=1):
        (tmp_path / f"{name}.cfg").write_text(f"hostname R{name}\n" + same.format(number))
    (tmp_path / "wiring.txt").write_text(
        "LINKS\na:Et0/0 -- SWITCH:1\nSWITCH:2 -- Rb:Ethernet0/0\n"
        "c:e0/0 -- d:e0/0\nd:Ethernet0/9 -- PC:eth0\n"
    )
    lab = lab_of_configs(tmp_path, name="acme")
    assert lab.left_out == ("wiring",)
    assert {link.ends for link in lab.spec.links} == {
        (("a", "Ethernet0/0"), ("b", "Ethernet0/0")),
        (("c", "Ethernet0/0"), ("d", "Ethernet0/0")),
    }


def test_notes_and_scripts_are_no_routers(folder: Path) -> None:
    (folder / "notes.txt").write_text("Problems:\nBranch cannot reach the hub.\n")
    (folder / "PC1.cfg").write_text("# a script\nhostname PC1\nUSERNAME=joe\nip addr add\n")
    (folder / "bare.cfg").write_text("hostname BARE\nusername joe secret 0 acme\n")
    lab = lab_of_configs(folder, name="acme")
    assert {node.name for node in lab.spec.nodes} == {"hub", "branch", "bare"}
    assert lab.left_out == ("PC1", "notes")
    assert format_unknown(lab.unknown).splitlines()[1:] == [
        "  crypto pki trustpoint ACME         hub",
        "  crypto pki certificate chain ACME  hub",
    ]
