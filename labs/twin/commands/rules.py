"""What IOS does with a line beyond keeping it: refusals before, side effects after.

Each rule belongs to one row of one mode. A rule before may raise `Rejected` or change the
statement; a rule after may add and remove other lines and give a text that IOS prints.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from labs.twin import passwords
from labs.twin.commands import TABLES
from labs.twin.commands.rows import Statement, Verb
from labs.twin.commands.sequences import SEQUENCED
from labs.twin.grammar import Reason, Refused
from labs.twin.image import ImageProfile
from labs.twin.passwords import Algorithm
from labs.twin.tree import Block, Line

VIRTUAL = (
    *("Loopback", "Tunnel", "Port-channel", "Vlan", "BDI", "BVI", "Dialer", "Null"),
    *("Virtual-Template", "Multilink"),
)
"""Kinds of interfaces that a command can make; the others are hardware."""
IPV6_ADDRESSES = ("ipv6 address", "ipv6 address eui-64", "ipv6 address link-local")
WEAK_CIPHERS = ("esp-des", "esp-3des")
REMOTE_FILES = ("tftp:", "ftp:", "scp:", "http:", "https:", "rcp:", "sftp:")


class Rejected(Exception):
    """A line that is well formed but cannot be done; `answer` is what IOS prints."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a statement is being done."""

    root: Block
    block: Block
    """The block that the line stands in."""
    parent: Block
    """The block around it."""
    was: Line | None
    """After: the line with this key as it was before."""
    statement: Statement
    image: ImageProfile
    salt: str
    lenient: bool
    """A booting router: references to what is not there yet are fine."""
    changed: bool = False

    @property
    def setting(self) -> bool:
        """Tell whether the line was typed without `no` or `default`."""
        return self.statement.verb is Verb.SET


def negated(line: Line) -> Line:
    """Make the `no` form of a line as it is kept."""
    return replace(line, text=f"no {line.key}", args={}, negated=True, mode="", no_text="")


def put(mode: str, block: Block, text: str) -> None:
    """Add a line that IOS adds by itself."""
    statement = TABLES.read(mode, text)
    block.put(statement.line if statement.verb is Verb.SET else negated(statement.line))


def _invalid(scene: Scene, word: str) -> Refused:
    text = scene.statement.line.text
    return Refused(Reason.INVALID, text, max(text.find(word), 0))


# Interfaces


def _interface_exists(scene: Scene) -> Statement:
    name = scene.statement.line.args["name"]
    known = scene.statement.line.key in scene.root.children
    virtual = name.startswith(VIRTUAL)
    if scene.setting:
        parent = f"interface {name.split('.')[0]}"
        if not (
            known or virtual or scene.lenient or ("." in name and parent in scene.root.children)
        ):
            raise _invalid(scene, name)
    elif scene.statement.verb is Verb.NO and known and not virtual and "." not in name:
        # Wording from IOS 15 and XE as remembered; no capture shows it.
        raise Rejected("% Removal of physical interfaces is not permitted\n")
    return scene.statement


def _interface_made(scene: Scene) -> str:
    made = scene.root.get(scene.statement.line.key)
    if made is not None and "ip address" not in made.children:
        put("interface", made, "no ip address")
    if scene.statement.verb is Verb.DEFAULT and made is not None:
        return f"Interface {made.line.args['name']} set to default configuration\n"
    return ""


def _tunnel_mode(scene: Scene) -> Statement:
    # reference/DMVPN.md section 3: the destination must be removed before mGRE mode.
    multipoint = scene.setting and _is_multipoint(scene.statement.line)
    if multipoint and "tunnel destination" in scene.block.children:
        raise Rejected("% Tunnel destination must be unconfigured before mGRE mode can be set\n")
    return scene.statement


def _is_multipoint(line: Line) -> bool:
    return line.args.get("mode") == "multipoint"


def _tunnel_mode_done(scene: Scene) -> str:
    # Captures: every listing with `tunnel mode gre multipoint` shows the line below.
    if scene.setting and scene.changed and _is_multipoint(scene.statement.line):
        put("interface", scene.block, "no ip redirects")
    return ""


def _tunnel_destination(scene: Scene) -> Statement:
    mode = scene.block.get("tunnel mode")
    if scene.setting and mode is not None and _is_multipoint(mode.line):
        raise Rejected("% Tunnel destination is not allowed while the mode is gre multipoint\n")
    return scene.statement


def _protection_done(scene: Scene) -> str:
    # Measured on IOL 17.15 (reference/DMVPN.md section 3): another profile shuts the tunnel;
    # removing the line and putting it back does not.
    replaced = scene.setting and scene.changed and scene.was is not None
    if replaced and scene.image.profile_change_shuts and not scene.lenient:
        put("interface", scene.block, "shutdown")
    return ""


def _vrf_named(scene: Scene) -> Statement:
    if scene.setting and not scene.lenient:
        vrf = scene.statement.line.args["vrf"]
        if not {f"vrf definition {vrf}", f"ip vrf {vrf}"} & scene.root.children.keys():
            raise Rejected(f"% VRF {vrf} not configured.\n")
    return scene.statement


def _vrf_moved(scene: Scene) -> str:
    if not scene.changed:
        return ""
    address = scene.block.get("ip address")
    had = address is not None and not address.line.negated
    for key in [
        k for k, b in scene.block.children.items() if b.line.name == "ip address secondary"
    ]:
        scene.block.remove(key)
    put("interface", scene.block, "no ip address")
    lost = (("IPv4", had), ("IPv6", _forget_ipv6(scene.block)))
    doing = "enabling" if scene.setting else "disabling"
    vrf = scene.statement.line.args.get("vrf", "")
    return "".join(
        f"% Interface {scene.block.line.args['name']} {family} disabled and address(es) removed "
        f"due to {doing} VRF {vrf}".rstrip()
        + "\n"
        for family, there in lost
        if there
    )


def _forget_ipv6(interface: Block) -> bool:
    """Take all IPv6 addresses of an interface away; tell whether there were any."""
    found = [k for k, b in interface.children.items() if b.line.name in IPV6_ADDRESSES]
    for key in found:
        interface.remove(key)
    return bool(found)


def _ip_address(scene: Scene) -> Statement:
    args = scene.statement.line.args
    primary = scene.block.get("ip address")
    there = primary is not None and not primary.line.negated
    if not scene.setting and there and any(scene.block.find("ip address secondary")):
        # reference/RELIABILITY.md section A, the hole of `configure replace` seen upstream.
        raise Rejected("Must delete secondary before deleting primary\n")
    if not scene.setting or "mask" not in args:
        return scene.statement
    address, mask = args["address"], args["mask"]
    network = IPv4Network((address, str(mask)), strict=False)
    edge = {network.network_address, network.broadcast_address}
    if network.prefixlen < 31 and address in edge:
        raise Rejected(f"Bad mask /{network.prefixlen} for address {address}\n")
    other = None if scene.lenient else _overlap(scene, network)
    if other is not None:
        raise Rejected(f"% {network.network_address} overlaps with {other}\n")
    return scene.statement


def _ipv6_addresses(scene: Scene) -> Statement:
    """Refuse `ipv6 address` alone; with `no` it takes them all."""
    if scene.setting:
        text = scene.statement.line.text
        raise Refused(Reason.INCOMPLETE, text, len(text))
    _forget_ipv6(scene.block)
    return scene.statement


def _overlap(scene: Scene, network: IPv4Network) -> str | None:
    vrf = _vrf_of(scene.block)
    for block in scene.root.children.values():
        if block.line.name != "interface" or block is scene.block or _vrf_of(block) != vrf:
            continue
        args = block.args("ip address")
        if args is None or "mask" not in args or "shutdown" in block.children:
            continue
        if network.overlaps(IPv4Network((args["address"], str(args["mask"])), strict=False)):
            return str(block.line.args["name"])
    return None


def _vrf_of(interface: Block) -> str:
    for key in ("vrf forwarding", "ip vrf forwarding"):
        args = interface.args(key)
        if args is not None:
            return str(args["vrf"])
    return ""


def _vrf_gone(scene: Scene) -> str:
    if scene.setting or not scene.changed:
        return ""
    vrf, removed = scene.statement.line.args["name"], False
    for block in scene.root.children.values():
        if block.line.name == "interface" and _vrf_of(block) == vrf:
            block.remove("vrf forwarding")
            block.remove("ip vrf forwarding")
            put("interface", block, "no ip address")
            removed = True
    if not removed:
        return ""
    return f"% IPv4 addresses from all interfaces in VRF {vrf} have been removed\n"


# Routing


def _route(scene: Scene) -> Statement:
    args = scene.statement.line.args
    if int(args["address"]) & ~int(args["mask"]) & 0xFFFFFFFF:
        raise Rejected("%Inconsistent address and mask\n")
    return scene.statement


def _bgp_process(scene: Scene) -> Statement:
    running = next((b for b in scene.root.children.values() if b.line.name == "router bgp"), None)
    asn = scene.statement.line.args["asn"]
    if scene.setting and running is not None and running.line.args["asn"] != asn:
        raise Rejected(f"BGP is already running; AS is {running.line.args['asn']}\n")
    return scene.statement


def _bgp_made(scene: Scene) -> str:
    made = scene.root.get(scene.statement.line.key)
    if made is not None and scene.setting and scene.changed:
        put("bgp", made, "bgp log-neighbor-changes")
    return ""


def _neighbor(scene: Scene) -> Statement:
    peer = scene.statement.line.args["peer"]
    if not scene.setting or scene.statement.mode != "bgp":
        return scene.statement
    if not _is_known_peer(scene.block, peer):
        raise Rejected("% Specify remote-as or peer-group commands first\n")
    return scene.statement


def _is_known_peer(bgp: Block, peer: str) -> bool:
    return bool({f"neighbor {peer} remote-as", f"neighbor {peer} peer-group"} & bgp.children.keys())


def _neighbor_alone(scene: Scene) -> Statement:
    if scene.setting:
        text = scene.statement.line.text
        raise Refused(Reason.INCOMPLETE, text, len(text))
    return scene.statement


def _neighbor_gone(scene: Scene) -> str:
    peer = scene.statement.line.args["peer"]
    if scene.setting or _is_known_peer(scene.block, peer):
        return ""
    return _forget_peer(scene.block, peer)


def _forget_peer(bgp: Block, peer: str) -> str:
    blocks = [bgp, *(b for b in bgp.children.values() if b.line.name == "address-family")]
    for block in blocks:
        for key in [k for k in block.children if k.startswith(f"neighbor {peer} ")]:
            block.remove(key)
    return ""


def _neighbor_removed(scene: Scene) -> str:
    return _forget_peer(scene.block, scene.statement.line.args["peer"])


def _family_made(scene: Scene) -> str:
    made = scene.block.get(scene.statement.line.key)
    if made is not None and scene.setting:
        put("eigrp-family", made, "topology base")
    return ""


def _topology_stays(scene: Scene) -> str:
    """Keep the base topology, which an address family always has."""
    put("eigrp-family", scene.block, "topology base")
    return ""


def _passive(scene: Scene) -> str:
    """Keep `no passive-interface X` while passive is the default, and nothing more."""
    key = scene.statement.line.key
    if "passive-interface default" in scene.block.children:
        scene.block.remove(key)
        if not scene.setting:
            scene.block.put(negated(scene.statement.line))
    return ""


def _af_passive(scene: Scene) -> str:
    """Keep `no passive-interface` while `af-interface default` says passive, and nothing more."""
    default = scene.parent.get("af-interface default")
    if default is None or default is scene.block:
        return ""
    if default.args("passive-interface") is not None:
        scene.block.remove("passive-interface")
        if not scene.setting:
            scene.block.put(negated(scene.statement.line))
    return ""


def _passive_default(scene: Scene) -> str:
    for block in list(scene.block.find("passive-interface")):
        scene.block.remove(block.line.key)
    return ""


# Crypto


def _transform_set(scene: Scene) -> Statement:
    cipher = scene.statement.line.args.get("cipher")
    if scene.setting and cipher in WEAK_CIPHERS and not scene.image.weak_ciphers:
        raise _invalid(scene, str(cipher))
    return scene.statement


def _transform_set_made(scene: Scene) -> str:
    made = scene.root.get(scene.statement.line.key)
    if made is not None and scene.setting and "mode" not in made.children:
        put("transform-set", made, "mode tunnel")
    return ""


def _transform_mode(scene: Scene) -> str:
    if not scene.setting:
        put("transform-set", scene.block, "mode tunnel")
    return ""


# Secrets


def _split_secret(text: str) -> tuple[int | None, str]:
    kind, _, rest = text.partition(" ")
    if rest and kind in {"0", "4", "5", "6", "7", "8", "9"}:
        return int(kind), rest.strip()
    return None, text


def _stored(scene: Scene, kind: str, args: Mapping[str, object]) -> tuple[int, str]:
    """Give the type and text under which a typed secret is kept."""
    given, text = _split_secret(str(args["secret"]))
    if given:
        return given, text
    if kind == "password":
        return _stored_password(scene, text)
    wanted = {"md5": Algorithm.MD5, "sha256": Algorithm.PBKDF2, "scrypt": Algorithm.SCRYPT}
    # reference/DMVPN.md section 8: 17.x hashes with type 9, 15.x with type 5.
    default = Algorithm.SCRYPT if scene.image.xe else Algorithm.MD5
    algorithm = wanted.get(str(args.get("algorithm")), default)
    seed = f"{scene.salt}:{scene.statement.line.key}"
    return int(algorithm), passwords.hash_secret(algorithm, text, seed)


def _stored_password(scene: Scene, clear: str) -> tuple[int, str]:
    service = scene.root.get("service password-encryption")
    if service is None or service.line.negated:
        return 0, clear
    return 7, passwords.encode_7(clear, sum(scene.salt.encode()) % 16)


def _username(scene: Scene) -> Statement:
    if not scene.setting:
        return scene.statement
    known = scene.block.get(scene.statement.line.key)
    before = known.line.args if known is not None else {}
    args: dict[str, object] = {**before, **scene.statement.line.args}
    if "secret" in scene.statement.line.args:
        args["type"], args["secret"] = _stored(scene, str(args["kind"]), args)
        args.pop("algorithm", None)
    text = f"username {args['name']}"
    if args.get("privilege", 1) != 1:
        text += f" privilege {args['privilege']}"
    if "secret" in args:
        text += f" {args['kind']} {args['type']} {args['secret']}"
    line = replace(
        scene.statement.line, text=text, args=args, no_text=f"no username {args['name']}"
    )
    return replace(scene.statement, line=line)


def _passwords_encrypted(scene: Scene) -> str:
    """Turn clear passwords into type 7 when the service is switched on."""
    if not scene.setting:
        return ""
    for block in list(scene.root.find("username")):
        args = block.line.args
        if args.get("kind") != "password" or args.get("type"):
            continue
        kind, text = _stored_password(scene, str(args["secret"]))
        head = block.line.text.partition(" password ")[0]
        block.line = replace(
            block.line,
            text=f"{head} password {kind} {text}",
            args={**args, "type": kind, "secret": text},
        )
    return ""


def _enable_secret(scene: Scene) -> Statement:
    if not scene.setting:
        return scene.statement
    kind, text = _stored(scene, "secret", scene.statement.line.args)
    line = replace(
        scene.statement.line,
        text=f"enable secret {kind} {text}",
        args={"type": kind, "secret": text},
        no_text="no enable secret",
    )
    return replace(scene.statement, line=line)


# Files


def _archive_path(scene: Scene) -> Statement:
    url = str(scene.statement.line.args.get("url", ""))
    if scene.setting and not url.lower().startswith((*local_prefixes(scene.image), *REMOTE_FILES)):
        raise _invalid(scene, url)
    return scene.statement


def local_prefixes(image: ImageProfile) -> tuple[str, ...]:
    """List the names of the local file system; IOL has no flash: (reference/LAB.md)."""
    if image.filesystem == "unix:":
        return ("unix:", "nvram:")
    return (image.filesystem, "flash:", "flash0:", "bootflash:", "nvram:")


# Licence and keys


def _license_level(scene: Scene) -> str:
    # Wording as remembered of CSR1000V and C8000V; no capture shows it.
    if scene.lenient or not scene.changed or not scene.image.crypto_locked:
        return ""
    return "% use 'write' command to make license boot config take effect on next boot\n"


def _rsa_keys(scene: Scene) -> str:
    """Answer `crypto key generate rsa`: keys are no part of a configuration."""
    args = scene.statement.line.args
    label = args.get("label") or _key_name(scene.root)
    return (
        f"The name for the keys will be: {label}\n\n"
        f"% The key modulus size is {args['bits']} bits\n"
        f"% Generating {args['bits']} bit RSA keys, keys will be non-exportable...\n"
        "[OK] (elapsed time was 0 seconds)\n\n"
    )


def _key_name(root: Block) -> str:
    host, domain = root.args("hostname"), root.args("ip domain name")
    if host is None or str(host["name"]) == "Router":
        raise Rejected("% Please define a hostname other than Router.\n")
    if domain is None:
        raise Rejected("% Please define a domain-name first.\n")
    return f"{host['name']}.{domain['name']}"


Before = Callable[[Scene], Statement]
After = Callable[[Scene], str]

BEFORE: dict[tuple[str, str], Before] = {
    **SEQUENCED,
    ("global", "interface"): _interface_exists,
    ("global", "ip route"): _route,
    ("global", "crypto ipsec transform-set"): _transform_set,
    ("global", "router bgp"): _bgp_process,
    ("global", "username"): _username,
    ("global", "enable secret"): _enable_secret,
    ("interface", "tunnel mode"): _tunnel_mode,
    ("interface", "tunnel destination"): _tunnel_destination,
    ("interface", "vrf forwarding"): _vrf_named,
    ("interface", "ip vrf forwarding"): _vrf_named,
    ("interface", "ip address"): _ip_address,
    ("interface", "ipv6 address all"): _ipv6_addresses,
    ("archive", "path"): _archive_path,
    ("bgp", "neighbor"): _neighbor_alone,
    **{
        ("bgp", row.name): _neighbor
        for row in TABLES.modes["bgp"].rows
        if row.name.startswith("neighbor ")
        and row.name not in {"neighbor remote-as", "neighbor peer-group"}
    },
}
AFTER: dict[tuple[str, str], After] = {
    ("global", "interface"): _interface_made,
    ("global", "router bgp"): _bgp_made,
    ("global", "service password-encryption"): _passwords_encrypted,
    ("global", "vrf definition"): _vrf_gone,
    ("global", "ip vrf"): _vrf_gone,
    ("global", "crypto ipsec transform-set"): _transform_set_made,
    ("global", "crypto key generate rsa"): _rsa_keys,
    ("global", "license boot level"): _license_level,
    ("interface", "tunnel mode"): _tunnel_mode_done,
    ("interface", "vrf forwarding"): _vrf_moved,
    ("interface", "ip vrf forwarding"): _vrf_moved,
    ("eigrp-named", "address-family"): _family_made,
    ("eigrp-family", "topology base"): _topology_stays,
    ("eigrp", "passive-interface"): _passive,
    ("af-interface", "passive-interface"): _af_passive,
    ("interface", "tunnel protection ipsec profile"): _protection_done,
    ("eigrp", "passive-interface default"): _passive_default,
    ("transform-set", "mode"): _transform_mode,
    ("bgp", "neighbor"): _neighbor_removed,
    ("bgp", "neighbor remote-as"): _neighbor_gone,
    ("bgp", "neighbor peer-group"): _neighbor_gone,
}
