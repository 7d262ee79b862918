"""Shared fixtures: where evidence lies, and goldens that can be rewritten."""

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def find_shared() -> Path | None:
    """Find the evidence: $DMVPN_SHARED, else `../shared` beside the checkout (DESIGN section 13)."""
    named = os.environ.get("DMVPN_SHARED")
    place = Path(named) if named else TESTS.parent.parent / "shared"
    return place if (place / "corpus").is_dir() else None


SHARED = find_shared()
evidence = pytest.mark.skipif(
    SHARED is None, reason="no evidence: set DMVPN_SHARED to the folder of captures"
)


def samples(command: str) -> list[Path]:
    """List the captures of one command, e.g. show_dmvpn; empty where there is no evidence."""
    return sorted((SHARED / "corpus" / command).glob("*.txt")) if SHARED else []


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of evidence, or skip saying how to get it."""
    if SHARED is None:
        pytest.skip("no evidence: set DMVPN_SHARED to the folder of captures")
    return SHARED
