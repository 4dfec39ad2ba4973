"""The contactor's coil, as the plant's events tell of it: whether it was on, when its current ended, and what ended it."""

# From the loss of the firmware to the end of the coil's current.
LIMIT_MILLISECONDS = 250
GATE, FIRMWARE, NEITHER = "the gate", "the firmware", "neither the firmware nor the gate"


def was_on(events: list[dict], moment: int) -> bool:
    """Whether the coil was on then. A plant that has forgotten when it was switched on does not prove it."""
    before = [event["value"] for event in events if event["event"] == "coil" and event["at_ns"] < moment]
    return bool(before) and before[-1] == "on"


def ending(events: list[dict], began: int) -> tuple[float, str] | None:
    """How many milliseconds after this moment the coil's current ended, and what ended it; None where it did not."""
    later = [event for event in events if event["at_ns"] >= began]
    for place, event in enumerate(later):
        if (event["event"], event["value"]) == ("coil", "off"):
            return (event["at_ns"] - began) / 1e6, cause(later[:place])
    return None


def cause(events: list[dict]) -> str:
    """What of the two that hold the coil went first."""
    seen = {(event["event"], event["value"]) for event in events}
    if ("enable", "off") in seen:
        return FIRMWARE
    return GATE if ("gate", "off") in seen else NEITHER
