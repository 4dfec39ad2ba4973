import Foundation
import Quantities
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test("sums that do not fit are refused")
    func overflow() {
        #expect(Milliamps(.max).addingIfFits(Milliamps(1)) == nil)
        #expect(Milliamps(.min).subtractingIfFits(Milliamps(1)) == nil)
        #expect(Milliamps(.max).multipliedIfFits(by: 2) == nil)
        #expect(Milliamps(6_000).addingIfFits(Milliamps(500)) == Milliamps(6_500))
        #expect(Milliamps(6_000).subtractingIfFits(Milliamps(500)) == Milliamps(5_500))
        #expect(Milliamps(6_000).multipliedIfFits(by: 3) == Milliamps(18_000))
    }

    @Test("scaling rounds towards negative infinity")
    func scaling() {
        #expect(Milliamps(10).scaledIfFits(numerator: 1, denominator: 3) == Milliamps(3))
        #expect(Milliamps(-10).scaledIfFits(numerator: 1, denominator: 3) == Milliamps(-4))
        #expect(Milliamps(.max).scaledIfFits(numerator: 2, denominator: 2) == nil)
    }

    @Test("time passes forwards and backwards")
    func time() {
        let start = MonotonicInstant(nanoseconds: 5)
        #expect(start + .milliseconds(3) - start == Nanoseconds(3_000_000))
        #expect(start - .seconds(1) < start)
        #expect(Nanoseconds.microseconds(1_999).wholeMilliseconds == 1)
        #expect(Nanoseconds.seconds(2).wholeMicroseconds == 2_000_000)
    }

    @Test("an overflowing operator ends the process")
    func trap() async {
        await #expect(processExitsWith: .failure) { _ = Microunits(.max) + Microunits(1) }
    }

    @Test("a broken invariant says what broke and where, after the last act")
    func brokenInvariant() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setLastAct { sayOpen() }
            invariant(1 + 1 == 3, "sums are sums")
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let act = try #require(text.range(of: "contactor open"))
        let words = try #require(text.range(of: "QuantitiesTests/QuantityTests.swift:"))
        #expect(text.contains("invariant broken: sums are sums"))
        #expect(act.upperBound <= words.lowerBound)
    }
}

private func sayOpen() {
    let text: StaticString = "contactor open\n"
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
}
