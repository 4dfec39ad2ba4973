import Glibc
import PacketSockets
import Quantities

/// The ledger's process, as the charger's sees it.
final class LedgerHouse {
    /// Where the node's RPC is, and the hash of its first block.
    let rpc: String
    let anchor: String
    private let child: Child
    private let socket: PacketSocket
    /// Nanoseconds; on a machine that has other things to do, too.
    private static let patience: Int64 = 300_000_000_000

    /// Starts it over a folder with a clock and the charger's genesis record.
    init(_ folder: String) throws {
        let listener = try PacketSocket.listening(at: SoakFolder.socket(folder), mode: 0o600)
        let child = try Child(words: ["/proc/self/exe", "--be-soak-ledger", folder])
        let fields = try child.ready().fields
        guard let rpc = fields["rpc"], let anchor = fields["hash"] else {
            throw BenchmarkFailed("the ledger does not say where it is")
        }
        (self.child, self.rpc, self.anchor) = (child, rpc, anchor)
        socket = try listener.accepted()
    }

    /// Waits until every transaction is in a block and proved.
    func rest() throws { try ask(.rest) }

    /// Has the driver set so much aside at the connector.
    func grant(_ amount: Microunits) throws { try ask(.grant, UInt64(clamping: amount.rawValue)) }

    /// Bytes of memory that it holds, after what is free was given back.
    func memory() throws -> Double {
        guard let bytes = Double(try ask(.memory)) else { throw BenchmarkFailed("the ledger does not know its memory") }
        return bytes
    }

    func end() { child.end() }

    @discardableResult
    private func ask(_ question: LedgerProcess.Question, _ amount: UInt64 = 0) throws -> String {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: amount >> (56 - 8 * UInt64($0))) }
        let end = Stopwatch.wall.now() + Self.patience
        try socket.send([question.rawValue] + number, before: end)
        let answer = try socket.receive(maximum: 4_096, before: end)
        let words = String(decoding: answer.dropFirst(), as: UTF8.self)
        guard answer.first == 0 || question == .memory else { throw BenchmarkFailed("the ledger: \(words)") }
        return words
    }
}
