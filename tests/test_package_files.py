"""The files that come with the package."""

import pytest

from nallely_midibridge.edges.package_files import package_file


@pytest.mark.parametrize("name", ["systemd/nallely-midibridge.service", "config/service.yaml", "config/controllers"])
def test_finds_what_comes_with_the_package(name: str) -> None:
    assert package_file(name).exists()


def test_says_what_does_not() -> None:
    with pytest.raises(FileNotFoundError, match=r"config/nothing\.yaml does not come with this package"):
        package_file("config/nothing.yaml")
