"""Bauer BSM-WS36A: a meter that signs by itself, and a SunSpec device with a fixed chain.

chargeITmobility/bsm-python doc/modbus/. Known there and filled here: models 1 and 203, the baud rate, epoch and time
zone; the other points of the signing models are zero, since nothing reads them.
"""
from .model import ILLEGAL_ADDRESS, Link, Model, table
from .sunspec import common, end, header, integer_meter, start

UNIT = 42
BASE = 0x9C40
# Serial interface: the models between the common one and the meter, with the baud rate inside.
INTERFACES = ((0x9C86, 10, 4), (0x9C8C, 17, 12))
BAUD = 0x9C92
METER = 0x9C9A
SIGNING = (0x9D05, 64_900, 322)
EPOCH, TIME_ZONE_OFFSET = 0x9D44, 0x9D46
# Current, turn-on, turn-off, start and end, each as a snapshot and as an OCMF text.
SNAPSHOTS = [(40_521 + index * 254, 64_901, 252) for index in range(5)]
OCMF_TEXTS = [(41_791 + index * 500, 64_903, 498) for index in range(5)]


def set_clock(device, address, values):
    """Function 16: epoch and time zone offset are remembered."""
    if address < EPOCH or address + len(values) > TIME_ZONE_OFFSET + 1:
        return ILLEGAL_ADDRESS
    device.written.update(enumerate(values, address))
    return 0


def bsm_ws36a(state, options):
    registers = table(options)
    at = start(registers, BASE)
    at = common(registers, at, ("BAUER Electronic", "BSM-WS36A", "", "1.9"), state.text, options.unit or UNIT)
    registers.number(BAUD, "u32", 19_200)
    registers.number(EPOCH, "u32", 1_700_000_000)
    registers.number(TIME_ZONE_OFFSET, "s16", 60)
    for place, model, length in INTERFACES:
        assert at == place
        at = header(registers, at, model, length)
        registers.fill(range(place + 2, at))
    assert at == METER
    at = integer_meter(registers, at, state, exponents=(-2, -1, -2, 0, 0))
    for place, model, length in (SIGNING, *SNAPSHOTS, *OCMF_TEXTS):
        assert at == place
        at = header(registers, at, model, length)
        registers.fill(range(place + 2, at))
    end(registers, at)
    return registers


MODELS = (
    # 19200 8E1 and unit 42: chargeITmobility/bsm-python doc/examples/.
    Model(
        "bsm-ws36a", "Bauer BSM-WS36A", "chargeITmobility/bsm-python doc/modbus/", bsm_ws36a, codes=(3, 16),
        link=Link(19_200, "8E1", UNIT), write=set_clock,
    ),
)
