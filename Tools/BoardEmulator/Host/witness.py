"""What a charger has told the outside, and whether it still knows it after the power was cut."""
REGISTER_KINDS = ("begin", "tick", "end")


class Witness:
    """Remembers heads of chains and contents of records; every number once told has to stay what it was."""

    def __init__(self) -> None:
        self.records: dict[tuple[int, int], str] = {}
        self.heads: dict[int, int] = {}
        self.ledger: dict[int, tuple[int, str]] = {}

    def hear_status(self, status: dict) -> None:
        """A status: it counts durable records alone."""
        for chain in status["records"]["chains"]:
            number = chain["number"]
            self.heads[number] = max(self.heads.get(number, 0), chain["head"])

    def hear_ledger(self, chain: int, head: dict) -> None:
        """What the ledger has of a chain: the number and hash of its last record."""
        self.ledger[chain] = (head["sequence"], head["hash"])

    def judge(self, records: list[dict]) -> list[str]:
        """What is wrong with the journal's records, held against everything told so far; then takes them in."""
        wrong = []
        found = {(record["chain"], record["sequence"]): record["hash"] for record in records}
        last: dict[int, int] = {}
        for chain, sequence in found:
            last[chain] = max(last.get(chain, 0), sequence)
        for (chain, sequence), known in self.records.items():
            if found.get((chain, sequence)) != known:
                wrong.append(f"record {chain}/{sequence}: expected {known[:12]}, found {str(found.get((chain, sequence)))[:12]}")
        for chain, head in self.heads.items():
            if last.get(chain, 0) < head:
                wrong.append(f"chain {chain}: the status had told of record {head}, found {last.get(chain, 0)} records")
        for chain, (sequence, known) in self.ledger.items():
            if found.get((chain, sequence)) != known:
                wrong.append(f"record {chain}/{sequence}: the ledger has {known[:12]}, found {str(found.get((chain, sequence)))[:12]}")
        wrong += registers_that_fall(records)
        self.records = found
        return wrong


def registers_that_fall(records: list[dict]) -> list[str]:
    """The billing meter's register goes on from record to record of a connector."""
    wrong, before = [], {}
    for record in records:
        reading = record["body"].get("reading") if record["kind"] in REGISTER_KINDS else None
        if reading is None:
            continue
        chain, now = record["chain"], reading["import_mwh"]
        if now < before.get(chain, now):
            wrong.append(f"record {chain}/{record['sequence']}: the register fell from {before[chain]} to {now} mWh")
        before[chain] = now
    return wrong


def energy_sold(records: list[dict]) -> int:
    """What all sessions that have ended say they sold, in milliwatt-hours."""
    return sum(record["body"]["energy_mwh"] for record in records if record["kind"] == "end")
