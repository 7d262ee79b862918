"""From running and intended configuration to a Change: lines in order and their exact inverse.

Three trees: what the device has, what the fabric implies, and the goal, which is the second laid
over the first without touching what is not ours. The change leads from have to goal; its inverse
is the same computation the other way round, so undoing ends where it began.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from automation.config.change import Change, Flap
from automation.config.ownership import (
    BOUNCE,
    QUIET,
    Kind,
    block_at,
    header_key,
    is_owned,
    kind_of,
    positive,
)
from automation.config.profiles import running_generation
from automation.config.render import render
from automation.config.secrets import Tokens
from automation.config.tree import Path, Tree, canonical, flatten, parse
from automation.errors import UsageError
from automation.fabric.views import DeviceView, Generation

_CLOSERS = (
    ("address-family ", "exit-address-family"),
    ("af-interface ", "exit-af-interface"),
    ("topology ", "exit-af-topology"),
)
_TYPE6 = re.compile(r"pre-shared-key (?:local |remote )?6 ")
FIRST, EDITS, LAST = range(3)


def plan_view(view: DeviceView, running: str, tokens: Tokens, *, prune: bool = False) -> Change:
    """Plan one router: its generation is the one given, else that of its running-config.

    Raises:
        UsageError: The router lacks an interface that the fabric names.
    """
    _must_exist(view, running)
    generation = view.generation
    if not view.generation_given:
        generation = running_generation(running, otherwise=generation)
    intended = render(view, generation)
    return plan_device(view.name, running, intended, generation, tokens, prune=prune)


_MADE_BY_NAME = ("Loopback", "Vlan", "BDI", "Port-channel")


def _must_exist(view: DeviceView, running: str) -> None:
    """What belongs to day 0 must be there: physical interfaces, the front-door VRF."""
    there = set(re.findall(r"^interface (\S+)", running, re.MULTILINE))
    named = {tunnel.wan for tunnel in view.tunnels} | {lan.interface for lan in view.lans}
    lacking = sorted(
        name for name in named - there if not name.startswith(_MADE_BY_NAME) and "." not in name
    )
    vrfs = set(re.findall(r"^(?:vrf definition|ip vrf) (\S+)", running, re.MULTILINE))
    for tunnel in view.tunnels:
        if tunnel.front_vrf and tunnel.front_vrf not in vrfs:
            raise UsageError(
                f"the router has no VRF {tunnel.front_vrf}",
                place=view.name,
                hint=f"put {tunnel.wan} into it on day 0, or correct transports in fabric.yaml",
            )
    if lacking:
        raise UsageError(
            f"the router has no interface {', '.join(lacking)}",
            place=view.name,
            hint="correct wan and lans in fabric.yaml; `show ip interface brief` lists what it has",
        )


def plan_device(
    device: str,
    running: str,
    intended: str,
    generation: Generation,
    tokens: Tokens,
    *,
    prune: bool = False,
    retired: str = "",
) -> Change:
    """Compute what leads from a running-config to the intended lines.

    Args:
        device: Name of the router.
        running: Its running-config as printed, secrets in clear.
        intended: What `render` gave for the same generation.
        generation: Which lines the image hides.
        tokens: Seals both texts, so that nothing below holds a clear secret.
        prune: Remove lines inside our blocks that we do not know.
        retired: Intended lines of before that the fabric no longer implies: removed as well.
    """
    sealed = tokens.seal_running(running)
    have = canonical(parse(sealed), generation)
    want = canonical(parse(tokens.seal_intended(intended)), generation)
    gone = canonical(parse(tokens.seal_intended(retired)), generation)
    laid = _lay_over(have, want, gone, prune=prune)
    part = {line: have[line] for line in have if line in laid.touched}
    forward = _Walk()
    forward.top(part, laid.goal)
    backward = _Walk()
    backward.top(laid.goal, part)
    return Change(
        device=device,
        lines=tuple(forward.lines),
        inverse=tuple(backward.lines),
        flaps=tuple(forward.flaps()),
        creates=tuple(
            line.removeprefix("interface ")
            for line in laid.goal
            if line.startswith("interface Tunnel") and line not in part
        ),
        unmanaged=tuple(laid.unmanaged),
        running_digest=config_digest(sealed),
        intent_digest=_digest(want),
    )


def config_digest(sealed: str) -> str:
    """Give the sha256 of a sealed running-config, headings and comments left out."""
    return _digest(parse(sealed))


def running_digest(running: str, tokens: Tokens) -> str:
    """Give the digest that a Change carries, of a running-config as printed."""
    return config_digest(tokens.seal_running(running))


def _digest(tree: Tree) -> str:
    return sha256("\n".join(flatten(tree)).encode()).hexdigest()


@dataclass(slots=True)
class _Laid:
    """The intended tree laid over the part of the running one that it touches."""

    goal: Tree = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    unmanaged: list[str] = field(default_factory=list)
    prune: bool = False

    def report(self, path: Path, line: str) -> None:
        """Note a line that is not ours."""
        if positive(line) not in QUIET:
            self.unmanaged.append(" / ".join((*path, line)))


def _lay_over(have: Tree, want: Tree, gone: Tree, *, prune: bool) -> _Laid:
    laid = _Laid(prune=prune)
    by_key = {header_key(line): line for line in have}
    for header, below in want.items():
        found = by_key.get(header_key(header))
        if found is not None:
            laid.touched.add(found)
        existing = have[found] if found is not None else {}
        laid.goal[header] = _merge(laid, (header,), existing, below, gone.get(header, {}))
    for header, below in gone.items():
        if header in want or header not in have:
            continue
        laid.touched.add(header)
        block = block_at((header,))
        if block is None or block.whole:
            continue
        left = _merge(laid, (header,), have[header], {}, below)
        if left or not header.startswith("router "):
            laid.goal[header] = left
    return laid


def _merge(laid: _Laid, path: Path, have: Tree, want: Tree, gone: Tree) -> Tree:
    """Lay one block over another: what is wanted, and what is there and not ours."""
    replaced = {kind_of(path, line)[1] for line in want if _single(path, line)}
    encrypted = _encrypted(laid, path, have, replaced)
    goal: Tree = {}
    for line, below in want.items():
        if kind_of(path, line)[1] not in encrypted:
            goal[line] = _merge(laid, (*path, line), have.get(line, {}), below, gone.get(line, {}))
    for line, below in have.items():
        if line not in want and _kept(laid, path, line, want, gone, replaced, encrypted):
            goal[line] = below
    return goal


def _encrypted(laid: _Laid, path: Path, have: Tree, wanted: set[Path]) -> set[Path]:
    """Find keys that the device holds encrypted (type 6): they cannot be compared, so they stay."""
    found = {kind_of(path, line)[1] for line in have if _TYPE6.match(line)} & wanted
    for _ in found:
        laid.unmanaged.append(" / ".join((*path, "pre-shared-key 6: encrypted, not compared")))
    return found


def _kept(
    laid: _Laid,
    path: Path,
    line: str,
    want: Tree,
    gone: Tree,
    replaced: set[Path],
    encrypted: set[Path],
) -> bool:
    """Decide whether a line of the device that is not wanted stays."""
    kind, identity = kind_of(path, line)
    if identity in encrypted:
        return True
    if (kind and kind.single and identity in replaced) or line in gone:
        return False
    if is_owned(path, line, want):
        return False
    block = block_at(path)
    if laid.prune and block and block.whole:
        return False
    if block and not (path[0].startswith("interface ") and not block.whole):
        laid.report(path, line)
    return True


def _single(path: Path, line: str) -> bool:
    kind, _ = kind_of(path, line)
    return kind is not None and kind.single


@dataclass(frozen=True, slots=True)
class _Item:
    """One line to send, with what stands below it, and its place among its neighbours."""

    place: tuple[int, int, int]
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    """Collect the lines that lead from one tree to another."""

    lines: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)

    def flaps(self) -> Iterator[Flap]:
        """List what stops for a while."""
        for header, reason in self.reasons.items():
            yield Flap(interface=header.removeprefix("interface "), reason=reason)

    def top(self, have: Tree, want: Tree) -> None:
        """Walk the top level: users of a thing are removed first, things themselves last."""
        items: list[_Item] = []
        stay = {header_key(line) for line in want}
        for i, line in enumerate(have):
            if header_key(line) not in stay:
                block = block_at((line,))
                rank = block.removal if block else 0
                stage = FIRST if rank <= 1 else LAST
                items.append(_Item((stage, rank, -i), (negated((), line),)))
        for i, (line, below) in enumerate(want.items()):
            inner = self.block((line,), have.get(line, {}), below, is_new=line not in have)
            if inner or line not in have:
                items.append(_Item((EDITS, 0, i), (line, *(f" {text}" for text in inner))))
        for item in sorted(items, key=lambda item: item.place):
            self.lines.extend(item.lines)

    def block(self, path: Path, have: Tree, want: Tree, *, is_new: bool) -> list[str]:
        """Walk one block."""
        items = [*self.removals(path, have, want), *self.additions(path, have, want)]
        texts = [text for item in sorted(items, key=lambda i: i.place) for text in item.lines]
        if not is_new:
            texts = _resent(path, have, want, texts)
            self.note(path, texts)
            if path[0].startswith("interface Tunnel") and self.reasons.get(path[0]) == BOUNCE:
                texts = [*(t for t in texts if t != "no shutdown"), *_brought_up(want)]
        return texts

    def removals(self, path: Path, have: Tree, want: Tree) -> Iterator[_Item]:
        """Give the lines to negate: last things first, before anything is added."""
        replaced = {kind_of(path, line)[1] for line in want if _single(path, line)}
        for i, line in enumerate(have):
            kind, identity = kind_of(path, line)
            if line in want or (kind and kind.single and identity in replaced):
                continue
            text = negated(path, line)
            weight = _weight(kind)
            if text.startswith("no ") and text != "no shutdown":
                yield _Item((0, -weight, -i), (text,))
            else:
                yield _Item((1, weight, -i), (text,))  # turns something on

    def additions(self, path: Path, have: Tree, want: Tree) -> Iterator[_Item]:
        """Give the lines to add, and blocks below that change."""
        for i, (line, below) in enumerate(want.items()):
            is_new = line not in have
            inner = self.block((*path, line), have.get(line, {}), below, is_new=is_new)
            if not is_new and not inner:
                continue
            texts = [line, *(f" {text}" for text in inner)]
            texts += _closers(line)
            yield _Item((1, _weight(kind_of(path, line)[0]), i), tuple(texts))

    def note(self, path: Path, texts: list[str]) -> None:
        """Remember what a change of existing lines stops."""
        for text in texts:
            kind, _ = kind_of(path, text)
            if kind and kind.flap and self.reasons.get(path[0]) != BOUNCE:
                self.reasons[path[0]] = kind.flap


def _weight(kind: Kind | None) -> int:
    return kind.weight if kind else 50


def _closers(line: str) -> list[str]:
    return [closer for start, closer in _CLOSERS if line.startswith(start)]


def _brought_up(want: Tree) -> list[str]:
    # reference/DMVPN.md section 3: always end the batch with no shutdown.
    return [] if "shutdown" in want else ["no shutdown"]


def _resent(path: Path, have: Tree, want: Tree, texts: list[str]) -> list[str]:
    """Repeat lines that another line of the change has silently undone."""
    if not path[0].startswith("interface "):
        return texts
    kinds = {kind_of(path, text)[1][0] for text in texts}
    again: list[str] = []
    if "vrf forwarding" in kinds:  # it clears the address
        again += [line for line in want if line.startswith("ip address ")]
    if "ip nhrp network-id" in kinds and "ip nhrp redirect" in have:  # it leaves redirect dead
        again += [line for line in want if line == "ip nhrp redirect"]
    return [*texts, *(line for line in again if line not in texts)]


def negated(path: Path, line: str) -> str:
    """Write the line that takes a line away; no secret is needed for that."""
    if line.startswith("no "):
        return line.removeprefix("no ")
    if not path:
        return f"no {header_key(line)}"
    return f"no {re.sub(r' <secret:.*', '', line)}"
