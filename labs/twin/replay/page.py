"""docs/twin.md: what the twin does otherwise than a router, drawn from data and tables."""

from labs.twin.commands import TABLES
from labs.twin.replay.captured import captured, uncaptured
from labs.twin.replay.known import Known

HEAD = """\
# The twin, and where it is not a router

The twin runs configurations of IOS and IOS-XE on a virtual network: NHRP, IPsec, EIGRP, BGP and
static routing exchange messages, packets are walked hop by hop, and `show` prints the state in the
layout of the image. This page says where that ends. It is drawn from
`labs/twin/replay/known_differences.yaml` and from the tables of commands (`labs/twin/commands`);
`pytest tests/test_twin_replay.py --update-golden` draws it again.

What the twin has not modelled it refuses with `% Invalid input detected at '^' marker.`, or it
stands below. Lines of a booted configuration that it does not know are kept as they stand, printed
again, and named by `dmvpn lab up --configs`.

## Replay of published networks

`dmvpn lab replay CASE` boots the configurations of a folder, wires links by subnet, lets the
network converge, types what was typed and compares what is printed. `-v` shows the differences;
exit code 4 says that an output which counts does not match, 2 that the folder is no case.
`--format json` is an object with `case` (its id) and `outputs`; each output has `step`, `node`,
`command`, `verdict` (`match`, `differs` or `unsupported`: refused, or of a router that was not
published) and `diff` (empty for a match).

A folder holds `case.json` and what it names:

| key | meaning |
|---|---|
| `id`, `title`, `routing` | words about the case |
| `platform` | prose; its release picks the image where a configuration has no `version` line |
| `configs` | router: file of its configuration |
| `aliases` | host name in an output: router |
| `outputs` | in time order: `step`, `node`, `command`, `file` |
| | and where it holds: `extract` (published in part), `eligible` (false: not counted), `reason` |
| `apply` | `before_step`, `node`, `lines` typed in configuration mode |

A configuration may be a listing or what was typed, as its author's terminal showed it: headers,
prompts, echoed commands and their answers, log messages, the marks of a pager and control
characters are taken off before it is booted, banners excepted.

Not compared: timers, SPIs, ids of connections, flows and requests, packet counters, round-trip
times, sequence and serial numbers, white space at the end of a line, a line of 80 dashes or more
that a page draws below a listing. A line `...` stands for lines that the author left out. All else
is compared: flags, attributes, states, order, indentation, metrics, next hops, legends.

Pages leave things out. The replay adds what a case itself proves, and nothing else:

* a provider router for every next hop, external BGP neighbour and interface route that no
  published router answers for; to BGP neighbours it originates a default route;
* the address below a tunnel, where it stands in the NHRP maps of others or in the outputs, else
  one of 198.18.0.0/15;
* a default route to a provider, where neither a route, nor a BGP neighbour, nor a published router
  on the wire leads a router to the other ends of its tunnels; routes to those ends alone, where its
  outputs say `Gateway of last resort is not set`;
* a host on a LAN, where a probe of its address was answered and no published router has it;
* a ping where an output shows an NHRP entry that only traffic makes (a flag `used`, a peer that a
  spoke learned) and the twin lacks it. Such an output says in `assumed` what was typed before it;
* sittings: where an interface stands a second time in a configuration, that block and what follows
  it were typed later, before the first output that knows an address or a protocol of it.
"""


UNCAPTURED = """\
Show commands of which no capture shows the form; it follows the vendor's manuals and the captured
siblings (`labs/twin/replay/captured.yaml` lists what was captured):"""


def page(known: Known) -> str:
    """Draw the page."""
    return "\n".join((HEAD, _differences(known), _simpler(known), _unseen(known), _accepted()))


def _differences(known: Known) -> str:
    text = "## Known differences\n\nOutputs of published cases that the twin prints otherwise.\n"
    for case, steps in known.differences.items():
        text += f"\n### {case}\n\n| step | why |\n|---|---|\n"
        text += "".join(f"| {step} | {reason} |\n" for step, reason in steps.items())
    return text


def _simpler(known: Known) -> str:
    text = "## Modelled more simply\n\n| what | how |\n|---|---|\n"
    return text + "".join(f"| {what} | {how} |\n" for what, how in known.simpler.items())


def _unseen(known: Known) -> str:
    text = "## Forms that no capture shows\n\nPrinted, but from documents or by analogy.\n\n"
    text += "| form | where from |\n|---|---|\n"
    text += "".join(f"| {form} | {source} |\n" for form, source in known.unseen.items())
    commands = ", ".join(f"`{command}`" for command in uncaptured(captured()))
    return text + f"\n{UNCAPTURED}\n{commands}.\n"


def _accepted() -> str:
    text = "## Accepted, not modelled\n\nLines that are taken and printed, without effect.\n\n"
    text += "| mode | lines |\n|---|---|\n"
    for name, mode in TABLES.modes.items():
        lines = dict.fromkeys(f"`{row.name}`" for row in mode.rows if not row.modelled)
        if lines:
            text += f"| {name} | {', '.join(lines)} |\n"
    return text
