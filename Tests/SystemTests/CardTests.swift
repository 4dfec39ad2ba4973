import CardReader
import CardSamples
import Crypto
import Foundation
import SignedRecords
import Testing

@Suite("Charging with a card without a network", .serialized, .needsBinaries)
struct CardTests {
    /// Where a reader's terminal is.
    private static func place() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("card-\(UInt32.random(in: 0 ... .max))").path
    }

    private func problem(_ status: [String: Any]) throws -> String {
        let readers = try #require(status["readers"] as? [[String: Any]])
        return try string("problem", in: try #require(readers.first))
    }

    private func result(_ terminal: ReaderTerminal, _ rig: Rig, _ card: SimulatedCard) async throws -> ChargerLine {
        terminal.place(card)
        try await rig.wait("the charger's word on a card", seconds: 30) { terminal.result != nil }
        defer { terminal.remove() }
        return try #require(terminal.result)
    }

    private static func isAccepted(_ line: ChargerLine) -> Bool { if case .accepted = line { true } else { false } }

    private static func isRefused(_ line: ChargerLine, _ refusal: CardRefusal) -> Bool {
        if case .refused(_, refusal) = line { true } else { false }
    }

    @Test(
        "a card's voucher is sold on at two chargers that are out of reach; the first is paid, the second is not, and knows the card afterwards"
    )
    func twice() async throws {
        let places = (first: Self.place(), second: Self.place())
        let (one, two) = (try ReaderTerminal(path: places.first), try ReaderTerminal(path: places.second))
        defer {
            one.stop()
            two.stop()
        }
        var options = Rig.Options()
        options.vouchers = true
        options.grant = 0
        options.tables = "[reader]\ndevice = \"\(places.first)\"\nbaud = 115200"
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try await rig.wait("the registration", seconds: 60) { try bool("ledger.registered", in: rig.status()) }
        let second = try await SecondCharger(rig, reader: places)
        defer { second.end() }
        try await rig.wait("both readers", seconds: 30) {
            try problem(rig.status()).isEmpty && problem(second.status()).isEmpty
        }
        let key = Curve25519.Signing.PrivateKey()
        let text = try rig.voucher(
            amount: 5_000_000, bearer: Hexadecimal.encode(Array(key.publicKey.rawRepresentation)))
        let card = SimulatedCard(voucher: Hexadecimal.decode(text), key: key)
        #expect(Self.isRefused(try await result(one, rig, card), .ledgerInReach))
        rig.node.stop()
        try await rig.wait("the loss to be noticed", seconds: 60) {
            try !bool("ledger.reachable", in: rig.status()) && !bool("ledger.reachable", in: second.status())
        }

        // On a noisy line, and with a reader that is pulled out in the session.
        one.setNoise(500, seed: 11)
        let taken = try await result(one, rig, card)
        #expect(Self.isAccepted(taken), "\(taken)")
        let recorded = try #require(one.signature)
        try rig.tell("stop-after-kwh 2")
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the session", seconds: 60) { try bool("connector.session_open", in: rig.status()) }
        one.setNoise(2, seed: 12)
        one.unplug()
        try await rig.wait("the reader's loss", seconds: 30) { try !problem(rig.status()).isEmpty }
        #expect(try integer("connector.fault_code", in: rig.status()) == 0)
        #expect(try bool("connector.session_open", in: rig.status()))
        one.setNoise(0, seed: 1)
        try one.plug()
        try await rig.wait("the car's last kWh", seconds: 90) {
            try bool("car.stopped_by_target", in: rig.plantStatus())
        }
        try rig.tell("unplug")
        try await rig.wait("the reader again", seconds: 60) { try problem(rig.status()).isEmpty }
        try await rig.wait("the end record", seconds: 30) { try !bool("connector.session_open", in: rig.status()) }
        let again = try await result(one, rig, card)
        #expect(Self.isRefused(again, .used), "\(again)")

        // Who has only read the answer of the first charger has nothing; the card itself has.
        var thief = card
        thief.replayed = recorded
        #expect(Self.isRefused(try await result(two, rig, thief), .wrongAnswer))
        #expect(Self.isAccepted(try await result(two, rig, card)))
        try second.tell("stop-after-kwh 1")
        try second.tell("want on")
        try second.tell("plug")
        try await rig.wait("the second car's kWh", seconds: 90) {
            try bool("car.stopped_by_target", in: second.plantStatus())
        }
        try second.tell("unplug")
        // The first charger's records come to the ledger first.
        kill(second.daemon.process.processIdentifier, SIGSTOP)
        try await rig.restartNode()
        try await rig.settled()
        let paid = Rig.driverFunds - (try rig.balance(of: rig.driver))
        let use = try rig.voucherUse(text)
        #expect(paid > 0)
        #expect(try integer("spent_micro", in: use) == paid)
        #expect(try integer("overdrawn", in: use) == 0)
        kill(second.daemon.process.processIdentifier, SIGCONT)
        try await rig.wait("the second session's settlement", seconds: 60) {
            try integer("overdrawn", in: rig.voucherUse(text)) == 1
        }
        #expect(Rig.driverFunds - (try rig.balance(of: rig.driver)) == paid, "the second session is unpaid")
        try await rig.wait("the proof of the flag", seconds: 60) {
            try String(contentsOf: second.daemon.log, encoding: .utf8).contains("promised more than there was")
        }
        rig.node.stop()
        try await rig.wait("the next loss", seconds: 60) { try !bool("ledger.reachable", in: second.status()) }
        let other = try rig.voucher(
            amount: 5_000_000, bearer: Hexadecimal.encode(Array(key.publicKey.rawRepresentation)))
        let next = try await result(two, rig, SimulatedCard(voucher: Hexadecimal.decode(other), key: key))
        #expect(Self.isRefused(next, .flagged), "\(next)")
        #expect(rig.daemon?.stop() == 0)
    }
}
