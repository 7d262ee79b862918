"""Every format is drawn from one model, whole and safe whatever a device said."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from automation.checks.base import Finding, Status
from automation.reports import FORMATS
from automation.reports.model import Chapter, Drift, Report
from automation.reports.text import format_summary

NASTY = '<script>alert("x")</script> & | `code` \x00\x1b[31m ]]>'


def finding(status: Status, device: str = "spoke1", **said: object) -> Finding:
    base = Finding(
        check_id="T-NHRP-002",
        device=device,
        subject="hub1 10.255.0.1",
        status=status,
        message="NHS 10.255.0.1 not responding: state E, 0 replies of 12 requests",
        evidence=("10.255.0.1   E  NBMA Address: 203.0.113.1 priority = 0 cluster = 0",),
        remedy="compare tunnel key and authentication",
        title="registered with every NHS",
    )
    return replace(base, **said)  # type: ignore[arg-type]


REPORT = Report(
    kind="verify",
    run="2026-11-22-4",
    started="2026-11-22T12:00:00+00:00",
    duration_s=41.2,
    devices=("hub1", "spoke1"),
    findings=(
        finding(Status.PASS, "hub1", message="registered"),
        finding(Status.FAIL),
        finding(Status.ERROR, subject="", message="could not look"),
        finding(Status.SKIP, message="nothing to judge"),
    ),
    drift=(Drift(device="hub1", missing=("interface Tunnel100", " ip mtu 1400")),),
    chapters=(Chapter(title="Apply", text="It was applied.", output="hub1 armed 5m"),),
)


def test_the_summary_says_what_why_and_fix() -> None:
    text = format_summary(REPORT)
    assert text == (
        "PASS 1  FAIL 1  ERROR 1  SKIP 1   2 devices  41 s\n"
        "FAIL  spoke1  T-NHRP-002 registered with every NHS  hub1 10.255.0.1: NHS 10.255.0.1 not "
        "responding: state E, 0 replies of 12 requests\n"
        "     why: 10.255.0.1   E  NBMA Address: 203.0.113.1 priority = 0 cluster = 0\n"
        "     fix: compare tunnel key and authentication\n"
        "ERROR spoke1  T-NHRP-002 registered with every NHS  could not look\n"
        "     why: 10.255.0.1   E  NBMA Address: 203.0.113.1 priority = 0 cluster = 0\n"
        "     fix: compare tunnel key and authentication\n"
        "DRIFT hub1   2 lines differ from the intent\n"
        "      + interface Tunnel100\n"
        "      +  ip mtu 1400"
    )


def test_a_verbose_summary_shows_everything() -> None:
    assert "PASS  hub1" in format_summary(REPORT, verbose=True)
    assert "SKIP  spoke1" in format_summary(REPORT, verbose=True)


@pytest.mark.parametrize(
    ("statuses", "drift", "code"),
    [
        ((), (), 0),
        ((Status.PASS, Status.SKIP), (), 0),
        ((Status.PASS,), (Drift(device="a", unmanaged=("x",)),), 0),
        ((Status.PASS,), (Drift(device="a", missing=("x",)),), 3),
        ((Status.FAIL,), (Drift(device="a", missing=("x",)),), 4),
        ((Status.FAIL, Status.ERROR), (), 5),
    ],
)
def test_the_exit_code(statuses: tuple[Status, ...], drift: tuple[Drift, ...], code: int) -> None:
    report = replace(REPORT, findings=tuple(map(finding, statuses)), drift=drift)
    assert report.exit_code == code


def test_json_is_the_model_under_its_schema() -> None:
    data = json.loads(FORMATS["json"](REPORT))
    assert data["schema"] == "dmvpn.result/1"
    assert data["exit_code"] == 5
    assert data["summary"] == {"pass": 1, "fail": 1, "error": 1, "skip": 1}
    assert data["findings"][1]["check_id"] == "T-NHRP-002"
    assert data["findings"][1]["evidence"] == list(REPORT.findings[1].evidence)
    assert data["drift"] == [
        {"device": "hub1", "missing": ["interface Tunnel100", " ip mtu 1400"], "unmanaged": []}
    ]


def test_junit_counts_and_names() -> None:
    root = ET.fromstring(FORMATS["junit"](REPORT))  # noqa: S314 - our own text
    assert root.attrib["tests"] == "4"
    assert root.attrib["failures"] == "1"
    assert root.attrib["errors"] == "1"
    assert [suite.attrib["name"] for suite in root] == ["hub1", "spoke1"]
    suite = root[1]
    assert [child.tag for case in suite for child in case] == ["failure", "error", "skipped"]
    text = suite[0][0].text or ""
    assert "why: 10.255.0.1" in text
    assert "fix: compare" in text


def test_junit_names_are_unique_within_a_device() -> None:
    same = replace(REPORT, findings=(finding(Status.PASS), finding(Status.PASS)))
    root = ET.fromstring(FORMATS["junit"](same))  # noqa: S314 - our own text
    names = [case.attrib["name"] for case in root[0]]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"T-NHRP-002\[[0-9a-f]{8}\](#\d+)?", name) for name in names)


class Page(HTMLParser):
    """Collects what a page holds, and whether its tags are balanced."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_balanced_page_without_network() -> None:
    text = FORMATS["html"](REPORT)
    page = Page(text)
    assert page.open == []
    assert not any({"src", "href"} & set(attributes) for _, attributes in page.tags)
    assert "http" not in text.replace("http-equiv", "")
    assert "@import" not in text
    assert "url(" not in text
    for piece in ("NHS 10.255.0.1 not responding", "It was applied.", "hub1 armed 5m", "ip mtu"):
        assert piece in page.text


def test_what_failed_stands_first() -> None:
    rows = re.findall(r'data-row="(\w+)"', FORMATS["html"](REPORT))
    assert rows == ["fail", "error", "skip", "pass"]
    table = re.findall(r"(?m)^\| (fail|error|skip|pass) \|", FORMATS["md"](REPORT))
    assert table == ["fail", "error", "skip", "pass"]


@pytest.mark.parametrize("form", FORMATS)
def test_no_device_can_break_a_report(form: str) -> None:
    bad = finding(Status.FAIL, NASTY, subject=NASTY, message=NASTY, evidence=(NASTY,), remedy=NASTY)
    chapter = Chapter(title=NASTY, text=NASTY, output=f"```\n{NASTY}")
    drift = Drift(device=NASTY, missing=(NASTY,))
    text = FORMATS[form](
        replace(REPORT, findings=(bad,), chapters=(chapter,), drift=(drift,), devices=(NASTY,))
    )
    match form:
        case "json":
            assert json.loads(text)["findings"][0]["message"] == NASTY
        case "junit":
            ET.fromstring(text)  # noqa: S314 - our own text
        case "html":
            page = Page(text)
            assert page.open == []
            assert [tag for tag, _ in page.tags].count("script") == 1
        case "md":
            outside = re.sub(r"(?ms)^(`{3,})\n.*?^\1$", "", text)
            assert "<script>" not in outside.replace(r"\<script\>", "")


def test_an_audit_says_whose_lines_it_leaves_alone_and_that_nothing_drifted() -> None:
    drift = (Drift(device="hub1"), Drift(device="spoke1", unmanaged=("bfd interval 50",)))
    said = format_summary(replace(REPORT, kind="audit", devices=("hub1", "spoke1"), drift=drift))
    assert "NOTE  spoke1   holds lines in our blocks that nobody intended" in said
    assert "? bfd interval 50   (unmanaged, kept)" in said
    assert said.endswith("No drift on 2 of 2 devices.")
