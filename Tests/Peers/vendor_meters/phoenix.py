"""Phoenix Contact EEM."""
from .model import Model, table
from .registers import A, KWH, V, W, WH
from .state import by_phase


def eem357(state, options):
    """Gugulao/modbus-templates, "Phoenix Contact EEM-EM3xx EEM-DM3xx" (tested there on an EEM-EM377).

    Input registers hold everything twice, as integers and as binary32; identification is in holding registers.
    """
    inputs = table(options)
    inputs.phases((0x0000, 0x0002, 0x0004), "u32", state.voltages, V / 1000, "voltage")
    inputs.phases((0x000E, 0x0010, 0x0012), "u32", state.currents, A / 1000, "current")
    inputs.phases((0x0020, 0x0024, 0x0028), "s64", state.powers, W / 1000, "phase_power")
    inputs.reading(0x002C, "s64", state.power, W / 1000, "power")
    inputs.counters((0x0100, 0x0104, 0x0108), "u64", by_phase(state.import_energy), KWH / 10_000)
    inputs.counter(0x010C, "u64", state.import_energy, KWH / 10_000, "import")
    inputs.counter(0x011C, "u64", state.export_energy, KWH / 10_000, "export")
    inputs.phases((0x1000, 0x1002, 0x1004), "f32", state.voltages, V)
    inputs.phases((0x100E, 0x1010, 0x1012), "f32", state.currents, A)
    inputs.phases((0x1020, 0x1022, 0x1024), "f32", state.powers, W)
    inputs.reading(0x1026, "f32", state.power, W)
    inputs.counter(0x1106, "f32", state.import_energy, WH)
    inputs.counter(0x110E, "f32", state.export_energy, WH)
    holding = table(options)
    holding.text(0x0500, 6, state.text, "serial")
    # Firmware 1.07; the unit; a baud code, which is a stand-in.
    holding.number(0x050A, "u32", 107)
    holding.number(0x051E, "u32", options.unit or 1)
    holding.number(0x0522, "u32", 3)
    return {3: holding, 4: inputs}


def eem350(state, options):
    """dingo35/SmartEVSE-3.5 SmartEVSE-3/src/meter.cpp: a relabelled Carlo Gavazzi EM24, of which it lists these."""
    inputs = table(options)
    inputs.phases((0x0000, 0x0002, 0x0004), "s32", state.voltages, V / 10, "voltage")
    inputs.phases((0x000C, 0x000E, 0x0010), "s32", state.currents, A / 1000, "current")
    inputs.reading(0x0028, "s32", state.power, W / 10, "power")
    inputs.counter(0x003E, "s32", state.import_energy, KWH / 10, "import")
    return inputs


MODELS = (
    Model(
        "eem357", "Phoenix Contact EEM-EM357/DM357/EM377", "Gugulao/modbus-templates", eem357, codes=(3, 4), tcp=True
    ),
    Model(
        "eem350", "Phoenix Contact EEM-350-D-MCB", "dingo35/SmartEVSE-3.5 SmartEVSE-3/src/meter.cpp", eem350,
        codes=(4,), order="lsw", max_registers=11,
    ),
)
