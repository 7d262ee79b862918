"""Commands of IKE and IPsec, in the order a running-config prints them.

Trailing blanks after some names are those of full listings (captures of IOS-XE 17.3).
"""

from labs.twin.commands.rows import Args, Mode, quiet, row

SECTION = 60

IKE_ENCRYPTION = "des,3des,aes-cbc-128,aes-cbc-192,aes-cbc-256,aes-gcm-128,aes-gcm-256"
HASHES = "md5,sha1,sha256,sha384,sha512"
GROUPS = ",".join(f"group{number}" for number in (1, 2, 5, 14, 15, 16, 19, 20, 21, 24))
ESP_ENCRYPTION = "esp-null,esp-des,esp-3des,esp-aes,esp-gcm,esp-gmac"
ESP_HASH = "esp-md5-hmac,esp-sha-hmac,esp-sha256-hmac,esp-sha384-hmac,esp-sha512-hmac"


def _named(words: str, blank: str = " ") -> object:
    return lambda args: f"{words} {args['name']}{blank}"


def _peer_address(args: Args) -> str:
    if "prefix" in args:
        return f"address {args['prefix']}"
    mask = args.get("mask")
    if mask is None or str(mask) == "255.255.255.255":
        return f"address {args['address']}"
    return f"address {args['address']} {mask}"


def _match_remote(args: Args) -> str:
    if "prefix" in args:
        return f"match identity remote address {args['prefix']} "
    mask = f"{args['mask']} " if "mask" in args and int(args["mask"]) else ""
    return f"match identity remote address {args['address']} {mask}"


def _key(words: str) -> object:
    def text(args: Args) -> str:
        kind = f"{args['type']} " if args.get("type") else ""
        return f"{words} {kind}{args['key']}"

    return text


def transforms(args: Args) -> tuple[str, ...]:
    """Give the words of a transform set."""
    words = (args[name] for name in ("cipher", "bits", "integrity") if name in args)
    return tuple(str(word) for word in words)


def _transforms(args: Args) -> str:
    return f"crypto ipsec transform-set {args['name']} {' '.join(transforms(args))} "


def _cipher(args: Args) -> str:
    """IKEv1 prints `encr`, and no size for AES-128."""
    bits = args.get("bits")
    size = f" {bits}" if bits not in (None, 128) else ""
    return f"encr {args['cipher']}{size}"


def _isakmp_key(args: Args) -> str:
    kind = f"{args['type']} " if args.get("type") else ""
    if "prefix" in args:
        return f"crypto isakmp key {kind}{args['key']} address ipv6 {args['prefix']}"
    return f"crypto isakmp key {kind}{args['key']} address {_address(args)}"


def _keyring_key(args: Args) -> str:
    kind = f"{args['type']} " if args.get("type") else ""
    mask = args.get("mask") or ("0.0.0.0" if not int(args["address"]) else "")  # noqa: S104
    return f"pre-shared-key address {args['address']} {mask} key {kind}{args['key']}".replace(
        "  ", " "
    )


def _address(args: Args) -> str:
    """A mask is printed unless it says one host, or everybody."""
    mask = args.get("mask")
    whole = mask is None or str(mask) == "255.255.255.255" or not int(mask)
    return f"{args['address']}" if whole else f"{args['address']} {mask}"


CRYPTO_ROWS = (
    row("crypto keyring <name:word> [vrf <vrf:word>]", enters="keyring", section=SECTION),
    row(
        "crypto ikev2 proposal <name:word>",
        enters="ikev2-proposal",
        print_as=_named("crypto ikev2 proposal"),
        section=SECTION,
    ),
    row(
        "crypto ikev2 policy <name:word>",
        enters="ikev2-policy",
        print_as=_named("crypto ikev2 policy"),
        section=SECTION,
    ),
    row("crypto ikev2 keyring <name:word>", enters="ikev2-keyring", section=SECTION),
    row("crypto ikev2 profile <name:word>", enters="ikev2-profile", section=SECTION),
    *quiet(
        "crypto ikev2 dpd / <interval:10-3600> <retry:2-60> (periodic|on-demand)",
        "crypto ikev2 limit max-in-negotation-sa / <limit:1-40000>",
        "crypto ikev2 limit max-sa / <limit:1-40000>",
        "crypto ikev2 cookie-challenge / <limit:1-1000>",
        "crypto ikev2 fragmentation / [mtu <mtu:96-1500>]",
        "crypto logging session",
        "crypto logging ikev2",
        "crypto isakmp invalid-spi-recovery",
        "crypto isakmp nat keepalive / <seconds:5-3600>",
        section=SECTION + 1,
    ),
    row(
        "crypto ipsec security-association replay window-size / <size:64-1024>",
        section=SECTION + 1,
    ),
    row(
        "crypto isakmp policy <priority:1-10000>",
        enters="isakmp-policy",
        sort_by=lambda args: (int(args["priority"]),),
        section=SECTION + 1,
    ),
    row(
        "crypto isakmp key [<type:0-6>] <key:word> address "
        "(<address:ip> [<mask:mask>]|ipv6 <prefix:ipv6-prefix>)",
        print_as=_isakmp_key,
        section=SECTION + 1,
    ),
    row(
        "crypto isakmp keepalive / <interval:10-3600> [<retry:2-60>] "
        "[<when:one(periodic,on-demand)>]",
        section=SECTION + 1,
    ),
    row("crypto isakmp profile <name:word>", enters="isakmp-profile", section=SECTION + 1),
    row(
        f"crypto ipsec transform-set <name:word> / <cipher:one({ESP_ENCRYPTION})> [<bits:128-256>] "
        f"[<integrity:one({ESP_HASH})>]",
        print_as=_transforms,
        enters="transform-set",
        section=SECTION + 2,
    ),
    row("crypto ipsec profile <name:word>", enters="ipsec-profile", section=SECTION + 2),
    row(
        "crypto key generate rsa [general-keys] [label <label:word>] modulus <bits:360-4096>",
        kept=False,
    ),
)
CRYPTO_MODES = (
    Mode(
        name="ikev2-proposal",
        prompt="config-ikev2-proposal",
        rows=(
            row("encryption / <algorithms:several(" + IKE_ENCRYPTION + ")>"),
            row("integrity / <algorithms:several(" + HASHES + ")>"),
            row("prf / <algorithms:several(" + HASHES + ")>"),
            row("group / <groups:list(1-24)>"),
        ),
    ),
    Mode(
        name="ikev2-policy",
        prompt="config-ikev2-policy",
        rows=(
            row("match fvrf / <vrf:word>"),
            row("match address local <address:ip>", modelled=False),
            row("proposal <name:word>"),
        ),
    ),
    Mode(
        name="ikev2-keyring",
        prompt="config-ikev2-keyring",
        rows=(row("peer <name:word>", enters="ikev2-peer"),),
    ),
    Mode(
        name="ikev2-peer",
        prompt="config-ikev2-keyring-peer",
        parent="ikev2-keyring",
        mark="after",
        rows=(
            row("description / <text:line>"),
            row(
                "address / (<address:ip> [<mask:mask>]|<prefix:ipv6-prefix>)",
                print_as=_peer_address,
            ),
            row(
                "pre-shared-key / [<type:0-6>] <key:word>",
                print_as=_key("pre-shared-key"),
            ),
            row(
                "pre-shared-key local / [<type:0-6>] <key:word>",
                name="pre-shared-key local",
                print_as=_key("pre-shared-key local"),
            ),
            row(
                "pre-shared-key remote / [<type:0-6>] <key:word>",
                name="pre-shared-key remote",
                print_as=_key("pre-shared-key remote"),
            ),
        ),
    ),
    Mode(
        name="ikev2-profile",
        prompt="config-ikev2-profile",
        rows=(
            row("description / <text:line>"),
            row("match fvrf / <vrf:word>"),
            row(
                "match identity remote address (<address:ip> [<mask:mask>]|<prefix:ipv6-prefix>)",
                name="match identity remote address",
                print_as=_match_remote,
            ),
            row("match identity remote any", modelled=False),
            row("identity local / address <address:address>", modelled=False),
            row("authentication remote / <method:one(pre-share,rsa-sig,ecdsa-sig)>"),
            row("authentication local / <method:one(pre-share,rsa-sig,ecdsa-sig)>"),
            row("keyring local / <name:word>"),
            row("lifetime / <seconds:120-86400>"),
            row(
                "dpd / <interval:10-3600> <retry:2-60> <when:one(periodic,on-demand)>",
            ),
            row("ivrf / <vrf:word>", modelled=False),
        ),
    ),
    Mode(
        name="keyring",
        prompt="conf-keyring",
        rows=(
            row("description / <text:line>"),
            row(
                "pre-shared-key address <address:ip> [<mask:mask>] key [<type:0-6>] <key:word>",
                name="pre-shared-key address",
                print_as=_keyring_key,
            ),
        ),
    ),
    Mode(
        name="isakmp-policy",
        prompt="config-isakmp",
        mark="run",
        rows=(
            row("encryption / <cipher:one(des,3des,aes)> [<bits:128-256>]", print_as=_cipher),
            row("hash / <digest:one(md5,sha,sha256,sha384,sha512)>", hidden="hash sha"),
            row(
                "authentication / <method:one(pre-share,rsa-sig,rsa-encr)>",
                hidden="authentication rsa-sig",
            ),
            row("group / <group:1-24>", hidden="group 1"),
            row("lifetime / <seconds:60-86400>", hidden="lifetime 86400"),
        ),
    ),
    Mode(
        name="isakmp-profile",
        prompt="conf-isa-prof",
        rows=(
            row("description / <text:line>"),
            row("vrf / <vrf:word>", modelled=False),
            row("keyring / <name:word>"),
            row(
                "match identity address <address:ip> [<mask:mask>] [<vrf:word>]",
                print_as=lambda args: _match_identity(args),
            ),
            row("keepalive / <interval:10-3600> retry <retry:2-60>", modelled=False),
            row("local-address <interface:interface>", modelled=False),
        ),
    ),
    Mode(
        name="transform-set",
        prompt="cfg-crypto-trans",
        rows=(row("mode / <mode:one(transport,tunnel)>"),),
    ),
    Mode(
        name="ipsec-profile",
        prompt="ipsec-profile",
        rows=(
            row("description / <text:line>"),
            row("set security-association lifetime seconds / <seconds:120-2592000>"),
            row("set security-association replay window-size / <size:64-1024>", modelled=False),
            row("set transform-set / <names:words>", print_as=lambda args: _sets(args)),
            row("set pfs / [<group:one(" + GROUPS + ")>]"),
            row("set isakmp-profile / <name:word>"),
            row("set ikev2-profile / <name:word>"),
            row("responder-only", modelled=False),
        ),
    ),
)


def _sets(args: Args) -> str:
    return f"set transform-set {' '.join(args['names'])} "


def _match_identity(args: Args) -> str:
    mask = f"{args['mask']} " if "mask" in args else ""
    return f"match identity address {args['address']} {mask}{args.get('vrf', '')}".rstrip() + " "
