"""A port of our own with config/daw.yaml, seen and heard with ALSA's tools as a DAW sees it."""

import re
import time

import rtmidi
from machine import OURS, client_with, output_of, sequencer_clients, wait_for
from programs import CONFIG, Program, daemon
from report import check, finish, note
from session import Session


def seen() -> int:
    """How others see it; returns the client that is listened to."""
    readable, writable = output_of("aconnect", "-i", "-l"), output_of("aconnect", "-o", "-l")
    note(readable)
    client, other = (client_with(OURS, "Nallely", listing) for listing in (readable, writable))
    check("aconnect shows client 'nallely-midibridge', port 'Nallely', to listen to", client, client)
    check("and one to play to", other != client, other)
    recordable = output_of("arecordmidi", "-l")
    check("arecordmidi lists it", re.search(rf"{OURS} +Nallely", recordable), recordable.strip().splitlines()[-1])
    with open("/proc/asound/seq/clients", errors="replace") as clients:
        check("nothing is called RtMidi", "rtmidi" not in clients.read().lower())
    return client


def heard(session: Session, dump: Program) -> None:
    for parameter, value, words in (
        ("mon1", 64, "Control change          0, controller 20, value 64"),
        ("mon8", 127, "Control change          0, controller 27, value 127"),
        ("wobble", 1, "Pitch bend              1, value 8191"),
        ("swell", 1, "Channel aftertouch      1, value 127"),
        ("patch", 5, "Program change          2, program 5"),
        ("kick", 1, "Note on                 9, note 36, velocity 100"),
        ("kick", 0, "Note off                9, note 36, velocity 0"),
        ("lead", 60, "Note on                 1, note 60, velocity 100"),
        ("lead", 67, "Note off                1, note 60, velocity 0"),
    ):
        place = len(dump.lines)
        session.nallely.feed(f"daw.{parameter}", value)
        line = dump.wait_for(words, place, 5)
        check(f"{parameter} = {value} arrives", line, line.text if line else dump.text)
    check("and then the next note", dump.wait_for("note 67, velocity 100", timeout=5))


def played_back(session: Session) -> None:
    """The DAW moves a parameter."""
    daw = rtmidi.MidiOut(rtmidi.API_LINUX_ALSA, name="test-daw")
    names = daw.get_ports()
    daw.open_port(next(n for n, name in enumerate(names) if name.startswith(f"{OURS}:Nallely")), name="out")
    mark = session.mark()
    daw.send_message((0xB0, 30, 127))
    got = session.wait_since(mark, 1, "drive")
    check("the DAW's automation moves a parameter", got == [("drive", 1.0)], got)
    daw.close_port()
    daw.delete()


with Session("daw") as session, daemon(CONFIG / "daw.yaml") as bridge:
    check("registers", session.nallely.wait_for_neuron("daw", 30))
    bridge.wait_for("is open (output)")
    client = seen()
    with Program("stdbuf", "-oL", "aseqdump", "-p", f"{client}:0") as dump:
        dump.wait_for("Source  Event")
        time.sleep(0.5)
        heard(session, dump)
        played_back(session)
        place = len(dump.lines)
        began = time.monotonic()
        took = bridge.stop()
        line = dump.wait_for("note 67, velocity 0", place, 5)
        check(
            "SIGTERM while a note sounds: the note-off arrives",
            line and "Note off" in line.text and line.at - began < 1,
            line and f"{line.text!r} after {line.at - began:.2f} s",
        )
        check("status 0 within a second", bridge.status == 0 and took < 1, f"status {bridge.status}, {took:.2f} s")
    check("our clients are gone", wait_for(lambda: OURS not in sequencer_clients().values()), sequencer_clients())
finish()
