"""What the daemon does without is not loaded, and is there for whoever needs it after all."""

import subprocess
import sys
from textwrap import indent

from nallely_midibridge.simulated import SimulatedNallely

FRUGALLY = """
import sys
from nallely_midibridge.edges.frugal_imports import frugal_imports
with frugal_imports():
"""


def said(program: str) -> list[str]:
    """The words that a program of its own says."""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.split()


def said_frugally(program: str) -> list[str]:
    """The same of one that imports frugally."""
    return said(FRUGALLY + indent(program, "    "))


def test_a_link_loads_neither_openssl_nor_what_belongs_to_email() -> None:
    loaded = said_frugally("import nallely_midibridge.edges.link; print(*sys.modules)")
    assert "websockets.client" in loaded
    assert not {"ssl", "_ssl", "_hashlib", "email", "zipfile", "ast", "dis"} & set(loaded)


def test_a_change_of_parameters_loads_no_more() -> None:
    with SimulatedNallely() as nallely:
        program = f"""
from nallely_midibridge.edges.registrar import tell_change
from nallely_midibridge.values.mapping import Parameter
url = "ws://{nallely.address}/keys/autoconfig"
tell_change(url, "external", "add_parameters", [Parameter("cutoff", 0, 127)], None, (), within=5)
print(*sys.modules)
"""
        loaded = said_frugally(program)
        assert nallely.wait_for(lambda: nallely.parameters("keys") == ["cutoff"])
    assert not {"ssl", "_hashlib", "websockets.sync", "asyncio"} & set(loaded)


def test_what_is_loaded_later_is_the_real_thing() -> None:
    program = """
import websockets.version, dataclasses
import importlib.metadata, inspect

@dataclasses.dataclass
class Undocumented:
    number: int

print(inspect.signature(Undocumented), importlib.metadata.version("websockets") == websockets.version.version)
"""
    assert said_frugally(program) == ["(number:", "int)", "->", "None", "True"]


def test_hashes_are_the_same_without_openssl() -> None:
    program = 'import hashlib, hmac; print(hashlib.sha1(b"abc").hexdigest(), hmac.compare_digest(b"a", b"a"))'
    assert said_frugally(program) == ["a9993e364706816aba3e25717850c26c9cd0d89d", "True"]


def test_where_python_has_no_hashes_of_its_own_openssls_are_taken() -> None:
    said('import sys; sys.modules["_sha1"] = None' + FRUGALLY + "    import _hashlib")


def test_afterwards_everything_is_found_again() -> None:
    said(FRUGALLY + "    pass\nimport _hashlib")


def test_tls_is_there_for_who_needs_it() -> None:
    assert said_frugally("import ssl; print(ssl.create_default_context().check_hostname)") == ["True"]
