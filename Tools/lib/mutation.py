"""How mutants of Swift text are found: operands, conditions, comparisons and calls that can be taken away."""
import re

# What the car does, what a share of the supply is and when a schedule opens is no part of a step.
NOT_THE_STEP = {"EVPilot.swift", "DutyMeaning.swift"}


class Mutant:
    def __init__(self, number, file, line, within, what, source):
        self.number, self.file, self.line, self.within = number, file, line, within
        self.what, self.source = what, source

    def __str__(self):
        return f"{self.file}:{self.line}: {self.what}"

    def key(self):
        # Lines move; what stands there does not.
        return f"{self.file} {self.within}: {self.what}"


def blank(text):
    """The text with comments and strings as blanks of the same length."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', spaces, text, flags=re.S)


def close_of(code, start):
    """The position after the bracket that closes the one at start."""
    depth = 0
    for position in range(start, len(code)):
        if code[position] in "([{":
            depth += 1
        elif code[position] in ")]}":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(code)


def split_top(code, start, end, separator=","):
    """The pieces of code[start:end] between separators outside brackets."""
    pieces, depth, begin = [], 0, start
    position = start
    while position < end:
        character = code[position]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and code.startswith(separator, position):
            pieces.append((begin, position))
            begin = position + len(separator)
            position += len(separator) - 1
        position += 1
    pieces.append((begin, end))
    return [trim(code, *piece) for piece in pieces]


def trim(code, start, end):
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    return start, end


def is_binding(text):
    return re.match(r"(let|var|case)\b", text) is not None


BEFORE = re.compile(r"(?:\breturn\b|\belse\b|\bguard\b|\bif\b|\bwhile\b|\bin\b|\bwhere\b|[^=!<>]=(?!=)|[({\[,;]|\s\?\s|\s:\s|&&|\|\|)")


def operand_start(code, position, stops):
    """Where the operand that ends before position begins."""
    depth, index = 0, position - 1
    while index >= 0:
        character = code[index]
        if character in ")]}":
            depth += 1
        elif character in "([{":
            if depth == 0:
                return index + 1
            depth -= 1
        elif depth == 0:
            if character in ",;":
                return index + 1
            if code.startswith("&&", index - 1) and "&&" in stops or code.startswith("||", index - 1) and "||" in stops:
                return index + 1
            if character == "=" and code[index - 1] not in "=!<>&|+-*" and code[index + 1] != "=":
                return index + 1
            if character in "?:" and code[index - 1] == " " and code[index + 1] in " \n":
                return index + 1
            word = re.search(r"\b(return|else|guard|if|while|in|where|try)$", code[max(0, index - 8):index + 1])
            if word and not (code[index + 1].isalnum() or code[index + 1] == "_"):
                return index + 1
            if character == "\n":
                following = code[index + 1:].lstrip()
                if not re.match(r"&&|\|\||\?|:|\.", following) and not re.search(r"(&&|\|\||=|,|\()\s*$", code[:index]):
                    return index + 1
        index -= 1
    return 0


def operand_end(code, position, stops):
    """Where the operand that begins at position ends."""
    depth, index = 0, position
    while index < len(code):
        character = code[index]
        if character in "([":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return index
            depth -= 1
        elif depth == 0:
            if character in ",;{":
                return index
            if any(code.startswith(stop, index) for stop in stops):
                return index
            if character in "?:" and code[index - 1] in " \n" and code[index + 1] in " \n":
                return index
            if re.match(r"else\b", code[index:index + 5]) and code[index - 1].isspace():
                return index
            if character == "\n":
                following = code[index + 1:].lstrip()
                if not re.match(r"&&|\|\||\?|:|\.", following) and code[position:index].strip():
                    return index
        index += 1
    return len(code)


class File:
    """One source file, and the places in it that a mutant changes: text inserted around what stays."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.code = blank(self.text)
        self.places = []
        self.seen = set()
        if path.name not in NOT_THE_STEP:
            self.find()

    def add(self, start, end, before, after, what):
        start, end = trim(self.code, start, end)
        piece = self.text[start:end]
        if start >= end or (start, end, before) in self.seen or is_binding(piece) or "#" in piece:
            return
        self.seen.add((start, end, before))
        line = self.text.count("\n", 0, start) + 1
        short = re.sub(r"\s+", " ", piece)
        declared = re.findall(r"\b(?:func|var) (\w+)|\b(init)\(", self.code[:start])
        within = "".join(declared[-1]) if declared else ""
        what = f"{what}: {short}"
        again = sum(place[5:] == (within, what) for place in self.places)
        if again:
            what += f" #{again + 1}"
        self.places.append((start, end, before, after, line, within, what))

    def becomes(self, start, end, value, what):
        self.add(start, end, f"(mutant(%d) ? {value} : (", "))", what)

    def find(self):
        code = self.code
        for match in re.finditer(r"\bguard\b", code):
            stop = self.condition_end(match.end(), r"\belse\b")
            for piece in split_top(code, match.end(), stop):
                if not is_binding(code[piece[0]:piece[1]]):
                    self.becomes(*piece, "true", "guard without")
        for match in re.finditer(r"\bif\b", code):
            if re.search(r"#$", code[:match.start()]):
                continue
            stop = self.condition_end(match.end(), r"\{")
            pieces = split_top(code, match.end(), stop)
            plain = [piece for piece in pieces if not is_binding(code[piece[0]:piece[1]])]
            if plain:
                self.becomes(*plain[0], "false", "never if")
            for piece in plain if len(pieces) > 1 else []:
                self.becomes(*piece, "true", "if without")
        for match in re.finditer(r"&&|\|\|", code):
            operator = match.group(0)
            value = "true" if operator == "&&" else "false"
            stops = ["&&", "||"] if operator == "&&" else ["||"]
            left = operand_start(code, match.start(), stops)
            right = operand_end(code, match.end(), stops)
            self.becomes(left, match.start(), value, f"{operator} without")
            self.becomes(match.end(), right, value, f"{operator} without")
        for match in re.finditer(r"(?<![\w.])(min|max)\(", code):
            end = close_of(code, match.end() - 1)
            for argument in split_top(code, match.end(), end - 1):
                value = self.text[argument[0]:argument[1]]
                self.add(match.start(), end, f"(mutant(%d) ? ({value}) : (", "))", f"only {value} of")
        for match in re.finditer(r" (>=|<=|>|<) ((?:Self|PilotObserver|rule|configuration)\.[\w.]+|\.(?:seconds|milliseconds)\(\d[\d_]*\)|"
                                 r"Milliamps\(\d[\d_]*\)|DeciCelsius\(-?\d[\d_]*\)|DutyCode\.\w+)", code):
            left = operand_start(code, match.start(), ["&&", "||"])
            left, _ = trim(code, left, match.start())
            other = {">=": ">", ">": ">=", "<": "<=", "<=": "<"}[match.group(1)]
            value = f"({self.text[left:match.start()]}) {other} {match.group(2)}"
            if "{" in value or "let " in value or re.search(r"[?:] ", value):
                continue
            self.add(left, match.end(), f"(mutant(%d) ? {value} : (", "))", f"{other} for {match.group(1)}")

    def condition_end(self, start, pattern):
        depth = 0
        for position in range(start, len(self.code)):
            if depth == 0 and re.match(pattern, self.code[position:position + 6]):
                return position
            if self.code[position] in "([{":
                depth += 1
            elif self.code[position] in ")]}":
                depth -= 1
        return len(self.code)

    def mutated(self, numbers):
        """The text with the places of `numbers` ({place: number}) in it."""
        inserts = []
        for place, number in numbers.items():
            start, end, before, after, *_ = place
            # Around the same piece the longer one stands outside.
            inserts.append((start, 1, -(end - start), before % number if "%d" in before else before))
            inserts.append((end, 0, end - start, after))
        text, last = [], 0
        for position, _, _, insert in sorted(inserts, key=lambda insert: insert[:3]):
            text.append(self.text[last:position])
            text.append(insert)
            last = position
        text.append(self.text[last:])
        return "import CMutant\n" + "".join(text).replace("@_noLocks", "")
