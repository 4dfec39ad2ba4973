import FoundationEssentials
import SignedRecords

/// Has a charger make a diagnostics archive and fetches it in pieces, over a line that may lose some of them.
///
/// A piece that does not come, or comes damaged, is asked for again; one of another archive than the one that was made ends it. What was
/// fetched has the hash that the charger told.
struct ArchiveFetcher {
    private struct Reply: Decodable {
        struct Values: Decodable {
            var size: Int?
            var sha256: String?
            var offset: Int?
            var bytes: String?
            var missing: String?
        }
        var id: Int64?
        var ok: Bool
        var err: String?
        var msg: String?
        var data: Values?
    }

    /// Silences, one behind the other, that end it.
    private static let patience = 10
    /// What the charger says of a request that the line has damaged.
    private static let damage = ["E_LINE_DAMAGED", "E_LINE_TOO_LONG", "E_SYNTAX", "E_SUM", "E_ARGUMENTS"]
    /// Milliseconds that the charger may take to gather and sign.
    private static let making: Int32 = 60_000
    /// More than any charger makes; what a line says that is broken fills no memory.
    private static let longest = 64 << 20

    private var line: MachineLine
    /// Milliseconds that a reply may take.
    private let silence: Int32
    private let progress: (_ fetched: Int, _ of: Int) -> Void

    /// - Parameter progress: is told how many bytes are here.
    init(
        over line: MachineLine, silence: Int32 = 5_000, progress: @escaping (_ fetched: Int, _ of: Int) -> Void
    ) {
        self.line = line
        self.silence = silence
        self.progress = progress
    }

    /// The archive, and what the charger could not gather, in its own words.
    mutating func fetch() throws -> (archive: [UInt8], missing: String?) {
        try line.interrupt()
        let made = try ask("bundle", patience: Self.making)
        guard let size = made.size, let hash = made.sha256, (1...Self.longest).contains(size) else {
            throw StationError.noAnswer(device: line.device, expected: "an archive's size and hash")
        }
        var archive: [UInt8] = []
        while archive.count < size {
            let piece = try ask("bundle.read", "\"offset\":\(archive.count)")
            guard piece.sha256 == hash else {
                throw StationError.refused("another archive was made meanwhile; begin again")
            }
            guard piece.offset == archive.count, let bytes = piece.bytes.flatMap({ Hexadecimal.decode($0) }),
                !bytes.isEmpty, archive.count + bytes.count <= size
            else { throw StationError.noAnswer(device: line.device, expected: "byte \(archive.count) of the archive") }
            archive += bytes
            progress(archive.count, size)
        }
        guard ContentHash(hashing: archive).hex == hash else {
            throw StationError.content(path: line.device, reason: "what came does not have the archive's hash")
        }
        return (archive, made.missing)
    }

    /// A request's answer; asked again where none comes, or one without this number.
    private mutating func ask(
        _ command: String, _ arguments: String = "", patience: Int32? = nil
    ) throws -> Reply.Values {
        for _ in 0..<Self.patience {
            let id = try line.send(command, arguments)
            while let text = try line.text(within: patience ?? silence) {
                // A line that came to the charger damaged has no number; a reply to another request is passed over.
                guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(text)), (reply.id ?? id) == id
                else { continue }
                if reply.ok { return reply.data ?? Reply.Values() }
                guard Self.damage.contains(reply.err ?? "") else {
                    throw StationError.refused(reply.msg ?? reply.err ?? "no reason")
                }
                break
            }
        }
        throw StationError.noAnswer(device: line.device, expected: "an answer to \(command)")
    }
}
