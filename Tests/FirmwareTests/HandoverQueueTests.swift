import Testing
import Threads

@testable import Firmware

@Suite("The queue between two threads")
struct HandoverQueueTests {
    @Test("gives out what was put in, in order, and refuses when full", arguments: [1, 2, 4, 64])
    func order(capacity: Int) {
        let queue = HandoverQueue<Int>(capacity: capacity)
        for round in 0..<3 {
            for value in 0..<capacity { #expect(queue.offer(round * 1_000 + value)) }
            #expect(!queue.offer(-1))
            #expect(queue.room == 0)
            for value in 0..<capacity { #expect(queue.take() == round * 1_000 + value) }
            #expect(queue.take() == nil)
            #expect(queue.room == capacity)
        }
    }

    @Test("loses and doubles nothing between two real threads")
    func threads() throws {
        let queue = HandoverQueue<UInt64>(capacity: 16)
        let count: UInt64 = 200_000
        let producer = try DedicatedThread.start(name: "producer") {
            var next: UInt64 = 0
            while next < count { if queue.offer(next) { next += 1 } }
        }
        var expected: UInt64 = 0
        while expected < count {
            guard let value = queue.take() else { continue }
            guard value == expected else {
                Issue.record("expected \(expected), got \(value)")
                break
            }
            expected += 1
        }
        producer.join()
        #expect(expected == count)
    }
}
