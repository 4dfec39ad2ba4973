"""The frames of the plant's board socket, as Sources/BoardIO/Simulated/PlantFrame.swift owns them."""
import struct
from dataclasses import dataclass

from failure import Failure

MAGIC = 0x32425357
OUTPUTS, PULSE, SAMPLE = 1, 2, 3
PERIOD = 1_000_000

_SAMPLE = struct.Struct("<IBBHQqqii10iHHHxx")


@dataclass
class Outputs:
    """What the firmware drives; as an undriven board stands."""

    enable: bool = False
    lock: bool = False
    pilot_connected: bool = True
    residual_test: bool = False
    ventilation: bool = False
    three_phases: bool = False
    high_time: int = PERIOD

    def frame(self, moment: int) -> bytes:
        """The frame, as sent at this moment of the monotonic clock."""
        pilot, high = (0, 0) if self.high_time >= PERIOD else (2, 0) if self.high_time <= 0 else (1, self.high_time)
        bits = (self.enable | self.lock << 1 | self.pilot_connected << 2 | self.residual_test << 3
                | self.ventilation << 4 | self.three_phases << 5)
        return struct.pack("<IBBHqBB6xq", MAGIC, OUTPUTS, 0, 32, moment, pilot, bits, high)


def pulse_frame(moment: int) -> bytes:
    """One edge of the gate's line."""
    return struct.pack("<IBBHq", MAGIC, PULSE, 0, 16, moment)


@dataclass
class Sample:
    """What the board's inputs show; levels of contacts are 0, 1 or 2 for unknown."""

    pilot_high: int
    pilot_low: int
    board_temperature: int | None
    plug_temperature: int | None
    inputs_valid: bool
    pilot_valid: bool
    emergency_stop: bool
    residual_dc: bool
    residual_ac: bool
    enclosure_open: bool
    supply_low: bool
    fan_runs: bool
    local_reset: bool
    contacts: dict[str, int]


CONTACTS = ("mirror", "second_mirror", "load_l1", "load_l2", "load_l3", "lock", "gate", "earth")


def read_sample(frame: bytes) -> Sample:
    """Reads a sample frame."""
    if len(frame) != _SAMPLE.size:
        raise Failure(f"plant: expected a sample of {_SAMPLE.size} bytes, found {len(frame)}")
    words = _SAMPLE.unpack(frame)
    if words[0] != MAGIC or words[1] != SAMPLE:
        raise Failure(f"plant: expected a sample, found magic {words[0]:#x} and kind {words[1]}")
    measured, present, bits, contacts = words[9:19], words[19], words[20], words[21]

    def value(place: int) -> int | None:
        return measured[place] if present >> place & 1 else None

    def bit(place: int) -> bool:
        return bool(bits >> place & 1)

    return Sample(
        pilot_high=words[7], pilot_low=words[8], board_temperature=value(1), plug_temperature=value(2), inputs_valid=bit(0),
        pilot_valid=bit(1), emergency_stop=bit(2), residual_dc=bit(3), residual_ac=bit(4), enclosure_open=bit(6),
        supply_low=bit(7), fan_runs=bit(8), local_reset=bit(9),
        contacts={name: contacts >> 2 * place & 3 for place, name in enumerate(CONTACTS)})
