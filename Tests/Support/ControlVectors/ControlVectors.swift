import ChargeControl
import Quantities

/// Runs the lines of a vector file (Tests/Vectors/ChargeControl/make.py says what they are) through the control core.
///
/// Embedded Swift, so that the same code runs in a test and on a controller.
public struct ControlVectors {
    /// How a file went.
    public struct Verdict {
        /// Lines that were run and are right.
        public var passed = 0
        /// The number of the first line that is not, from 1; 0 where all are.
        public var failedLine = 0
    }

    private var words: VectorWords

    /// Runs a whole file; ends at the first line that is not right, or that is no line.
    public static func run(_ bytes: [UInt8]) -> Verdict {
        var verdict = Verdict()
        var number = 0
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            number += 1
            var line = ControlVectors(words: VectorWords(bytes, from: start, to: end))
            if !line.words.isEmpty {
                guard line.isRight() else {
                    verdict.failedLine = number
                    return verdict
                }
                verdict.passed += 1
            }
            start = end + 1
        }
        return verdict
    }

    private mutating func isRight() -> Bool {
        if words.take("encode") { return isEncodingRight() && words.isEmpty }
        if words.take("decode") { return isDecodingRight() && words.isEmpty }
        if words.take("first") { return isLevelRight(after: nil) && words.isEmpty }
        if words.take("after") {
            guard let before = words.number() else { return false }
            return isLevelRight(after: before) && words.isEmpty
        }
        if words.take("plug") { return isPlugRight() && words.isEmpty }
        return false
    }

    private mutating func isEncodingRight() -> Bool {
        guard let current = words.number() else { return false }
        do throws(ChargeControlError) {
            switch try DutyCode.encode(Milliamps(current)) {
            case .off: return words.take("off")
            case .pwm(let time):
                guard words.take("pwm"), let expected = words.number() else { return false }
                return time == Nanoseconds(Int64(expected))
            case .digitalOnly: return false
            }
        } catch {
            return words.take("refused")
        }
    }

    private mutating func isDecodingRight() -> Bool {
        guard let time = words.number() else { return false }
        switch DutyMeaning(highTime: Nanoseconds(Int64(time))) {
        case .notAllowed: return words.take("nothing")
        case .digitalOnly: return words.take("digital")
        case .error: return words.take("error")
        case .current(let current):
            guard words.take("may"), let expected = words.number() else { return false }
            return current == Milliamps(expected)
        }
    }

    private mutating func isLevelRight(after before: Int32?) -> Bool {
        guard let voltage = words.number() else { return false }
        var classifier = PilotClassifier()
        if let before { _ = classifier.classify(Millivolts(before)) }
        switch classifier.classify(Millivolts(voltage)) {
        case .a: return words.take("A")
        case .b: return words.take("B")
        case .c: return words.take("C")
        case .d: return words.take("D")
        case .e: return words.take("E")
        case .f: return words.take("F")
        case .invalid: return words.take("invalid")
        }
    }

    private mutating func isPlugRight() -> Bool {
        guard let resistance = words.number() else { return false }
        let plug = ProximityClass(Ohms(resistance))
        if let rating = plug.rating() {
            guard words.take("carries"), let expected = words.number() else { return false }
            return rating == Milliamps(expected)
        }
        if plug == .noPlug { return words.take("none") }
        return plug == .short ? words.take("short") : words.take("unknown")
    }
}
