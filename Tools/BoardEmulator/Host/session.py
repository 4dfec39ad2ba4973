"""A whole session: plug, authorise, charge, stop, unplug; and what it left in the records."""
import json
import sys
import time
from dataclasses import dataclass

from failure import Failure
from loop_evidence import faults_with_late_loop
from processes import Ledger, Plant, Tools

# 80 A on three phases are 55.2 kW, the most that a pilot can offer: 3 kWh take 196 s without any energy factor.
CAR_MILLIAMPS = 80_000
FULL_POWER_WATTS = 3 * 230 * 80
# FaultCode.pilotStale of the control core.
PILOT_STALE = 104


@dataclass
class Outcome:
    """What a session left."""

    records: list[dict]
    verdict: str
    status: dict
    seconds: float
    # For each fault that was latched, in their order: whether the loop itself was late then. Empty where that is not known.
    late: list[bool]


def say(text: str) -> None:
    print(f"board-emulator: {text}", file=sys.stderr, flush=True)


def wait_for(seconds: float, what: str, test, log) -> None:
    """Waits until something holds; what it said last is part of the failure."""
    deadline = time.monotonic() + seconds
    while not test():
        if time.monotonic() > deadline:
            raise Failure(f"expected {what} within {seconds:.0f} s, found: {log()}")
        time.sleep(0.3)


class Session:
    """The same steps for whichever charger."""

    # How many times longer everything may take.
    patience = 1

    def __init__(self, charger, tools: Tools, plant: Plant, ledger: Ledger, grant: int):
        self.charger, self.tools, self.plant, self.ledger, self.grant = charger, tools, plant, ledger, grant

    def commission(self) -> None:
        """Starts the daemon, registers it by its genesis record, and grants it money."""
        self.charger.start(self.ledger)
        self._await(60, "the daemon's first records", lambda now: now.get("device"))
        device = self.charger.status()["device"]
        genesis = self.charger.fetch("genesis.cose", "records", "export", "--journal", self.charger.journal, "--chain", "0", "--to", "1")
        self.ledger.register_and_grant(device, genesis, self.grant)
        self.settle_down()

    def settle_down(self) -> None:
        """Waits until the ledger has everything and nothing new has come for a while: the first checkpoint is written when no
        session is open and every chain is proved, so it must not depend on how soon the car comes."""
        seen, since = 0, time.monotonic()

        def quiet(now: dict) -> bool:
            nonlocal seen, since
            if now["records"]["total"] != seen:
                seen, since = now["records"]["total"], time.monotonic()
            return now["records"]["acknowledged_total"] == seen and time.monotonic() - since > 4

        self._await(90, "the ledger to have everything", quiet)

    def plug(self, kwh: int | str) -> None:
        """A car that wants this much; "off" for one that wants ever more."""
        for line in (f"current {CAR_MILLIAMPS}", "ramp 40000", f"stop-after-kwh {kwh}", "want on", "plug"):
            self.plant.tell(line)

    def run(self, kwh: int, seconds: float) -> Outcome:
        """The whole session; the charge itself may take this long. A session that fails leaves its records, too."""
        try:
            return self._run(kwh, seconds)
        except Failure:
            self._leave("records.jsonl", "records", "show", "--journal", self.charger.journal)
            self._leave("status.json", "status", "--socket", self.charger.status_socket, "--json")
            raise

    def _leave(self, name: str, *words: str) -> str:
        try:
            text = self.charger.wattseal(*words)
        except Failure as failure:
            text = str(failure)
        with open(self.tools.path(name), "w") as file:
            file.write(text + "\n")
        return text

    @staticmethod
    def _of_the_session(lines: str) -> list[dict]:
        """Every record up to the wear that is noted after the session's end; what comes later is no part of it."""
        records = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
        for place, record in enumerate(records):
            if record["kind"] == "event" and record["body"]["event"] == "wear":
                return records[:place + 1]
        return records

    def _run(self, kwh: int, seconds: float) -> Outcome:
        began = time.monotonic()
        self.commission()
        self.plug(kwh)
        self._await(60, "the beginning of the session", lambda now: now["connector"]["session"])
        say(f"{self.charger.name}: the car charges")
        wait_for(seconds, "the car's last kilowatt-hour", lambda: self._alive() and self.plant.status()["car"]["stopped_by_target"],
                 self.words)
        self._await(30, "the pause by the car", lambda now: not now["connector"]["contactor_closed"])
        # A plug that is pulled within a second of the car's stop would be the reason of the session's end instead.
        time.sleep(2)
        self.plant.tell("unplug")
        self._await(90, "the settlement's proof", lambda now: now["ledger"]["settled"])
        self._await(90, "the last acknowledgement", lambda now: now["records"]["total"] == now["records"]["acknowledged_total"])
        status = self.charger.status()
        receipt = self.charger.fetch("receipt.cbor", "receipt", "--journal", self.charger.journal, "--session", status["connector"]["session"])
        verdict = self.tools.run("wattseal", "verify", receipt)
        # While the daemon lives: at its end it may write more, which is no part of the session.
        lines = self._leave("records.jsonl", "records", "show", "--journal", self.charger.journal)
        records = self._of_the_session(lines)
        has_late_sample = any(record["body"]["detail"].get("code") == PILOT_STALE for record in records if record["kind"] == "event")
        if has_late_sample:
            self.charger.wattseal("ask", "--socket", self.charger.control_socket, "recording")
        # What was asked for is written at the latest now.
        self.charger.stop()
        late = self._late_faults() if has_late_sample else []
        return Outcome(records, verdict, status, time.monotonic() - began, late)

    def _late_faults(self) -> list[bool]:
        recording = self.charger.recording()
        return faults_with_late_loop(self.tools.run("wattseal", "replay", "--show", recording))

    def _alive(self) -> bool:
        return self.charger.status() is not None

    def _await(self, seconds: float, what: str, test) -> None:
        wait_for(seconds * self.patience, what, lambda: bool((now := self.charger.status()) and test(now)), self.words)

    def words(self) -> str:
        return f"{self.charger.log()} status: {json.dumps(self.charger.status())[:800]}"
