"""The pages in docs/: their mapping files are right, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.errors import MappingError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(params=PAGES, ids=[page.name for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def test_its_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["network.md", "daws.md", "raspberry-pi.md"])
def test_its_mapping_files_are_right(name: str, tmp_path: Path) -> None:
    (tmp_path / "studio-ca.pem").touch()
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        whole = block if "ports:" in block else block + "ports: {keys: K}\n"
        port = re.search(r"^  (\w+):", whole[whole.index("ports:") :], re.MULTILINE) or re.search(r"\{(keys):", whole)
        assert port is not None
        if "neurons:" not in whole:
            whole += f"neurons: {{n: {{params: {{x: {{from: {port[1]}, cc: 1}}}}}}}}\n"
        try:
            load_text(whole, str(tmp_path / "bridge.yaml"))
        except MappingError as error:
            pytest.fail(str(error))
