"""``service``: what is installed where, what is refused before anything is done, and that uninstalling undoes it."""

import os
import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.cli import service
from nallely_midibridge.cli.main import main
from nallely_midibridge.core.service_plan import Place, Texts, install_plan, uninstall_plan, unit_text
from nallely_midibridge.edges.package_files import package_file
from nallely_midibridge.edges.seclusion import why_unseen
from nallely_midibridge.edges.steps import perform
from nallely_midibridge.values.errors import ServiceError
from nallely_midibridge.values.step import Remove, Run, Step, Write

UNITS = ("systemd/nallely-midibridge.service", "systemd/user/nallely-midibridge.service")
TEXTS = Texts("[Service]\nType=notify-reload\nExecStart=old\n", "example: 1\n", "snd-seq\n")
COMMAND = ("/opt/bin/nallely-midibridge",)


def place_in(folder: Path) -> Place:
    """A place whose systemctl does nothing."""
    return Place(folder / "units/a.service", folder / "etc/bridge.yaml", folder / "load/a.conf", ("true",))


def do(steps: list[Step]) -> list[str]:
    """Perform all but what would change this machine."""
    return [perform(step, os.environ) for step in steps if not (isinstance(step, Run) and step.command[0] != "true")]


def files_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", UNITS)
def test_the_units_start_the_command_that_installs_them(name: str) -> None:
    text = unit_text(package_file(name).read_text(), COMMAND, Path("/etc/b.yaml"), 257)
    assert re.findall("^ExecStart=.*", text, re.MULTILINE) == [f"ExecStart={COMMAND[0]} run -c /etc/b.yaml"]
    assert "\nType=notify-reload\n" in text
    assert "ExecReload" not in re.sub("^#.*", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", UNITS)
def test_an_older_systemd_gets_words_that_it_knows(name: str) -> None:
    text = unit_text(package_file(name).read_text(), COMMAND, Path("/etc/b.yaml"), 252)
    assert "\nType=notify\nExecReload=kill -HUP $MAINPID\n" in text
    assert "\nType=notify-reload\n" not in text


@pytest.mark.parametrize("name", UNITS)
def test_the_units_restart_always_but_for_a_wrong_file(name: str) -> None:
    lines = package_file(name).read_text().splitlines()
    wanted = {"Restart=always", "RestartPreventExitStatus=2", "StartLimitIntervalSec=0", "WatchdogSec=20"}
    assert wanted <= set(lines)
    assert not [line for line in lines if "network" in line and not line.startswith("#")]


@given(st.text(min_size=1, max_size=40).filter(str.isprintable))
def test_any_path_stands_in_the_unit_as_one_word(name: str) -> None:
    text = unit_text("ExecStart=x", (f"/opt/{name}/bin",), Path("/etc/b.yaml"), None)
    line = text.removeprefix("ExecStart=").replace("%%", "%").replace("$$", "$")
    assert shlex.split(line) == [f"/opt/{name}/bin", "run", "-c", "/etc/b.yaml"]


def test_a_path_that_no_unit_can_hold_is_refused() -> None:
    with pytest.raises(ServiceError):
        unit_text("ExecStart=x", ("/opt/a\nExecStartPre=/bin/rm",), Path("/etc/b.yaml"), None)


def test_what_the_installer_did_not_compile_is_compiled_once(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        (folder / "inner").mkdir(parents=True)
        (folder / "inner/module.py").write_text("ANSWER = 42\n")
    (step,) = service.compile_plan(folders)
    perform(step, os.environ)
    assert len(list(tmp_path.rglob("__pycache__/module.*.pyc"))) == 2
    assert service.compile_plan(folders) == []
    (folders[1] / "other.py").write_text("")
    assert str(service.compile_plan(folders)[0]).endswith(f"compileall -q {folders[1]}")


def test_a_bridge_is_made_of_packages_that_are_there() -> None:
    assert [folder.name for folder in service.package_folders()] == list(service.PACKAGES)


def test_installing_twice_is_installing_once_and_uninstalling_leaves_nothing(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    plan = install_plan(place, TEXTS, COMMAND, place.config, 257)
    assert f"wrote {place.config}, an example" in do(plan)
    once = files_in(tmp_path)
    assert f"kept {place.config}, which was there" in do(plan)
    assert files_in(tmp_path) == once
    assert stat.S_IMODE(place.unit.stat().st_mode) == 0o644
    do(uninstall_plan(place, TEXTS))
    assert not files_in(tmp_path)
    assert not place.config.parent.exists()


def test_a_mapping_file_of_the_users_is_never_touched(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    place.config.parent.mkdir()
    place.config.write_text("mine\n")
    do(install_plan(place, TEXTS, COMMAND, place.config, 257))
    assert f"kept {place.config}, which is yours" in do(uninstall_plan(place, TEXTS))
    assert files_in(tmp_path) == {"etc/bridge.yaml": "mine\n"}


def test_another_mapping_file_needs_no_example(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    do(install_plan(place, TEXTS, COMMAND, tmp_path / "mine.yaml", 257))
    assert sorted(files_in(tmp_path)) == ["load/a.conf", "units/a.service"]


def test_an_upgrade_replaces_the_unit(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    place.unit.parent.mkdir()
    place.unit.write_text("of an older version")
    said = do(install_plan(place, TEXTS, COMMAND, place.config, 257))
    assert f"wrote {place.unit}" in said
    assert place.unit.read_text() == unit_text(TEXTS.unit, COMMAND, place.config, 257)


def test_a_command_that_fails_ends_it_and_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"ls /no/such/place failed: .*No such file"):
        perform(Run(("ls", "/no/such/place")), os.environ)
    with pytest.raises(ServiceError, match="no-such-command failed"):
        perform(Run(("no-such-command",)), os.environ)
    assert perform(Run(("false",), "that is no harm"), os.environ).endswith("; that is no harm")


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match=r"could not write .*: "):
        perform(Write(tmp_path / "file" / "unit", "x"), os.environ)
    with pytest.raises(ServiceError, match=r"could not remove .*: "):
        perform(Remove(tmp_path), os.environ)


def test_what_the_service_cannot_see_is_named() -> None:
    assert "/home" in (why_unseen(Path("/home/alice/venv/bin/python")) or "")
    assert why_unseen(Path("/etc/passwd")) is None


def test_a_folder_that_is_closed_to_others_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.seclusion.HIDDEN", {})
    (closed := tmp_path / "closed").mkdir(mode=0o700)
    (closed / "file").write_text("")
    why = why_unseen(closed / "file") or ""
    assert why.endswith("is closed to other users")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders, on a machine where nothing may be installed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(service, "BOOTED", tmp_path / "no-systemd")
    return tmp_path


def test_a_wrong_mapping_file_is_refused_with_every_problem_and_2(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "nallely-midibridge").mkdir()
    (home / "nallely-midibridge/bridge.yaml").write_text("ports: 7\nneuron: 8\n")
    assert main(["service", "install", "--user"]) == 2
    said = capsys.readouterr()
    assert "bridge.yaml:1" in said.err
    assert "bridge.yaml:2" in said.err
    assert not said.out
    assert not (home / "systemd").exists()


def test_a_mapping_file_that_is_not_there_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "install", "--user", "-c", str(home / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_without_systemd_it_is_refused_in_one_line_and_nothing_is_done(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", "install", "--user"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("nallely-midibridge: systemd does not run this machine")
    assert len(said.err.splitlines()) == 1
    assert not list(home.iterdir())


def test_a_dry_run_shows_the_files_and_does_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "install", "--user", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"- write {home}/systemd/user/nallely-midibridge.service\n" in said
    assert f"run -c {home}/nallely-midibridge/bridge.yaml\n" in said
    assert "- run systemctl --user enable nallely-midibridge.service\n" in said
    assert not list(home.iterdir())


def test_a_dry_run_says_all_that_would_have_it_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service, "why_unseen", lambda path: f"{path} is in a cellar")
    assert main(["service", "install", "--dry-run"]) == 0
    plan, refused = capsys.readouterr().out.split("but as things are, it would be refused:\n")
    assert "- write /etc/systemd/system/nallely-midibridge.service\n" in plan
    assert "- systemd does not run this machine" in refused
    assert "- the system's service could not run this program: " in refused
    assert main(["service", "install"]) == 1
    assert capsys.readouterr().out == ""


def test_uninstalling_what_is_not_there_is_no_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "uninstall", "--user"]) == 0
    assert capsys.readouterr().out.startswith("there is no such service")


def test_a_dry_run_of_the_other_says_what_would_go(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = home / "systemd/user/nallely-midibridge.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("x")
    assert main(["service", "uninstall", "--user", "--dry-run"]) == 0
    assert f"- remove {unit}\n" in capsys.readouterr().out
    assert unit.exists()


def test_the_command_that_is_installed_is_this_program() -> None:
    done = subprocess.run([*service.own_command(), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("nallely-midibridge ")
