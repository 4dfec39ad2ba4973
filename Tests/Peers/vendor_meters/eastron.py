"""Eastron SDM meters.

Vendor documents: SDM630 protocol 1.8, SDM72D-M protocol 1.5, SDM72DM-V2 protocol 1.1, SDM120 protocol 2.5 and SDM230
protocol 1.1, all in nmakel/sdm_modbus documents/. Input registers are binary32; so are most of the settings in the
holding registers.
"""
from .model import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Link, Model, table
from .registers import A, HZ, KWH, V, W, pack
from .state import by_phase

REGISTER_ORDER = 0x0028
# Written in either word order, this number makes the meter adopt that order.
ORDER_PATTERN = 2141.0


def adopt_order(device, address, values):
    if address != REGISTER_ORDER or len(values) != 2:
        return ILLEGAL_ADDRESS
    pattern = pack("f32", ORDER_PATTERN)
    if values not in (pattern, pattern[::-1]):
        return ILLEGAL_VALUE
    device.order = "be" if values == pattern else "lsw"
    return 0


def settings(state, options, serial=True, code=None, software=None):
    """Holding registers: the register order, the serial number and where it exists the meter code."""
    holding = table(options)
    holding.number(REGISTER_ORDER, "f32", ORDER_PATTERN)
    if serial:
        holding.number(0xFC00, "u32", state.serial, tag="serial")
    if code is not None:
        holding.number(0xFC02, "u16", code)
    if software is not None:
        holding.number(0xFC03, "u16", software)
    return holding


def energies(inputs, state):
    inputs.counter(0x0048, "f32", state.import_energy, KWH, "import")
    inputs.counter(0x004A, "f32", state.export_energy, KWH, "export")
    inputs.counter(0x0156, "f32", state.import_energy + state.export_energy, KWH)


def resettable_energies(inputs, state):
    """Counted since the last reset: less than the billing registers."""
    inputs.counter(0x0180, "f32", (state.import_energy + state.export_energy) // 9, KWH)
    inputs.counter(0x0184, "f32", state.import_energy // 9, KWH)
    inputs.counter(0x0186, "f32", state.export_energy // 9, KWH)


def three_phases(inputs, state):
    inputs.phases((0x0000, 0x0002, 0x0004), "f32", state.voltages, V, "voltage")
    inputs.phases((0x0006, 0x0008, 0x000A), "f32", state.currents, A, "current")
    inputs.phases((0x000C, 0x000E, 0x0010), "f32", state.powers, W, "phase_power")
    inputs.reading(0x0034, "f32", state.power, W, "power")
    inputs.reading(0x0046, "f32", state.frequency, HZ, "frequency")


def one_phase(inputs, state):
    inputs.reading(0x0000, "f32", state.voltages[0], V, "voltage")
    inputs.reading(0x0006, "f32", state.currents[0], A, "current")
    inputs.reading(0x000C, "f32", state.powers[0], W, "power")
    inputs.reading(0x0046, "f32", state.frequency, HZ, "frequency")
    # Where the three-phase meters have L2 and L3. The documents do not list these registers, but nmakel/sdm_modbus
    # src/sdm_modbus/meter.py reads across them, and so does dingo35/SmartEVSE-3.5 (12 registers from 0006).
    inputs.fill(range(0x0000, 0x0012))


def power_directions(inputs, state):
    inputs.reading(0x0500, "f32", state.power, W)
    inputs.reading(0x0502, "f32", 0, W)


def sdm630(state, options):
    inputs = table(options)
    three_phases(inputs, state)
    energies(inputs, state)
    inputs.counters((0x015A, 0x015C, 0x015E), "f32", by_phase(state.import_energy), KWH)
    inputs.counters((0x0160, 0x0162, 0x0164), "f32", by_phase(state.export_energy), KWH)
    holding = settings(state, options)
    # Unit prefix (0 is k, 1 is M), and the reset of energies, which older hardware offers.
    holding.number(0x001E, "f32", 0.0)
    holding.number(0x00D8, "f32", 0.0)
    # The older protocol's serial number: high and low word as two parameters.
    holding.number(0x002A, "f32", float(state.serial >> 16))
    holding.number(0x002C, "f32", float(state.serial & 0xFFFF))
    return {3: holding, 4: inputs}


def sdm72d(state, options):
    inputs = table(options)
    inputs.reading(0x0034, "f32", state.power, W, "power")
    energies(inputs, state)
    resettable_energies(inputs, state)
    power_directions(inputs, state)
    return {3: settings(state, options, serial=False), 4: inputs}


def sdm72dm_v2(state, options):
    inputs = table(options)
    three_phases(inputs, state)
    energies(inputs, state)
    resettable_energies(inputs, state)
    power_directions(inputs, state)
    # The document names the meter code's register; the code itself is a stand-in.
    return {3: settings(state, options, code=0x0089), 4: inputs}


def sdm120(state, options):
    inputs = table(options)
    one_phase(inputs, state)
    energies(inputs, state)
    holding = settings(state, options, code=0x0020, software=0x0205)
    # What the total in 0156 means: 1 import, 2 sum (the default), 3 difference.
    holding.number(0xF920, "u16", 2)
    return {3: holding, 4: inputs}


def sdm230(state, options):
    """The serial number's register is from nmakel/sdm_modbus src/sdm_modbus/sdm.py, not from the document."""
    inputs = table(options)
    one_phase(inputs, state)
    energies(inputs, state)
    # Of the resettable counters the SDM230-2T document names the total only.
    inputs.counter(0x0180, "f32", (state.import_energy + state.export_energy) // 9, KWH)
    return {3: settings(state, options), 4: inputs}


def eastron(key, name, document, build, baud=9600, **more):
    return Model(
        key, name, f"Eastron {document}", build, codes=(3, 4, 16), link=Link(baud, "8N1", 1), write=adopt_order, **more
    )


MODELS = (
    eastron("sdm630", "SDM630-Modbus v1/v2", "SDM630 protocol 1.8", sdm630, max_registers=80),
    eastron("sdm72d", "SDM72D-M (v1)", "SDM72D-M protocol 1.5", sdm72d),
    eastron("sdm72dm-v2", "SDM72DM-V2", "SDM72DM-V2 protocol 1.1", sdm72dm_v2),
    eastron("sdm120", "SDM120-Modbus", "SDM120 protocol 2.5", sdm120, baud=2400),
    # The 230-2T document says 9600 baud and 60 registers; nmakel/sdm_modbus has 2400 baud for the older SDM230.
    eastron("sdm230", "SDM230-Modbus (230-2T)", "SDM230 protocol 1.1", sdm230, max_registers=60),
)
