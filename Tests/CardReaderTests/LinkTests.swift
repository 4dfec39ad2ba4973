import CardReader
import CardSamples
import Foundation
import Quantities
import Synchronization
import Testing

@Suite("A card reader on a terminal", .serialized)
struct LinkTests {
    private final class Heard: Sendable {
        let events = Mutex<[ReaderLink.Event]>([])

        /// Waits until an event is what is looked for.
        func wait(_ holds: (ReaderLink.Event) -> Bool) async throws -> Bool {
            for _ in 0..<1_500 {
                if events.withLock({ $0.contains(where: holds) }) { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }

        func forget() { events.withLock { $0 = [] } }
    }

    private func link(_ terminal: ReaderTerminal, _ heard: Heard) throws -> ReaderLink {
        let link = try ReaderLink(
            .serial(path: terminal.path, baud: 115_200),
            monotonic: { MonotonicInstant(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds)) },
            handler: { event in heard.events.withLock { $0.append(event) } })
        try link.start()
        return link
    }

    private static func isReady(_ event: ReaderLink.Event) -> Bool {
        if case .standing(let standing) = event { standing.problem.isEmpty && standing.name == "sim-1" } else { false }
    }

    @Test("a card on a noisy line comes through; unplugged, it is a problem; plugged in again, it is none")
    func terminal() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "reader-\(UInt32.random(in: 0 ... .max))"
        )
        .path
        let terminal = try ReaderTerminal(path: path)
        defer { terminal.stop() }
        let heard = Heard()
        let link = try link(terminal, heard)
        defer { link.stop() }
        #expect(try await heard.wait(Self.isReady))
        terminal.setNoise(700, seed: 5)
        let memory = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        terminal.place(SimulatedCard(voucher: memory))
        #expect(try await heard.wait { if case .card(_, .voucher(let bytes)) = $0 { bytes == memory } else { false } })
        terminal.setNoise(0, seed: 1)
        heard.forget()
        terminal.unplug()
        #expect(
            try await heard.wait { if case .standing(let standing) = $0 { !standing.problem.isEmpty } else { false } })
        heard.forget()
        try terminal.plug()
        #expect(try await heard.wait(Self.isReady))
        terminal.place(SimulatedCard(identifier: [9, 9, 9, 9]))
        #expect(
            try await heard.wait { if case .card(_, .identifier([9, 9, 9, 9])) = $0 { true } else { false } })
    }

}
