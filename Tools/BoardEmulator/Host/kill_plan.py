"""Which kills a run makes, in what order, and which of them count. Tried without an emulator by self_test.py."""
import random
from collections.abc import Iterator

# One round; the order of each is the seed's. A confirmation takes a trial of more than a minute, so there is one; of unpacking and giving
# up most attempts miss their moment.
ROUND = (["receiving"] * 4 + ["unpacking"] * 5 + ["activating"] * 4 + ["giving up"] * 3 + ["root"] * 2 + ["daemon"] * 3 + ["power"] * 2
         + ["confirming"])
# From so many kills on every kind has to be among those that counted.
WHOLE = 50
# The most attempts for each kill that counts.
PATIENCE = 3


def victims(chance: random.Random) -> Iterator[str]:
    """Round by round, without an end: no kind is left to luck."""
    while True:
        yield from chance.sample(ROUND, len(ROUND))


def was_cut(answer: dict | list[str]) -> bool:
    """Whether an operation had begun and was not answered, as a program's reply says, or the lines of a person's."""
    if isinstance(answer, dict):
        return answer.get("err") == "E_UNFINISHED"
    return any("it is not known whether it was done" in line for line in answer)


def never_hit(seen: dict[str, int]) -> list[str]:
    """Kinds that a run long enough for all of them has no kill of: it says nothing about these."""
    return [kind for kind in dict.fromkeys(ROUND) if not seen.get(kind)] if sum(seen.values()) >= WHOLE else []
