"""What the simulated bus holds for registered: neurons, ghosts and phantoms."""

from collections.abc import Sequence

from nallely_midibridge.simulated.devices import Parameter


class SessionError(Exception):
    """A request over which the real session drops the connection (1011)."""


class Registry:
    """The neurons of a bus, each with its parameters.

    The bus names a parameter ``NEURON_PARAMETER`` and cuts at the first underscore to find the neuron again, so a
    neuron with an underscore in its name never receives anything (measured on Nallely 0.7.0).
    """

    def __init__(self) -> None:
        self.neurons: dict[str, list[Parameter]] = {}
        """What is registered. A parameter added twice is there twice."""
        self.attached: set[str] = set()
        """The names the bus takes for registered, and registers no more. One that is no neuron is a ghost."""
        self.phantoms: set[str] = set()
        """Parameters that got a value and were never registered."""
        self._parameters: dict[str, Parameter] = {}

    def parameter(self, port: str) -> Parameter | None:
        """The parameter of that name, as ``NEURON_PARAMETER``. Of one that is there twice, the newest."""
        return self._parameters.get(port)

    def configure(self, neuron: str, parameters: Sequence[Parameter], action: str | None = None) -> bool:
        """Take what a client says first. True if anything changed.

        Raises SessionError where the real bus closes the connection.
        """
        if neuron not in self.attached:
            self.attached.add(neuron)
            self.neurons[neuron] = list(parameters)
        elif action not in ("add_parameters", "remove_parameters"):
            return False
        elif neuron not in self.neurons:
            raise SessionError(f"{neuron} is a ghost")
        elif action == "add_parameters":
            self.neurons[neuron].extend(parameters)
        else:
            self._remove(neuron, {parameter.name for parameter in parameters})
        self._index()
        self.phantoms -= self._parameters.keys()
        return True

    def attach(self, neuron: str) -> None:
        """Something of that name is there: a client, or a value for it. If it is no neuron, this makes a ghost."""
        self.attached.add(neuron)

    def unregister(self, neuron: str) -> set[str]:
        """Forget a neuron; the names of its parameters. A ghost stays: only a new bus is rid of it."""
        if neuron not in self.neurons:
            return set()
        self.attached.discard(neuron)
        gone = {port_name(neuron, parameter.name) for parameter in self.neurons.pop(neuron)}
        self._index()
        return gone

    def clear(self) -> None:
        """It is a new bus: nobody is registered, no ghost is left."""
        self.neurons.clear()
        self.attached.clear()
        self.phantoms.clear()
        self._index()

    def _remove(self, neuron: str, names: set[str]) -> None:
        before = self.neurons[neuron]
        self.neurons[neuron] = [parameter for parameter in before if parameter.name not in names]
        self._index()
        gone = [parameter.name for parameter in before if parameter.name in names]
        if len(set(gone)) < len(gone):
            raise SessionError(f"a parameter of {neuron} was there twice")

    def _index(self) -> None:
        self._parameters = {
            port_name(neuron, parameter.name): parameter
            for neuron, parameters in self.neurons.items()
            for parameter in parameters
        }


def port_name(neuron: str, parameter: str) -> str:
    """A parameter's name on the bus."""
    return f"{neuron}_{parameter}"
