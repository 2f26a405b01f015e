"""The simulated session as Trevor describes it, and Trevor's names for parameters.

The shape is what Nallely 0.7.0 sends, less the fields that say how its own user interface draws things.
"""

from collections.abc import Iterable
from typing import Any

from nallely_midibridge.simulated.devices import Lfo, Parameter, Synth
from nallely_midibridge.simulated.patch import End, Link, Scaling
from nallely_midibridge.simulated.registry import SessionError, port_name
from nallely_midibridge.simulated.session import BUS, Session

JsonObject = dict[str, Any]

VIRTUAL = "__virtual__"
"""The one section of every device that is no MIDI device."""

ALL_KEYS = "all_keys_or_pads"


def state_of(session: Session) -> JsonObject:
    """Everything, as it goes out when a client connects and after every change."""
    lfos = [device for device in session.devices.values() if isinstance(device, Lfo)]
    synths = [device for device in session.devices.values() if isinstance(device, Synth)]
    return {
        "input_ports": [],
        "output_ports": [],
        "midi_devices": [_synth(synth) for synth in synths],
        "virtual_devices": [*_bus(session), *(_lfo(lfo) for lfo in lfos)],
        "connections": [_connection(session, link) for link in session.patch],
        "classes": {"virtual": [Lfo.KIND], "midi": [Synth.KIND]},
        "playground_code": "",
        "waiting_services": [_waiting(port) for port in _waiting_ports(session)],
        "exposed_services": {},
        "myname": "SIM",
    }


def end_at(session: Session, path: str) -> End:
    """The end that a command means by ``ID::SECTION::NAME``.

    On the bus any name will do, for its neuron may register later. Raises SessionError for what cannot be.
    """
    try:
        device_id, section, name = path.split("::")
        device_name = device_with(session, int(device_id))
    except ValueError:
        raise SessionError(f"{path} is no parameter's path") from None
    device = session.devices.get(device_name)
    if isinstance(device, Synth):
        if name not in (ALL_KEYS, Synth.KEYS.name):
            raise SessionError(f"{device_name} has keys only, no {name}")
        return End(device_name, section)
    if section != VIRTUAL or not name.endswith("_cv"):
        raise SessionError(f"{path} is no parameter's path")
    return End(device_name, name.removesuffix("_cv"))


def device_with(session: Session, device_id: int) -> str:
    """The name of the device with an id. Raises SessionError when there is none."""
    ids = {device.id: name for name, device in session.devices.items()}
    if session.bus_id:
        ids[session.bus_id] = BUS
    if device_id not in ids:
        raise SessionError(f"no device {device_id}")
    return ids[device_id]


def _bus(session: Session) -> list[JsonObject]:
    """The bus and its neurons; nothing while there is no bus.

    The bus lists every neuron's parameters as its own too, and each neuron comes under the bus's id. The OSC bus,
    which has nothing to do with them, lists them a third time.
    """
    if not session.bus_id:
        return []
    neurons = {
        neuron: [Parameter(port_name(neuron, item.name), item.low, item.high) for item in parameters]
        for neuron, parameters in session.registry.neurons.items()
    }
    unique = {item.name: item for parameters in neurons.values() for item in parameters}
    return [
        _virtual(session.bus_id, BUS, "WebSocketBus", unique.values()),
        *(_virtual(session.bus_id, neuron, neuron, items, proxy=True) for neuron, items in neurons.items()),
        _virtual(session.osc_bus_id, "OSCBus1", "OSCBus", unique.values()),
    ]


def _lfo(lfo: Lfo) -> JsonObject:
    config = {"speed": lfo.speed, "min_value": lfo.low, "max_value": lfo.high}
    return {**_virtual(lfo.id, lfo.name, lfo.KIND, lfo.PARAMETERS), "config": config}


def _virtual(
    device_id: int, name: str, kind: str, parameters: Iterable[Parameter], *, proxy: bool = False
) -> JsonObject:
    return {
        "id": device_id,
        "repr": name,
        "meta": {"name": kind, "parameters": [_parameter(parameter) for parameter in parameters], "doc": None},
        "paused": False,
        "running": True,
        "config": {},
        "proxy": proxy,
    }


def _synth(synth: Synth) -> JsonObject:
    section = {"name": f"{synth.section}Section", "parameters": [], "pads_or_keys": _keys(synth), "pitchwheels": []}
    return {
        "id": synth.id,
        "repr": synth.name,
        "ports": {"input": None, "output": synth.name},
        "channel": 0,
        "meta": {"name": synth.KIND, "sections": [section]},
        "config": {},
    }


def _parameter(parameter: Parameter) -> JsonObject:
    return {
        "name": parameter.name,
        "cv_name": f"{parameter.name}_cv",
        "section_name": VIRTUAL,
        "range": [parameter.low, parameter.high],
        "stream": False,
        "hidden": False,
    }


def _keys(synth: Synth) -> JsonObject:
    """In a state the keys have a name, which is not what a command calls them by."""
    keys = synth.KEYS
    return {"name": keys.name, "section_name": synth.section, "range": [keys.low, keys.high], "keys": {}}


def _connection(session: Session, link: Link) -> JsonObject:
    source = {**_connected(session, link.source), "chain": _chain(link.scaling)}
    return {
        "id": id(link),
        "src": source,
        "dest": _connected(session, link.destination),
        "bouncy": False,
        "muted": False,
    }


def _connected(session: Session, end: End) -> JsonObject:
    device = session.devices.get(end.device)
    if isinstance(device, Synth):
        return {"device": device.id, "repr": device.name, "parameter": _keys(device), "type": "note"}
    # A parameter that was removed keeps its links.
    parameter = session.parameter(end) or Parameter(end.parameter)
    return {
        "device": device.id if device else session.bus_id,
        "repr": end.device,
        "parameter": _parameter(Parameter(end.parameter, parameter.low, parameter.high)),
        "type": "virtual",
    }


def _chain(scaling: Scaling | None) -> JsonObject | None:
    if scaling is None:
        return None
    return {"to_min": scaling.to_low, "to_max": scaling.to_high, "as_int": scaling.as_int, "method": "lin"}


def _waiting_ports(session: Session) -> list[str]:
    wished = {end.parameter for wish in session.wishes for end in (wish.source, wish.destination) if end.device == BUS}
    missing = {port for port in wished if session.registry.parameter(port) is None}
    return sorted(session.registry.phantoms | missing)


def _waiting(port: str) -> JsonObject:
    key, _, target = f"{port}_cv".partition("_")
    return {"key": key, "target": target}
