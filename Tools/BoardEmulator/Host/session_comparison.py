"""The emulated board's session beside the simulated board's: kinds, order, kilowatt-hours and verdicts have to be the same."""
import difflib
import os
import re
from typing import NamedTuple

from chargers import EmulatedCharger, SimulatedCharger
from emulated_board import EmulatedBoard
from processes import Bridge, Ledger, Plant, Tools
from session import FULL_POWER_WATTS, PILOT_STALE, Outcome, Session, say

# The simulated board's meter may count faster than life; the emulated board's may not (docs/configuration.md).
SIMULATED_FACTOR = 30
# FaultCode.loopStalled and .loopLate of the control core.
LOOP_CODES = (401, 402)
# TickStatus.contactorClosed of the signed records.
CONTACTOR_CLOSED = 2
MWH = 1_000_000
# docs/keys-tpm-pkcs11.md: sealed by the board's TPM, through the kernel's resource manager.
TPM_KEYS = """
[keys]
store = "tpm"
tcti = "device:/dev/tpmrm0"
"""


def grant_amount(kwh: int) -> int:
    """Enough for the energy and for what the charger keeps back to stop in time, at the faster of the two meters."""
    reserve = FULL_POWER_WATTS * SIMULATED_FACTOR * 10 * 1000 // 3600
    return (kwh * MWH + reserve) * Ledger.PRICE // MWH


def code(record: dict) -> int | None:
    """The fault that a record tells of."""
    return record["body"]["detail"].get("code") if record["kind"] == "event" else None


def excused_samples(records: list[dict], late: list[bool]) -> set[int]:
    """The places of the records of late samples in whose moment the loop was late, by its flight recording."""
    latched = [place for place, record in enumerate(records)
               if record["chain"] == 1 and record["body"].get("event") == "faultLatched"]
    # Without a whole recording nothing is known, and nothing excused.
    if len(latched) > len(late):
        return set()
    excused, stands = set(), False
    for place, record in enumerate(records):
        if code(record) == PILOT_STALE:
            if place in latched:
                stands = late[latched.index(place)]
            if stands:
                excused.add(place)
    return excused


class Punctual(NamedTuple):
    """What a session's records would have been, had the loop been in time, and how much of them that changed."""
    records: list[dict]
    taken: int
    resumed: int
    closed: int
    # Whether the session ended while a late loop's pause stood.
    ended_late: bool = False


def lateness(records: list[dict], late: list[bool]) -> set[int]:
    """The places of the records of a late loop and of the pauses it made; a late sample's, too, where the loop was late when
    it came (docs/decisions/0021)."""
    found, stale, excused = set(), False, excused_samples(records, late)
    for place, record in enumerate(records):
        reason = record["body"].get("reason")
        if place in excused:
            # A late sample pauses as a fault: only such a pause is taken out, and only while that fault stands.
            stale = record["body"]["event"] == "faultLatched"
        if place in excused or code(record) in LOOP_CODES or (
                record["kind"] == "pause" and (reason == "lateness" or (reason == "fault" and stale))):
            found.add(place)
    return found


def pauses_next(records: list[dict], place: int, out: set[int]) -> bool:
    """Whether the step that made this record paused for lateness: it writes what the meter reached first, then why it pauses."""
    following = next((at for at in range(place + 1, len(records)) if at not in out or records[at]["kind"] == "pause"), None)
    return following in out


def without_lateness(records: list[dict], late: list[bool]) -> Punctual:
    """The records without those of a late loop and the resumption after each; a kilowatt-hour that came while the contactor was
    open for one has its status as if it had been closed."""
    kept, resumed, pending, closed, ended_late = [], 0, 0, 0, False
    out = lateness(records, late)
    for place, record in enumerate(records):
        kind = record["kind"]
        ended_late = ended_late or (kind == "end" and pending > 0)
        if place in out:
            pending += kind == "pause"
        elif kind == "resume" and pending:
            resumed += 1
            pending -= 1
        elif kind == "tick" and not record["body"]["status"] & CONTACTOR_CLOSED and (pending or pauses_next(records, place, out)):
            kept.append({**record, "body": {**record["body"], "status": record["body"]["status"] | CONTACTOR_CLOSED}})
            closed += 1
        else:
            kept.append(record)
    return Punctual(kept, len(out), resumed, closed, ended_late)


def shape(record: dict) -> str:
    """What has to be the same: no key, hash, time, session, or register between two boundaries."""
    body, kind = record["body"], record["kind"]
    match kind:
        case "genesis":
            words = [body["ledger"], body["connectors"], body["bench"], body["product"], body["serial"]]
        case "begin":
            meter = body["meter"]
            words = [meter["vendor"], meter["model"], meter["serial"], meter["profile_hash"], body["energy_limit_mwh"]]
        case "tick":
            words = [body["index"], body["count"], body["direction"], f"status {body['status']}"]
        case "end":
            words = [body["reason"], f"{body['energy_mwh'] // MWH} kWh", body["ticks"], body.get("fault_code", "no fault")]
        case "pause" | "gap":
            words = [body["reason"]]
        case "event":
            detail = body["detail"]
            words = [body["event"]] + [detail[key] for key in ("code", "by", "part", "passed", "subject") if key in detail]
        case _:
            words = []
    return " ".join(str(word) for word in [f"chain {record['chain']}", kind, *words, "acknowledged" if record["acknowledged"] else "open"])


def tells_lateness(line: str) -> bool:
    """A line of the verifier about records of a late loop or sample: each has a record of its own, which is compared."""
    codes = "|".join(str(number) for number in (*LOOP_CODES, PILOT_STALE))
    if "the control loop was late" in line or "a fault that cleared by itself" in line:
        return True
    return re.search(rf"\bfault ({codes})( cleared)?$", line.strip()) is not None


def verdict(text: str) -> list[str]:
    """What the verifier says, without numbers and hashes; the simulated meter's own pace is known to differ."""
    lines = [line for line in text.splitlines() if "times as fast" not in line and not tells_lateness(line)]
    lines = [re.sub(r"\bboard \S+$", "board", line) for line in lines]
    return [re.sub(r"[0-9a-f]{8,}|\d[\d.,:TZ-]*", "N", line).strip() for line in lines]


def lines(records: list[dict], words: str) -> list[str]:
    """What has to be the same of a session: its records, and the verifier's words. The first checkpoint after a new device's start
    is there when the self-test's record came before the first header: it depends on time, and is counted elsewhere."""
    kept = [shape(record) for record in records if record["kind"] != "checkpoint"]
    return kept + [f"verdict: {line}" for line in verdict(words)]


def shapes(outcome: Outcome, name: str) -> list[str]:
    kept, late, resumed, closed, _ = without_lateness(outcome.records, outcome.late)
    checkpoints = sum(record["kind"] == "checkpoint" for record in kept)
    timing = outcome.status["timing"]
    samples = sum(code(record) == PILOT_STALE and record["body"]["event"] == "faultLatched" for record in outcome.records)
    print(f"{name}: {len(outcome.records)} records, {late} of a late loop, {resumed} resumptions after one, "
          f"{closed} kilowatt-hours beside one, {checkpoints} checkpoints; "
          f"{samples} late samples, {sum(code(record) == PILOT_STALE for record in kept)} records of them while the loop was not late; "
          f"worst lateness of a period {timing['worst_lateness_us'] / 1000:.1f} ms in {outcome.seconds:.0f} s")
    return lines(kept, outcome.verdict)


def run_simulated(words, kwh: int) -> Outcome:
    tools = Tools(words.binaries, words.repository, os.path.join(words.home, "simulated"))
    try:
        plant = Plant(tools, SIMULATED_FACTOR)
        charger = SimulatedCharger(tools, plant, SIMULATED_FACTOR)
        return Session(charger, tools, plant, Ledger(tools), grant_amount(kwh)).run(kwh, 60 + kwh * 20)
    finally:
        tools.stop_all()


def run_emulated(words, board: EmulatedBoard, kwh: int, home: str) -> Outcome:
    tools = Tools(words.binaries, words.repository, home)
    try:
        plant = Plant(tools, 1)
        board.meter_line = plant.line
        say(board.boot())
        Bridge(tools, plant).restart(board.path("pins"))
        charger = EmulatedCharger(tools, board, TPM_KEYS if words.tpm else "")
        seconds = kwh * 1000 * 3600 / FULL_POWER_WATTS
        outcome = Session(charger, tools, plant, Ledger(tools), grant_amount(kwh)).run(kwh, 120 + 1.5 * seconds)
        if words.tpm:
            # Its keys are nowhere else.
            board.run(f"ls {charger.home}/keys/epoch-1.tpm && ! ls {charger.home}/keys/epoch-1.key")
        say(f"emulated session: {outcome.seconds:.0f} s")
        return outcome
    finally:
        tools.stop_all()
        board.kill()


def late_samples_alone(outcome: Outcome, expected: list[str]) -> bool:
    """Whether the sessions would be the same, had the loop been late whenever a sample was."""
    latched = [True for record in outcome.records if record["body"].get("event") == "faultLatched"]
    return lines(without_lateness(outcome.records, latched).records, outcome.verdict) == expected


# What the simulated board's session has at its end, and what stands in its place where a late loop's pause stood when the car stopped: the
# charger did not see who had enough.
ENDS = [("chain 1 pause car acknowledged", None), ("chain 1 end car ", "chain 1 end unplugged "), ("verdict: note          N pause: by the car", None),
        (": the car had enough", ": unplugged")]


def late_end_alone(outcome: Outcome, expected: list[str]) -> bool:
    """Whether the sessions would be the same, had no late loop's pause stood when the car stopped."""
    punctual = without_lateness(outcome.records, outcome.late)
    if not punctual.ended_late:
        return False
    wanted = expected
    for line, instead in ENDS:
        wanted = [words if instead is None else words.replace(line, instead) for words in wanted if instead is not None or words != line]
    return lines(punctual.records, outcome.verdict) == wanted


def compare_sessions(words, board: EmulatedBoard) -> int:
    """Runs both sessions, prints what differs, and answers the exit code. A session that differs by late samples alone, or by an end that a
    late loop's pause stood at, is run once more: what the firmware does wrong it does again (docs/decisions/0021)."""
    outcome = run_emulated(words, board, words.kwh, os.path.join(words.home, "emulated"))
    simulated = run_simulated(words, words.kwh)
    say(f"simulated session: {simulated.seconds:.0f} s, energy factor {SIMULATED_FACTOR}")
    expected = shapes(simulated, "simulated")
    found = shapes(outcome, "emulated")
    why = None
    if found != expected and late_samples_alone(outcome, expected):
        why = "a late sample came while the loop was not late"
    elif found != expected and late_end_alone(outcome, expected):
        why = "a late loop's pause stood when the car stopped"
    if why:
        say(f"{why}, and nothing else differs: the session is run once more")
        again = EmulatedBoard(board.kernel, os.path.join(words.home, "board-again"))
        outcome = run_emulated(words, again, words.kwh, os.path.join(words.home, "emulated-again"))
        found = shapes(outcome, "emulated")
    difference = list(difflib.unified_diff(expected, found, "simulated", "emulated", lineterm="", n=1))
    for line in difference:
        print(line)
    if difference:
        print(f"the sessions differ; what they left is in {words.home}")
        return 1
    for line in found:
        print(f"  {line}")
    print(f"the sessions agree: {len(found)} lines")
    return 0
