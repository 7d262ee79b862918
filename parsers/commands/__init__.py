"""The table of parsers: command -> template -> records, one module a subject."""

from parsers.commands.crypto import CRYPTO
from parsers.commands.interface import INTERFACE
from parsers.commands.log import LOG
from parsers.commands.overlay import OVERLAY
from parsers.commands.parser import Parser
from parsers.commands.probe import PROBE
from parsers.commands.routing import ROUTING
from parsers.commands.system import SYSTEM

PARSERS: tuple[Parser, ...] = (*OVERLAY, *ROUTING, *CRYPTO, *INTERFACE, *PROBE, *SYSTEM, *LOG)

__all__ = ["PARSERS", "Parser"]
