import Foundation
import Synchronization
import Testing

@testable import BoardIO

@Suite("The newest value of one writer")
struct LatestValueTests {
    struct Wide: BitwiseCopyable, Sendable, Equatable {
        var words = InlineArray<24, UInt64>(repeating: 0)
        var tail: UInt8 = 0

        init(_ number: UInt64) {
            for index in words.indices { words[index] = number &* UInt64(index + 1) }
            tail = UInt8(truncatingIfNeeded: number)
        }

        static func == (left: Self, right: Self) -> Bool {
            left.tail == right.tail && left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
        }
    }

    @Test("readers see whole values, never older than before, while a writer publishes without pause")
    func neverTorn() {
        let latest = LatestValue(Wide(0))
        let stop = Mutex(false)
        let writer = Thread {
            var number: UInt64 = 0
            while !stop.withLock({ $0 }) {
                number += 1
                latest.publish(Wide(number))
            }
        }
        writer.start()
        var previous: UInt64 = 0
        for _ in 0..<200_000 {
            let value = latest.read()
            guard value == Wide(value.words[0]), value.words[0] >= previous else {
                Issue.record("torn or old: \(value.words[0]) after \(previous)")
                break
            }
            previous = value.words[0]
        }
        stop.withLock { $0 = true }
        #expect(eventually { latest.read().words[0] > 0 })
    }

    @Test("a value reads back at once, whatever its size", arguments: [0, 1, 255, 256, UInt64.max])
    func readBack(_ number: UInt64) {
        let latest = LatestValue(Wide(7))
        #expect(latest.read() == Wide(7))
        latest.publish(Wide(number))
        #expect(latest.read() == Wide(number))
        let small = LatestValue<UInt8>(3)
        small.publish(UInt8(truncatingIfNeeded: number))
        #expect(small.read() == UInt8(truncatingIfNeeded: number))
    }
}
