"""Carlo Gavazzi meters: integers, low word first; 0.1 V, 1 mA, 0.1 W, 0.1 kWh, 0.1 Hz.

volkszaehler/mbmd meters/rs485/carlogavazzi-*.go, victronenergy/dbus-modbus-client carlo_gavazzi.py,
Tinkerforge/esp32-firmware software/src/modules/meters_modbus_tcp/carlo_gavazzi.py and EVerest/everest-core's driver of
the EM580. Function 04; 03 works on most. Register 000B is the second word of the voltage L3-L1 in a block and the model
code when it is read alone; no source gives the codes of the RS-485 models, so theirs are stand-ins.
"""
from .model import Link, Model, table
from .registers import A, HZ, KWH, V, W, WH
from .state import by_phase

MODEL_CODE = 0x000B


def three_phases(registers, state, frequency):
    registers.phases((0x0000, 0x0002, 0x0004), "s32", state.voltages, V / 10, "voltage")
    registers.reading(0x000A, "s32", state.line_voltages[2], V / 10)
    registers.phases((0x000C, 0x000E, 0x0010), "s32", state.currents, A / 1000, "current")
    registers.phases((0x0012, 0x0014, 0x0016), "s32", state.powers, W / 10, "phase_power")
    registers.reading(0x0028, "s32", state.power, W / 10, "power")
    registers.reading(frequency, "u16", state.frequency, HZ / 10, "frequency")


def em24(state, options):
    """EM24-DIN on RS-485. 003E imports; 0042, which mbmd reads, is the partial counter that anyone may reset."""
    registers = table(options)
    three_phases(registers, state, frequency=0x0037)
    registers.counter(0x003E, "s32", state.import_energy, KWH / 10, "import")
    registers.counter(0x0042, "s32", state.import_energy // 9, KWH / 10)
    registers.counters((0x0046, 0x0048, 0x004A), "s32", by_phase(state.import_energy), KWH / 10)
    registers.counter(0x005C, "s32", state.export_energy, KWH / 10, "export")
    registers.alone[MODEL_CODE] = 71
    if options.unsourced:
        registers.text(0x1300, 7, state.text)
    return registers


def newer(state, options, code, billing=True):
    """What EM24_E1 and the EM340 group share."""
    registers = table(options)
    three_phases(registers, state, frequency=0x0033)
    registers.counter(0x0034, "s32", state.import_energy, KWH / 10, "import" if billing else "")
    registers.counters((0x0040, 0x0042, 0x0044), "s32", by_phase(state.import_energy), KWH / 10)
    registers.counter(0x004E, "s32", state.export_energy, KWH / 10, "export" if billing else "")
    registers.alone[MODEL_CODE] = code
    # Measuring system; the value for three phases with neutral is a stand-in.
    registers.number(0x1002, "u16", 0)
    return registers


def em24_e1(state, options):
    registers = newer(state, options, code=1648)
    registers.number(0x0302, "u16", 0x0100)
    registers.number(0x0304, "u16", 0x0183)
    registers.text(0x5000, 7, state.text, "serial")
    # Application H; the position of the front switch is a stand-in.
    registers.number(0xA000, "u16", 7)
    registers.number(0xA100, "u16", 0)
    return registers


def em340(state, options):
    registers = newer(state, options, code=340)
    if options.unsourced:
        registers.text(0x5000, 7, state.text)
    return registers


def em580(state, options):
    """The EM340 group's registers, and energies in Wh of 64 bits, low word first (EVerest's driver)."""
    registers = newer(state, options, code=580, billing=False)
    registers.number(0x0302, "u16", 0x0101)
    registers.number(0x0303, "u16", 0x0102)
    registers.counter(0x0500, "s64", state.import_energy, WH, "import")
    registers.counter(0x051C, "s64", state.export_energy, WH, "export")
    registers.text(0x5000, 7, state.text, "serial")
    registers.number(0x5007, "u16", 2024)
    return registers


def em111(state, options):
    """One phase: EM110, EM111, EM112, ET112."""
    registers = table(options)
    registers.reading(0x0000, "s32", state.voltages[0], V / 10, "voltage")
    registers.reading(0x0002, "s32", state.currents[0], A / 1000, "current")
    registers.reading(0x0004, "s32", state.powers[0], W / 10, "power")
    registers.number(MODEL_CODE, "u16", 111)
    registers.reading(0x000F, "u16", state.frequency, HZ / 10, "frequency")
    registers.counter(0x0010, "s32", state.import_energy, KWH / 10, "import")
    registers.counter(0x0020, "s32", state.export_energy, KWH / 10, "export")
    if options.unsourced:
        registers.text(0x5000, 7, state.text)
    return registers


def carlo_gavazzi(key, name, build, source="volkszaehler/mbmd meters/rs485/carlogavazzi-*.go", **more):
    # 9600 8N1 and unit 1 are from memory of the manuals, unverified.
    more.setdefault("link", Link(9600, "8N1", 1))
    return Model(key, name, source, build, codes=(3, 4), choices=(3, 4), order="lsw", **more)


MODELS = (
    # At most 11 registers a request: dingo35/SmartEVSE-3.5 for the same meter under Phoenix's label.
    carlo_gavazzi("em24", "EM24-DIN (RS-485)", em24, max_registers=11),
    carlo_gavazzi(
        "em24-e1", "EM24_E1 (Ethernet)", em24_e1, "victronenergy/dbus-modbus-client carlo_gavazzi.py",
        link=Link(unit=1), serial=False, tcp=True,
    ),
    carlo_gavazzi("em340", "EM330/340, ET330/340, EM530/540", em340),
    carlo_gavazzi("em580", "EM580", em580, "EVerest/everest-core, power meter driver for the EM580"),
    carlo_gavazzi("em111", "EM110/111/112, ET112", em111),
)
