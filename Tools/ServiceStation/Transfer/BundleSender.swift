import FirmwareUpdate
import FoundationEssentials
import SignedRecords

/// Sends a bundle over a line, from wherever the charger has it to its end.
///
/// Pieces go out several at a time. Whatever comes back but the reply that was waited for (a damaged line, a piece out of order,
/// silence) has the sender ask where the charger is, and go on from there. A release that is refused ends it.
struct BundleSender {
    /// The most bytes of a piece: with all that goes with them in Base64, they fit a line of the shell's.
    static let pieceLength = 640
    /// So many pieces are under way at most: what a serial driver keeps while the charger writes.
    static let window = 4
    /// Silences, one behind the other, that end it.
    private static let patience = 10

    let bundle: [UInt8]
    let manifest: ContentHash
    private var line: MachineLine
    /// Milliseconds that a reply may take.
    private let silence: Int32
    private let progress: (_ sent: Int, _ of: Int) -> Void

    /// - Parameters:
    ///   - path: the bundle's file, for errors.
    ///   - progress: is told how many bytes the charger has.
    init(
        _ bundle: [UInt8], path: String, over line: MachineLine, silence: Int32 = 3_000,
        progress: @escaping (_ sent: Int, _ of: Int) -> Void
    ) throws {
        do throws(FirmwareUpdateError) {
            manifest = try BundleEnvelope(decoding: bundle).front.manifestHash
        } catch {
            throw StationError.content(path: path, reason: "\(error)")
        }
        self.bundle = bundle
        self.line = line
        self.silence = silence
        self.progress = progress
    }

    /// Sends what the charger does not have yet. It is whole there when this returns.
    mutating func send() throws {
        try line.interrupt()
        try ask("fw.recv", "\"manifest\":\"\(manifest.hex)\"")
        var silences = 0
        var acknowledged = try place()
        while acknowledged < bundle.count {
            let before = acknowledged
            acknowledged = try sendWindow(from: acknowledged)
            // Where nothing has moved, a piece was lost: what is still on its way is let pass.
            if acknowledged == before {
                silences += 1
                guard silences < Self.patience else {
                    throw StationError.noAnswer(device: line.device, expected: "byte \(acknowledged) to be taken")
                }
                acknowledged = try place()
            } else {
                silences = 0
            }
            progress(acknowledged, bundle.count)
        }
    }

    /// Has the charger check and unpack what it has.
    mutating func verify() throws { try ask("fw.verify", patience: 60_000) }

    /// Has the charger try it at the next start.
    mutating func activate(overriding: Bool) throws {
        // The proof from the ledger may take two of its looks.
        try ask(overriding ? "fw.activate.override" : "fw.activate", patience: 40_000)
    }

    /// Sends a window of pieces; how far the charger has come when all their replies are there, or one of them is another.
    private mutating func sendWindow(from start: Int) throws -> Int {
        var ids: [Int64] = []
        var (offset, acknowledged) = (start, start)
        while true {
            while ids.count < Self.window, offset < bundle.count {
                let piece = bundle[offset..<min(offset + Self.pieceLength, bundle.count)]
                let data = Data(piece).base64EncodedString()
                ids.append(try line.send("fw.put", "\"offset\":\(offset),\"data\":\"\(data)\""))
                offset += piece.count
            }
            guard !ids.isEmpty, let reply = try line.reply(within: silence) else { return acknowledged }
            guard reply.ok, let id = reply.id, let index = ids.firstIndex(of: id), let next = reply.data?.nextByte
            else {
                try check(reply)
                try drain()
                return try place()
            }
            // Replies come in order: one before this that did not come was lost, and its piece with it or without it.
            ids.removeFirst(index + 1)
            guard next <= bundle.count else { throw Self.strange(line.device) }
            acknowledged = Int(next)
            progress(acknowledged, bundle.count)
        }
    }

    /// Ends it where the charger refuses the release, or whoever sends it; a line that was damaged is no such refusal.
    private func check(_ reply: MachineLine.Reply) throws {
        let passing = ["E_OFFSET", "E_LINE_DAMAGED", "E_LINE_TOO_LONG", "E_SYNTAX", "E_SUM", "E_ARGUMENTS"]
        guard !reply.ok, let code = reply.err, !passing.contains(code) else { return }
        throw StationError.refused(reply.msg ?? code)
    }

    /// Lets pass what is still coming.
    private mutating func drain() throws { while try line.reply(within: 300) != nil {} }

    /// The byte that the charger asks for.
    private mutating func place() throws -> Int {
        guard let next = try ask("fw.status").nextByte, next <= bundle.count else { throw Self.strange(line.device) }
        return Int(next)
    }

    /// A request that is made again while nothing comes back.
    @discardableResult
    private mutating func ask(
        _ command: String, _ arguments: String = "", patience: Int32? = nil
    ) throws -> MachineLine.Reply.Values {
        for _ in 0..<Self.patience {
            let id = try line.send(command, arguments)
            while let reply = try line.reply(within: patience ?? silence) {
                if reply.id == id, reply.ok { return reply.data ?? MachineLine.Reply.Values() }
                if reply.id == id || reply.id == nil {
                    try check(reply)
                    break
                }
            }
        }
        throw StationError.noAnswer(device: line.device, expected: "an answer to \(command)")
    }

    private static func strange(_ device: String) -> StationError {
        .noAnswer(device: device, expected: "a place within the bundle")
    }
}
