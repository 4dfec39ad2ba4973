import ChargerSamples
import Crypto
import Glibc
import Ledger
import LightClient
import Logging
import PacketSockets
import Quantities
import SignedRecords

@testable import LedgerNode

/// `--be-soak-ledger FOLDER`: the standalone ledger of a soak, and the drivers' wallet beside it, in a process of their own: so the
/// charger's memory can be told from theirs, which grows with every session by design.
///
/// Asked by packets: one byte says what, eight more how much money. The answer is empty of words where it was done.
enum LedgerProcess {
    /// What it is asked for.
    enum Question: UInt8 {
        /// That nothing waits for a block any more.
        case rest
        /// That the driver's grant stands at the connector, of so many microunits, in place of the last one.
        case grant
        /// How many bytes of memory it holds.
        case memory
    }

    static let chainID = "soak"
    static let connector = ChainNumber.connector(1)
    /// Microunits; plain, so that what is paid follows from the energy alone.
    static let price = PricePerKilowattHour(300_000)

    static func owner() throws -> Curve25519.Signing.PrivateKey { try SampleCharger.key("soak owner") }

    /// Serves until the other end closes.
    static func run(_ folder: String) throws {
        let clock = try VirtualClock(path: SoakFolder.clock(folder))
        guard let genesis = Machine.lines(SoakFolder.genesis(folder)).first.flatMap({ Hexadecimal.decode($0) }) else {
            throw BenchmarkFailed("\(SoakFolder.genesis(folder)) holds no genesis record")
        }
        let socket = try PacketSocket(connectingTo: SoakFolder.socket(folder))
        let street = try Waiting.value { try await LedgerStreet(folder, clock, genesis) }
        Benchmarks.say("ready rpc=\(street.node.url) hash=\(street.node.anchor.hash.hex)\n", to: STDOUT_FILENO)
        var nonce: UInt64 = 0
        while let packet = try? socket.receive(maximum: 16, before: .max) {
            let answer: [UInt8]
            do {
                answer = try Self.answer(packet, street, &nonce)
            } catch {
                answer = Array("\(error)".utf8)
            }
            try socket.send([answer.isEmpty ? 0 : 1] + answer, before: .max)
        }
        try Waiting.value { await street.node.stop() }
    }

    /// Words of what failed, a number, or nothing.
    private static func answer(_ packet: [UInt8], _ street: LedgerStreet, _ nonce: inout UInt64) throws -> [UInt8] {
        let amount = packet.dropFirst().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch packet.first.flatMap({ Question(rawValue: $0) }) {
        case .rest: try Waiting.value { try await street.rest() }
        case .grant:
            let before = nonce
            nonce = try Waiting.value { try await street.grant(Microunits(Int64(clamping: amount)), nonce: before) }
        case .memory: return Array("\(Int64(try ProcessMemory.resident()))".utf8)
        case nil: throw BenchmarkFailed("an unknown question")
        }
        return []
    }
}
