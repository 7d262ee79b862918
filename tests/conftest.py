"""Shared fixtures: where evidence lies, and goldens that can be rewritten."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent

# No test asserts a time, and hypothesis is no exception: CI machines stall.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def find_shared() -> Path | None:
    """Find the evidence: $DMVPN_SHARED, else `../shared` beside the checkout."""
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


def tool(name: str) -> str:
    """Find a program, or skip naming it; in CI, which installs ci/apt.txt, it must be there."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"missing tool: {name}")
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many captures were read; a test says so by `record_property("samples", n)`."""
    read = sum(
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "samples"
    )
    terminalreporter.write_line(f"evidence: {read} captures read")
    for reason in forbidden_skips(terminalreporter):
        terminalreporter.write_line(f"not allowed here: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which something that had to be there was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.exitstatus == pytest.ExitCode.OK and reporter and forbidden_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def forbidden_skips(reporter: pytest.TerminalReporter) -> list[str]:
    """List the skips that the environment forbids (set by .ci/run)."""
    forbidden = {
        "no evidence": "DMVPN_REQUIRE_EVIDENCE",
        "missing tool": "DMVPN_REQUIRE_TOOLS",
    }
    return [
        f"{report.nodeid}: {report.longrepr[2]}"
        for report in reporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
        for start, variable in forbidden.items()
        if start in report.longrepr[2] and os.environ.get(variable)
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites goldens; the diff is then reviewed like code."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Tell whether goldens are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))
