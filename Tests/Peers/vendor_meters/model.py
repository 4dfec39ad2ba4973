"""A meter model and a device of that model."""
from collections.abc import Callable
from dataclasses import dataclass, field

from .registers import Table

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


@dataclass(frozen=True)
class Link:
    """Factory settings of the serial line; None where nothing states them."""

    baud: int | None = None
    format: str | None = None
    unit: int | None = None


@dataclass(frozen=True)
class Options:
    """How a device is started: its unit, the one function code it knows, SunSpec's start, unsourced registers."""

    unit: int | None = None
    code: int | None = None
    base: int | None = None
    unsourced: bool = False


@dataclass(frozen=True)
class Model:
    """A meter model; `build(state, options)` gives one table for all codes, or a dictionary of tables by code."""

    key: str
    name: str
    source: str
    build: Callable
    codes: tuple
    # Codes of which a device may be started that knows this one only, where sources or firmwares disagree.
    choices: tuple = ()
    order: str = "be"
    max_registers: int = 125
    link: Link = field(default_factory=Link)
    serial: bool = True
    tcp: bool = False
    # `write(device, address, values)` takes function 16 and returns an exception code or 0.
    write: Callable | None = None


class Device:
    """A meter that answers; its registers follow its state."""

    def __init__(self, model, state, options=Options()):
        self.model, self.state, self.options = model, state, options
        self.order = model.order
        self.written = {}
        self.codes = set(model.codes)
        if options.code is not None:
            if options.code not in model.choices and model.codes != (options.code,):
                raise ValueError(f"{model.key} answers function codes {sorted(self.codes)}")
            self.codes = {options.code}
        self.unit = options.unit if options.unit is not None else model.link.unit or 1
        self._content = {}

    def tables(self):
        """The registers of this moment by function code."""
        built = self.model.build(self.state, self.options)
        return built if isinstance(built, dict) else {code: built for code in self.codes if code != 16}

    def changed(self):
        """To be called after a change of state or order."""
        self._content = {}

    def read(self, code, address, count):
        """The registers of a request, or an exception code."""
        if code not in self.codes or code == 16:
            return ILLEGAL_FUNCTION
        if not 1 <= count <= self.model.max_registers:
            return ILLEGAL_VALUE
        if not self._content:
            self._content = {c: (t.words(self.order), t.alone) for c, t in self.tables().items()}
        content, alone = self._content[code]
        if count == 1 and address in alone:
            return [alone[address]]
        wanted = range(address, address + count)
        if any(register not in content for register in wanted):
            return ILLEGAL_ADDRESS
        return [self.written.get(register, content[register]) for register in wanted]

    def write(self, code, address, values):
        """Function 16; 0 or an exception code."""
        if code != 16 or self.model.write is None:
            return ILLEGAL_FUNCTION
        result = self.model.write(self, address, list(values))
        self.changed()
        return result

    def expected(self):
        """What a correct reader must report: exactly what the registers say, rounded once to thousandths."""
        found = {tag: [] for tag in ("import", "export", "voltage", "current", "phase_power", "frequency")}
        power, power_out, serial = [], [], ""
        for table in self._distinct_tables():
            for tag, values in found.items():
                values += table.decoded(tag)
            power += table.decoded("power")
            power_out += table.decoded("power_out")
            serial = serial or table.identification()
        return {
            "import_mwh": _only(found["import"]),
            "export_mwh": _only(found["export"]),
            "voltage_mv": found["voltage"],
            "current_ma": found["current"],
            "power_mw": sum(power or found["phase_power"]) - sum(power_out),
            "frequency_mhz": _only(found["frequency"]),
            "serial": serial,
        }

    def _distinct_tables(self):
        return list({id(table): table for table in self.tables().values()}.values())


def _only(values):
    assert len(values) <= 1, values
    return values[0] if values else None


def table(options):
    return Table(options.unsourced)
