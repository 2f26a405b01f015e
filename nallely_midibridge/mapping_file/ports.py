"""The ``ports`` of a mapping file: short names for hardware, by pattern, and for ports of our own."""

from nallely_midibridge.mapping_file import names
from nallely_midibridge.mapping_file.claims import Claims
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Body
from nallely_midibridge.mapping_file.schema import PortNames
from nallely_midibridge.mapping_file.shape import KnownPorts, shaped
from nallely_midibridge.values.device import Device
from nallely_midibridge.values.mapping import Port


def read_ports(section: Body, spot: Spot, *, virtual_ports: bool) -> KnownPorts:
    """Every port by its short name. ``virtual_ports=False``: this system cannot make any."""
    ports = {name: _port(name, body, spot / name) for name, body in section.items()}
    ours = Claims()
    for name, port in ports.items():
        if port and port.virtual:
            _check_virtual(port.virtual, spot / name / "virtual", ours, virtual_ports)
    return ports


def _port(name: str, body: object, spot: Spot) -> Port | None:
    spot.checked(names.short_name, name, of_key=True)
    if not isinstance(body, dict):
        pattern = spot.checked(names.pattern, body)
        return Port(name, input=pattern, output=pattern) if pattern else None
    port = shaped(PortNames, body, spot)
    if port is None:
        return None
    if not body.keys() & {"match", "input", "output", "virtual"}:
        spot.wrong("must be a port's name, {input: …, output: …} or {virtual: …}" + (", not empty" if not body else ""))
        return None
    if port.match and (port.input or port.output):
        spot.wrong_key("'match' is for both ways; keep it, or 'input' and 'output'", "match")
    if port.rate and not (port.match or port.output or port.virtual):
        spot.wrong_key("'rate' is about what is sent, and this port has no output", "rate")
    if port.echo and not (port.match or port.virtual or (port.input and port.output)):
        spot.wrong_key("'echo' is about what comes back of what is sent, and this port goes one way only", "echo")
    if port.nrpn and not (port.match or port.input or port.virtual):
        spot.wrong_key("'nrpn' is about what comes in, and this port has no input", "nrpn")
    if port.virtual and (port.match or port.input or port.output):
        spot.wrong_key("a virtual port goes both ways by itself; leave out 'match', 'input' and 'output'", "virtual")
    for key in ("usb", "serial", "nth"):
        if port.virtual and key in body:
            spot.wrong_key(f"{key!r} tells devices apart; a virtual port is none", key)
    return Port(
        name,
        port.match or port.input,
        port.match or port.output,
        port.virtual,
        port.rate,
        Device(port.usb, port.serial),
        port.nth or 1,
        port.echo == "take",
        port.nrpn == "pass",
    )


def _check_virtual(name: str, spot: Spot, ours: Claims, virtual_ports: bool) -> None:
    if not virtual_ports:
        advice = "install a loopback MIDI driver and write the name of its port instead"
        spot.wrong(f"this system has no virtual ports; {advice}")
    if refusal := ours.refusal(name, spot):
        spot.wrong(f"the name {name!r} {refusal}")
