"""The catalogue of checks: expectations and records -> findings."""

from automation.checks import crypto, overlay, path, routing
from automation.checks.base import Check

CHECKS: tuple[Check, ...] = (*overlay.CHECKS, *crypto.CHECKS, *routing.CHECKS)
"""Checks that look at one device and send nothing into the overlay."""

PATH_CHECKS: tuple[Check, ...] = path.CHECKS
"""Checks that judge probes between two spokes."""
