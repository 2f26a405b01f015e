"""Neurons as their authors write them, for `make types`: whoever checks theirs strictly has no error from our types."""

import asyncio
import logging

from nallely_midibridge.connector import Message, NallelyService, NallelyWebsocketBus, Parameters, Registration

bus = NallelyWebsocketBus()


def documented() -> NallelyService:
    params = {
        "note": {"min": 0, "max": 127},
    }
    config = {"note": 0}
    return bus.register("external", "my_neuron", params, config, address="192.168.1.74:6789")


def annotated() -> float:
    parameters: Parameters = {"wheel": {"min": -1, "max": 1}, "cutoff": {"min": 0, "max": 0.5}}
    config: dict[str, float] = {}
    service = bus.register("external", "knobs", parameters, config, log=logging.getLogger(__name__).info, block=True)
    return service.config["wheel"] + config["cutoff"]


def called_back(service: NallelyService) -> None:
    def on_open(registration: Registration) -> None:
        print([entry["name"] for entry in registration])

    def on_message(message: Message) -> None:
        print(f"{message['on']} = {message['value']:.2f}")

    service.onopen = on_open
    service.onopen = lambda _: print("registered")
    service.onmessage = service.onsend = on_message
    service.onvalue = lambda parameter, value: print(parameter, value + 1)
    service.onerror = lambda error: print(error.args)
    service.onclose = lambda: print("closed")
    service.onclose = None


async def awaited(service: NallelyService) -> float:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Message] = asyncio.Queue()
    service.onmessage = lambda message: loop.call_soon_threadsafe(queue.put_nowait, message)
    return (await queue.get())["value"]
