"""The shape of answers whose values are others at each look: which keys, what stands behind them, and that a person is shown them with units."""
UNITS = {"_ma": "A", "_mv": "V", "_mw": "W", "_mwh": "kWh", "_mhz": "Hz", "_ohm": "Ω", "_dc": "°C", "_bp": "%", "_ms": ("s", "Z")}
UNKNOWN = ("unknown", "none")
VERDICTS = ("ok", "bad", "not known")
# A key with `*` stands for any further one. A tuple has the words that may stand there.
SHAPES = {
    "log": {"log": [{"line": str}]},
    "gpio": {"lines": [{"role": str, "connector": int, "line": str, "place": str, "direction": ("input", "output"), "active": bool,
                        "consumer": str, "changes": int, "counted_by": ("kernel edges", "the driver's looks")}]},
    "journal tail": {"records": [{"record": str, "kind": str, "detail": str, "time_ms": int, "energy_mwh": int, "added_mwh": int,
                                  "signature": ("good",), "acknowledged": bool}]},
    "journal export": {"chain": int, "records": [{"sequence": int, "message": str}], "go_on_from": int},
    "bundle": {"size": int, "sha256": str, "files": str, "missing": str, "epoch": int, "ed25519": str, "signature": str},
    "bundle read": {"sha256": str, "offset": int, "bytes": str, "go_on_from": int},
    "bench io": {"file": str, "flushes": int, "bytes_each": int, "p50_us": int, "p99_us": int, "worst_us": int,
                 "histogram": [{"below_us": int, "flushes": int}]},
    "net": {"links": [{"link": str, "state": str, "carrier": bool, "addresses": str, "*": int}]},
    "selftest": {"bad": str, "not_known": str, "parts": [{"part": str, "verdict": VERDICTS, "values": {"*": object},
                                                          "limit": str, "why": str}]},
    "power": {"connectors": [{"connector": int, "supply_low": bool, "coil_gate_held": bool, "emergency_stop": bool, "enclosure_open": bool,
                              "mains_mv": [int], "frequency_mhz": int, "sample_age_ms": int}]},
}
# Without which the answer says nothing: the rest may be unknown.
NEEDED = {"line", "role", "direction", "record", "kind", "signature", "chain", "sequence", "message", "size", "sha256", "files", "epoch",
          "ed25519", "offset", "bytes", "file", "flushes", "bytes_each", "p50_us", "p99_us", "worst_us", "link", "state", "part", "verdict",
          "connector", "supply_low", "sample_age_ms"}
# Their rows stand in columns, under no label of their own.
IN_COLUMNS = {"parts"}


def misfits(shape: object, data: object, place: str = "") -> list[str]:
    """What of an answer to a program is not of its shape, with its place."""
    key = place.rsplit(".", 1)[-1].split("[")[0]
    if data is None:
        return [f"{place}: expected a value, found none"] if key in NEEDED and shape is not object else []
    if isinstance(shape, dict):
        if not isinstance(data, dict):
            return [f"{place}: expected an object, found {data!r}"]
        rest = shape.get("*")
        found = [f"{place}: expected the key {name}" for name in shape if name != "*" and name not in data]
        found += [f"{place}: found the key {name}" for name in data if name not in shape and rest is None]
        return found + [line for name, value in data.items() if name in shape or rest is not None
                        for line in misfits(shape.get(name, rest), value, f"{place}.{name}")]
    if isinstance(shape, list):
        if not isinstance(data, list):
            return [f"{place}: expected a list, found {data!r}"]
        # Phases that nobody measures make an empty list; rows do not.
        if not data and isinstance(shape[0], dict):
            return [f"{place}: expected rows, found none"]
        return [line for index, value in enumerate(data) for line in misfits(shape[0], value, f"{place}[{index}]")]
    if isinstance(shape, tuple):
        return [] if data in shape else [f"{place}: expected one of {shape}, found {data!r}"]
    # To Python a truth value is a number, too.
    fits = isinstance(data, shape) and (shape is object or isinstance(data, bool) == (shape is bool))
    return [] if fits else [f"{place}: expected {shape.__name__}, found {data!r}"]


def label(key: str) -> tuple[str, str | tuple[str, ...]]:
    """A key's name for people, and the unit that stands behind its value."""
    for suffix, unit in UNITS.items():
        if key.endswith(suffix):
            return key[:-len(suffix)].replace("_", " "), unit
    return key.replace("_", " "), ""


def unsaid(data: object, lines: list[str]) -> list[str]:
    """Which values of a program's answer a person is not shown, or not with their unit."""
    if isinstance(data, list):
        return [line for value in data for line in unsaid(value, lines)]
    if not isinstance(data, dict):
        return []
    found = []
    for key, value in data.items():
        name, unit = label(key)
        shown = [line for line in (line.strip().removeprefix("- ") for line in lines) if line == f"{name}:" or line.startswith(f"{name} ")
                 or line.startswith(f"{name}:")]
        if not shown:
            found.append(f"{name}: expected a line")
        # The person looked a moment earlier: what a program is told may not have been known then.
        elif unit and value not in (None, []) and not any(line.endswith(unit) or line.endswith(UNKNOWN) for line in shown):
            found.append(f"{name}: expected the unit {unit}, found {shown}")
        if key not in IN_COLUMNS:
            found += unsaid(value, lines)
    return found


def unjudged(data: dict, lines: list[str]) -> list[str]:
    """Which parts of a self-test a person is shown without a verdict."""
    return [f"{part['part']}: expected a verdict" for part in data.get("parts", [])
            if not any(line.strip().startswith(part["part"]) and any(f"  {word}" in line for word in VERDICTS) for line in lines)]


def faults(name: str, data: dict, lines: list[str]) -> list[str]:
    """All that is wrong with an answer whose values are others at each look."""
    return misfits(SHAPES[name], data) + unsaid(data, lines) + (unjudged(data, lines) if name == "selftest" else [])
