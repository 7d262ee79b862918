"""One virtual router."""

from labs.twin.router.leases import Lease
from labs.twin.router.ports import Admin, Port
from labs.twin.router.router import Router, Tap

__all__ = ["Admin", "Lease", "Port", "Router", "Tap"]
