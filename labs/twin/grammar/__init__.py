"""The grammar of commands: a notation for rows, and the matching of a typed line against them.

Notation of a pattern (one command a string)::

    word            a keyword; a typed prefix of it matches (`sh` for `show`)
    <name:type>     a parameter; its value is `args["name"]`
    [ ... ]         may be left out
    (a | b c | d)   one of these; inside may stand keywords, parameters and groups
    {a | b <x:0-9>} any of these options, in any order; keywords and parameters only
    /               alone between two elements: what stands before it identifies a line of
                    configuration: a line with the same identity replaces it, and `no` needs
                    no more than that. Without it the whole line is its identity.

Types::

    ip              IPv4Address          mask      IPv4Address, contiguous from the left
    wildcard        IPv4Address          prefix    IPv4Network, A.B.C.D/len
    0-255           int in that range    word      str without blanks
    hex             int, 0 to FFFF
    line            str, rest of line    words     tuple of one or more words
    interface       str, full name: `gi2`, `Gi 2` and `gigabit2` give GigabitEthernet2
    word8           as word, of at most 8 characters
    one(a,b,c)      str, one of these keywords (a flag is `[<shared:one(shared)>]`)
    some(a,b,c)     frozenset, one or more of these keywords in any order
    several(a,b,c)  tuple, one or more of these keywords in the order typed
    list(1-24)      tuple of int in that range, one or more

Keywords win over parameters. `Grammar.match` raises `Refused`, whose `answer` is the text IOS
prints. What a row means is not known here: rows carry a payload of the caller's.
"""

from labs.twin.grammar.hints import Hints
from labs.twin.grammar.matching import Grammar, Match, Reason, Refused, WrongWord
from labs.twin.grammar.parameters import (
    INTERFACE_KINDS,
    MAX_WORD,
    Token,
    interface_name,
    interface_order,
    parse_any,
    parse_ip,
    tokenize,
)

__all__ = [
    "INTERFACE_KINDS",
    "MAX_WORD",
    "Grammar",
    "Hints",
    "Match",
    "Reason",
    "Refused",
    "Token",
    "WrongWord",
    "interface_name",
    "interface_order",
    "parse_any",
    "parse_ip",
    "tokenize",
]
