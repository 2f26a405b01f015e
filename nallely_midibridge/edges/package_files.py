"""The files that come with the package: the units of ``systemd/`` and the examples of ``config/``.

An installed package has them in its folder ``data``, where the build puts them (pyproject.toml); a checkout has them
beside the package.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent.parent
ROOTS: Final = (PACKAGE / "data", PACKAGE.parent)


def package_file(relative: str) -> Path:
    """The file or folder ``relative``, such as ``systemd/nallely-midibridge.service``.

    Raises FileNotFoundError for one that does not come with the package.
    """
    for root in ROOTS:
        if (path := root / relative).exists():
            return path
    raise FileNotFoundError(f"{relative} does not come with this package")
