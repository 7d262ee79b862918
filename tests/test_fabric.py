"""The intent: one case per way to get it wrong, each with its exact place; then what it means."""

import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

import automation
from automation.config.render import render
from automation.errors import UsageError
from automation.fabric.allocations import allocate
from automation.fabric.derive import device_views, generation_of
from automation.fabric.edit import NewSite, add_site, append_entry, write
from automation.fabric.files import write_whole
from automation.fabric.load import load_fabric, parse_fabric
from automation.fabric.marks import mask
from automation.fabric.problems import CATALOGUE, InvalidFabric
from automation.fabric.views import Generation, Role

REPOSITORY = Path(__file__).parent.parent

GOOD = """\
version: 1
fabric: acme
transports:
  internet: {}
clouds:
  blue:
    tunnel: 100
    overlay: 10.255.0.0/29
    transport: internet
    phase: 3
    key: 100
    nhrp: {network_id: 100, authentication: secret:nhrp-blue, holdtime: 600}
    mtu: 1400
    mss: 1360
    ipsec: {ike: 2, auth: {psk: secret:psk-blue}, encryption: aes-gcm-256, prf: sha512, group: 19}
    routing: {protocol: eigrp, asn: 100, summary: [10.0.0.0/8]}
sites:
  hq:
    routers:
      hub1:
        role: hub
        clouds: {blue: {address: 10.255.0.1, wan: GigabitEthernet2, nbma: 203.0.113.1}}
        lans: {GigabitEthernet3: 10.0.0.0/24}
  branch-1:
    routers:
      spoke1:
        role: spoke
        clouds: {blue: {address: auto, wan: GigabitEthernet2}}
        lans: {GigabitEthernet3: 10.1.1.0/24}
"""
SPOKE2 = """\
  branch-2:
    routers:
      spoke2:
        role: spoke
        clouds: {blue: {address: 10.255.0.2, wan: GigabitEthernet2, nbma: 198.51.100.5}}
        lans: {GigabitEthernet3: 10.1.2.0/24}
"""
TWO = GOOD + SPOKE2

GOLDEN = Path(__file__).parent / "golden" / "fabric"
MISTAKES = yaml.safe_load((GOLDEN / "mistakes.yaml").read_text())


@pytest.mark.parametrize("row", MISTAKES, ids=[row["what"] for row in MISTAKES])
def test_each_mistake_is_told_once_and_at_its_place(tmp_path: Path, row: dict[str, str]) -> None:
    good = (GOLDEN / "good.yaml").read_text()
    assert row["old"] in good
    (tmp_path / "fabric.yaml").write_text(good.replace(row["old"], row["new"], 1))
    with pytest.raises(InvalidFabric) as caught:
        load_fabric(tmp_path)
    told = [f"{p.line}:{p.column}: {p.code} {p.message}" for p in caught.value.problems]
    assert told == [row["told"]]


def test_the_catalogue_has_every_code_and_no_other() -> None:
    sources = Path(automation.__file__).parent.rglob("*.py")
    texts = [path.read_text() for path in sources if path.name != "problems.py"]
    used = {code for text in texts for code in re.findall(r'"(E\d{3})"', text)}
    assert used == set(CATALOGUE)
    tried = {re.search(r"E\d{3}", row["told"])[0] for row in MISTAKES}  # type: ignore[index]
    elsewhere = {"E108", "E319", "E321", "E322", "E323", "E324", "E343", "E402"}
    assert tried == used - elsewhere


def test_routers_of_one_site_share_a_lan_but_no_address() -> None:
    twin = """\
      spoke1b:
        role: spoke
        clouds: {blue: {wan: GigabitEthernet2}}
        lans: {GigabitEthernet3: 10.1.1.0/24}
"""
    with pytest.raises(InvalidFabric, match=r"E324 10\.1\.1\.1 is already the LAN"):
        parse_fabric(GOOD + twin)
    assert parse_fabric(GOOD + twin.replace("10.1.1.0/24", "10.1.1.2/24"))


def test_one_eigrp_process_has_one_mode() -> None:
    red = GOOD[GOOD.index("  blue:") : GOOD.index("sites:")]
    red = red.replace("blue:", "red:", 1).replace("10.255.0.0/29", "10.254.0.0/29")
    red = red.replace("tunnel: 100", "tunnel: 7").replace("asn: 100", "asn: 100, mode: named")
    text = GOOD.replace("sites:", red + "sites:").replace(
        "nbma: 203.0.113.1}}", "nbma: 203.0.113.1}, red: {wan: Serial0/0, nbma: 203.0.113.9}}"
    )
    with pytest.raises(InvalidFabric, match="E322 clouds blue and red on hub1"):
        parse_fabric(text)


def test_a_clear_secret_in_an_extra_line_is_refused_and_not_shown() -> None:
    extra = "    extra_config: [load-interval 30, ip nhrp authentication hunter2]\n    mtu: 1400"
    with pytest.raises(InvalidFabric, match="E204 a line of extra_config holds a secret") as caught:
        parse_fabric(GOOD.replace("    mtu: 1400", extra))
    assert "hunter2" not in str(caught.value)
    block = "    extra_config: |\n      neighbor 192.0.2.1 password 7 hunter2\n    mtu: 1400"
    with pytest.raises(InvalidFabric, match="E204") as caught:
        parse_fabric(GOOD.replace("    mtu: 1400", block))
    assert "hunter2" not in str(caught.value)


def test_secrets_named_in_extra_lines_are_resolved_with_the_others() -> None:
    extra = "    extra_config: bfd key <secret:bfd-blue>\n    mtu: 1400"
    fabric = parse_fabric(GOOD.replace("    mtu: 1400", extra))
    assert fabric.secrets() == ("secret:bfd-blue", "secret:nhrp-blue", "secret:psk-blue")


def test_the_good_fabric_is_good() -> None:
    assert parse_fabric(TWO).fabric == "acme"


BGP = ("eigrp, asn: 100, summary: [10.0.0.0/8]", "bgp, asn: 65000")


@pytest.mark.parametrize(
    ("edits", "hint"),
    [
        ([("asn: 100", "asn: 100, sumary: []")], "did you mean 'summary'?"),
        ([BGP, ("asn: 65000", "asn: 65000, kepalive: 5")], "did you mean 'keepalive'?"),
        ([("psk:", "psc:")], "did you mean 'psk'?"),
        ([("holdtime:", "holdtme:")], "did you mean 'holdtime'?"),
        ([("wan:", "wann:")], "did you mean 'wan'?"),
        ([("fabric: acme", "fabric: acme\nroles: {hub: {extra: x}}")], "known: extra_config"),
        ([("fabric: acme", "fabric: acme\nroles: {leaf: {}}")], "known: hub, spoke"),
        ([("protocol: eigrp, ", "")], "eigrp or bgp"),
        ([("fabric: acme", "incude: x\nfabric: acme")], "did you mean 'include'?"),
    ],
)
def test_an_unknown_key_is_met_with_what_may_stand_there(
    edits: list[tuple[str, str]], hint: str
) -> None:
    text = TWO
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(InvalidFabric) as caught:
        parse_fabric(text)
    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        TWO.replace("key: 100", "keyy: 4", 1)
        .replace("holdtime: 600", "holdtime: 0")
        .replace("10.1.2.0/24", "10.1.1.0/25")
        .replace("role: spoke", "rolle: spoke", 1)
        .replace("10.255.0.2", "10.255.0.1")
    )
    with pytest.raises(InvalidFabric) as caught:
        parse_fabric(text)
    assert [(p.line, p.code) for p in caught.value.problems] == [
        (11, "E101"),
        (12, "E214"),
        (27, "E101"),
        (34, "E310"),
    ]


def test_the_layout_of_an_error_shows_line_caret_and_hint() -> None:
    with pytest.raises(InvalidFabric) as caught:
        parse_fabric(GOOD.replace("    key: 100", "    keyy: 100"))
    assert str(caught.value) == (
        "fabric.yaml:11:5: E101 unknown key 'keyy'\n"
        "   11 |     keyy: 100\n"
        "      |     ^^^^\n"
        "   hint: did you mean 'key'?\n"
        "Found 1 error"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("secret", ["toolongforIOS", "'quoted secret'", "cisco"])
def test_a_clear_secret_is_never_quoted(secret: str) -> None:
    with pytest.raises(InvalidFabric) as caught:
        parse_fabric(GOOD.replace("secret:nhrp-blue", secret).replace("secret:psk-blue", secret))
    text = str(caught.value)
    assert secret.strip("'") not in text
    assert "****" in text


def test_masking_keeps_columns() -> None:
    line = "    nhrp: {authentication: abc, holdtime: 600, psk: 'x y'}  # password: z"
    assert len(mask(line)) == len(line)
    assert mask(line).startswith("    nhrp: {authentication: ***, holdtime: 600, psk: '* *'}")
    assert mask("psk: secret:blue") == "psk: secret:blue"
    assert "S3" not in mask("  - ip nhrp authentication S3")


def test_a_resolved_secret_is_judged_by_its_length(tmp_path: Path) -> None:
    (tmp_path / "fabric.yaml").write_text(GOOD)
    with pytest.raises(InvalidFabric) as caught:
        load_fabric(tmp_path, lambda _: SecretStr("ninechars"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.code) == (12, "E203")
    assert "ninechars" not in str(caught.value)


def test_a_secret_that_is_not_there_is_no_mistake_of_the_fabric(tmp_path: Path) -> None:
    (tmp_path / "fabric.yaml").write_text(GOOD)

    def missing(reference: str) -> SecretStr:
        raise UsageError(f"no {reference}")

    assert load_fabric(tmp_path, missing).fabric == "acme"


def test_a_router_must_stand_in_hosts_yaml(tmp_path: Path) -> None:
    (tmp_path / "fabric.yaml").write_text(GOOD)
    (tmp_path / "hosts.yaml").write_text("hub1: {}\nspoke-1: {}\n")
    with pytest.raises(InvalidFabric) as caught:
        load_fabric(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.code, problem.hint) == (26, "E321", "did you mean 'spoke-1'?")


NOISE = (
    "{}", "[]", "null", "-1", "1e9", '"\\n"', "*a", "&a", "<<", "? ", "- ", ": ", "auto", "yes",
    "2020-01-01", "!!python/object:os.system", "{a: 1}", "[1, 2]", "\t", "#", "|\n", "\x00", "}",
    "10.0.0.0/8", "10:20:30", "!!int x", "!!binary zz", "=", "\u2028", "secret:x", "blue",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.integers(0, len(TWO)), st.integers(0, 30), st.sampled_from(NOISE)),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_written_is_judged_and_never_a_crash(
    edits: list[tuple[int, int, str]],
) -> None:
    text = TWO
    for at, cut, noise in edits:
        text = text[:at] + noise + text[at + cut :]
    try:
        fabric = parse_fabric(text)
    except InvalidFabric as error:
        problems = error.problems
        shown = str(error)
    else:
        problems = ()
        shown = "".join(map(render, device_views(fabric, allocate(fabric)).values()))
    told = [(p.line, p.column, p.code, p.message) for p in problems]
    assert len(set(told)) == len(told)
    assert bool(told) == shown.rstrip().endswith(("errors", "error"))


def test_no_fabric_is_an_error_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no fabric\.yaml"):
        load_fabric(tmp_path)


def test_a_binary_file_is_told_not_thrown(tmp_path: Path) -> None:
    (tmp_path / "fabric.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidFabric, match="not UTF-8 text"):
        load_fabric(tmp_path)


def test_includes_are_joined_and_told_by_their_own_name(tmp_path: Path) -> None:
    head, sites = GOOD.split("sites:\n")
    (tmp_path / "sites").mkdir()
    (tmp_path / "fabric.yaml").write_text("include: [sites/all.yaml]\n" + head)
    (tmp_path / "sites" / "all.yaml").write_text("sites:\n" + sites)
    assert set(load_fabric(tmp_path).sites) == {"hq", "branch-1"}
    (tmp_path / "sites" / "all.yaml").write_text("sites:\n" + sites.replace("role", "rle", 1))
    with pytest.raises(InvalidFabric) as caught:
        load_fabric(tmp_path)
    assert caught.value.problems[0].file.endswith("sites/all.yaml")
    assert caught.value.problems[0].line == 5
    (tmp_path / "sites" / "all.yaml").write_text("sites:\n" + sites + "fabric: other\n")
    with pytest.raises(InvalidFabric, match="cannot stand in an included file"):
        load_fabric(tmp_path)


def test_a_site_in_two_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "fabric.yaml").write_text("include: more.yaml\n" + GOOD)
    (tmp_path / "more.yaml").write_text("sites:\n  hq: {routers: {}}\n")
    with pytest.raises(InvalidFabric, match=r"'hq' stands twice; first in .*fabric\.yaml:19"):
        load_fabric(tmp_path)


def test_clouds_that_meet_on_a_router_must_differ() -> None:
    red = GOOD[GOOD.index("  blue:") : GOOD.index("sites:")]
    red = red.replace("blue:", "red:", 1).replace("10.255.0.0/29", "10.254.0.0/29")
    base = GOOD.replace("sites:", red + "sites:").replace(
        "nbma: 203.0.113.1}}",
        "nbma: 203.0.113.1}, red: {wan: GigabitEthernet4, nbma: 203.0.113.9}}",
    )
    with pytest.raises(InvalidFabric, match="E319 clouds blue and red on hub1: both use Tunnel100"):
        parse_fabric(base)
    apart = base.replace("red:\n    tunnel: 100", "red:\n    tunnel: 101")
    with pytest.raises(InvalidFabric, match="E402"):
        parse_fabric(apart.replace("wan: GigabitEthernet4", "wan: GigabitEthernet2"))
    one = parse_fabric(apart)
    hub = device_views(one, allocate(one))["hub1"]
    assert [t.interface for t in hub.tunnels] == ["Tunnel100", "Tunnel101"]
    assert [i.interface for i in hub.eigrp[0].interfaces] == ["Tunnel100", "Tunnel101"]
    (twice,) = hub.eigrp
    assert IPv4Network("10.254.0.0/29") in twice.networks


def test_names_of_clouds_differ_by_more_than_case() -> None:
    red = GOOD[GOOD.index("  blue:") : GOOD.index("sites:")]
    red = red.replace("blue:", "Blue:", 1).replace("10.255.0.0/29", "10.254.0.0/29")
    with pytest.raises(InvalidFabric, match="E323 clouds blue and Blue differ only in case"):
        parse_fabric(GOOD.replace("sites:", red + "sites:"))


def test_the_model_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse_fabric(GOOD).fabric = "other"


def test_keys_are_names_even_where_yaml_sees_more() -> None:
    fabric = parse_fabric(GOOD.replace("branch-1:", "no:").replace("hq:", "1001:"))
    assert set(fabric.sites) == {"no", "1001"}


def test_a_view_says_everything_once() -> None:
    fabric = parse_fabric(TWO)
    views = device_views(fabric, allocate(fabric))
    assert list(views) == ["hub1", "spoke1", "spoke2"]
    hub, spoke = views["hub1"], views["spoke1"]
    (tunnel,) = spoke.tunnels
    assert str(tunnel.address) == "10.255.0.3/29"
    assert [(p.name, p.nbma) for p in tunnel.nhs] == [("hub1", IPv4Address("203.0.113.1"))]
    assert (tunnel.redirect, tunnel.shortcut, tunnel.multicast_dynamic) == (False, True, False)
    assert [p.name for p in tunnel.peers] == ["hub1", "spoke2"]
    assert spoke.eigrp[0].stub == ("connected", "summary")
    (hub_tunnel,) = hub.tunnels
    assert (hub_tunnel.redirect, hub_tunnel.shortcut, hub_tunnel.nhs) == (True, False, ())
    assert hub.eigrp[0].interfaces[0].split_horizon
    assert hub.lans[0].addresses[0].ip == IPv4Address("10.0.0.1")
    assert hub.role is Role.HUB


def test_without_a_summary_the_hub_passes_prefixes_on() -> None:
    fabric = parse_fabric(GOOD.replace(", summary: [10.0.0.0/8]", ""))
    views = device_views(fabric, allocate(fabric))
    assert not views["hub1"].eigrp[0].interfaces[0].split_horizon
    assert views["spoke1"].eigrp[0].interfaces[0].split_horizon


def test_bgp_makes_the_hub_a_reflector_and_spokes_its_clients() -> None:
    text = GOOD.replace("eigrp, asn: 100, summary: [10.0.0.0/8]", "bgp, asn: 65000")
    fabric = parse_fabric(text)
    views = device_views(fabric, allocate(fabric))
    hub, spoke = views["hub1"].bgp, views["spoke1"].bgp
    assert hub is not None
    assert spoke is not None
    assert [str(g.listen_range) for g in hub.groups] == ["10.255.0.0/29"]
    assert hub.peers == ()
    assert [str(p.address) for p in spoke.peers] == ["10.255.0.1"]
    assert [str(n) for n in spoke.networks] == ["10.1.1.0/24"]


@pytest.mark.parametrize(
    ("version", "generation"),
    [("15.4", "legacy"), ("15.5(3)M", "legacy"), ("15.7", "modern"), ("16.6", "modern"),
     ("17.03.04a", "modern"), ("12.4", "legacy"), ("", "modern")],
)  # fmt: skip
def test_the_version_tells_the_defaults(version: str, generation: str) -> None:
    assert generation_of(version) is Generation(generation)
    fabric = parse_fabric(GOOD)
    views = device_views(fabric, allocate(fabric), {"spoke1": version})
    assert views["spoke1"].generation is Generation(generation)


def test_the_fabric_of_the_repository_is_good() -> None:
    assert len(list(load_fabric(REPOSITORY / "inventory").routers())) == 4


NEW = NewSite(
    site="branch-9",
    router="spoke9",
    cloud="blue",
    wan="GigabitEthernet2",
    lans={"GigabitEthernet3": "10.1.9.0/24"},
    host={"hostname": "192.0.2.9", "port": 22, "groups": ["routers"]},
)
HOSTS = "# reach\nhub1: {}\nspoke1:\n    hostname: 192.0.2.1  # lab\n"


def _folder(tmp_path: Path, text: str = GOOD) -> Path:
    (tmp_path / "fabric.yaml").write_text(text)
    (tmp_path / "hosts.yaml").write_text(HOSTS)
    return tmp_path


def test_a_site_is_added_and_comments_stay(tmp_path: Path) -> None:
    text = "# ours\n" + GOOD.replace("mtu: 1400", "mtu: 1400  # measured") + "# the end\n"
    folder = _folder(tmp_path, text)
    edit = add_site(folder, NEW)
    assert (folder / "fabric.yaml").read_text() == text, "nothing is written before it is asked"
    write(edit)
    after = (folder / "fabric.yaml").read_text()
    added = [line for line in after.splitlines() if line not in text.splitlines()]
    assert [line for line in text.splitlines() if line not in after.splitlines()] == []
    assert added[0] == "  branch-9:"
    assert after.endswith("# the end\n")
    assert set(load_fabric(folder).sites) == {"hq", "branch-1", "branch-9"}
    assert (folder / "hosts.yaml").read_text().startswith(HOSTS)


def test_a_site_that_would_be_wrong_is_not_written(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    wrong = NewSite(site="b9", router="s9", cloud="blue", wan='G2"\n x', lans={}, host={"a": "b"})
    with pytest.raises(InvalidFabric, match="E201"):
        add_site(folder, wrong)
    with pytest.raises(UsageError, match="already in the fabric"):
        add_site(folder, NewSite(site="hq", router="x", cloud="blue", wan="GigabitEthernet2"))
    assert (folder / "fabric.yaml").read_text() == GOOD
    assert (folder / "hosts.yaml").read_text() == HOSTS
    assert sorted(p.name for p in folder.iterdir()) == ["fabric.yaml", "hosts.yaml"]


def test_a_site_goes_where_its_neighbours_are(tmp_path: Path) -> None:
    head, sites = GOOD.split("sites:\n")
    folder = _folder(tmp_path, "include: sites.yaml\n" + head)
    (folder / "sites.yaml").write_text("sites:\n" + sites)
    write(add_site(folder, NEW))
    assert "branch-9" in (folder / "sites.yaml").read_text()
    assert "branch-9" not in (folder / "fabric.yaml").read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sites: {}\nx: 1\n", "sites:\n  n: 1\nx: 1\n"),
        ("x: 1", "x: 1\nsites:\n  n: 1\n"),
        ("sites:\nx: 1\n", "sites:\n  n: 1\nx: 1\n"),
        ("sites:\n    a: 1\n\n    b: 2", "sites:\n    a: 1\n\n    b: 2\n\n    n: 1\n"),
        ("sites:\r\n  a: 1\r\n", "sites:\r\n  a: 1\r\n  n: 1\r\n"),
    ],
)
def test_an_entry_is_written_in_the_style_of_the_file(text: str, expected: str) -> None:
    assert append_entry(text, "sites", [(0, "n: 1")]) == expected


def test_the_first_site_is_added_too(tmp_path: Path) -> None:
    folder = _folder(tmp_path, GOOD[: GOOD.index("sites:")].rstrip())
    hub = NewSite(
        site="hq",
        router="hub1",
        cloud="blue",
        wan="GigabitEthernet2",
        role="hub",
        address="10.255.0.1",
        nbma="203.0.113.1",
    )
    write(add_site(folder, hub))
    write(add_site(folder, NEW))
    assert [name for _, name, _ in load_fabric(folder).routers()] == ["hub1", "spoke9"]


def test_a_mapping_in_braces_is_left_alone() -> None:
    with pytest.raises(UsageError, match="written in braces"):
        append_entry("sites: {a: 1}\n", "sites", [(0, "n: 1")])


def test_files_are_replaced_all_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("old")
    first.chmod(0o600)
    second.mkdir()  # cannot be replaced by a file
    with pytest.raises(OSError, match="b"):
        write_whole({second: "new", first: "new"})
    assert first.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]
    write_whole({first: "new"})
    assert first.read_text() == "new"
    assert first.stat().st_mode & 0o777 == 0o600
