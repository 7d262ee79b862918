"""What the pages say is true of the program."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from automation.fabric.load import parse_fabric
from automation.fabric.model import Attachment, Cloud, Fabric, Ipsec, Nhrp, Router

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "fabric.md"


def test_the_example_of_the_page_is_a_fabric() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    fabric = parse_fabric(example)
    assert set(fabric.sites) == {"hq", "oslo"}
    assert fabric.clouds["blue"].key == 100


@pytest.mark.parametrize("model", [Fabric, Cloud, Nhrp, Ipsec, Router, Attachment])
def test_every_key_stands_on_the_page(model: type[BaseModel]) -> None:
    text = PAGE.read_text()
    missing = [name for name in model.model_fields if not re.search(rf"\b{name}\b", text)]
    assert not missing


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\w\]\((?!https?:)([^)#]*[.][^)#]*)", path.read_text()):
        assert (path.parent / target).exists(), target
