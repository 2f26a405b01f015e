"""What this process costs, as the kernel tells it."""

from pathlib import Path

import pytest

from nallely_midibridge.edges import process

TOLD = "Name:\tbridge\nVmRSS:\t  153600 kB\nRssAnon:\t   20480 kB\nRssFile:\t   10240 kB\nRssShmem:\t  122880 kB\n"


def test_what_is_shared_with_a_sound_server_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STATUS", tmp_path / "status")
    (tmp_path / "status").write_text(TOLD)
    assert process.resident_memory() == 30 * 2**20


@pytest.mark.parametrize("told", [None, "", "VmRSS:\t1 kB\n", "RssAnon:\t1 kB\n", "RssAnon:\nRssFile:\n"])
def test_a_system_that_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None) -> None:
    monkeypatch.setattr(process, "STATUS", tmp_path / "status")
    if told is not None:
        (tmp_path / "status").write_text(told)
    assert process.resident_memory() is None
