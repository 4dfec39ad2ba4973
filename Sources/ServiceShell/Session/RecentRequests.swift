import Quantities

/// What programs asked within the last minute, and what they were answered: a retry over a noisy line gets the same answer, and
/// changes nothing a second time.
struct RecentRequests: Sendable {
    private static let life = Nanoseconds.seconds(60)
    private static let most = 16

    private struct Entry: Sendable {
        let id: Int64
        let line: String
        let reply: String
        let changes: Bool
        let at: MonotonicInstant
    }

    private var entries: [Entry] = []

    /// The answer to the same line, if it came with its id before.
    ///
    /// - Parameter changes: whether the new request changes something.
    /// - Throws: `reusedID` where the id belongs to another line, and one of the two changes something; `unavailable` where as many
    ///   changes as can be known are known.
    mutating func reply(
        to line: String, id: Int64?, changes: Bool, at now: MonotonicInstant
    ) throws(ServiceShellError) -> String? {
        entries.removeAll { now - $0.at >= Self.life }
        guard let id, let entry = entries.first(where: { $0.id == id }) else {
            // What changed something must be known for its whole minute, or a retry would change it again.
            guard !changes || entries.count(where: \.changes) < Self.most else {
                throw .unavailable("\(Self.most) changes within \(Self.life.wholeMilliseconds / 1_000) s")
            }
            return nil
        }
        if entry.line == line { return entry.reply }
        guard !entry.changes, !changes else { throw .reusedID(id) }
        return nil
    }

    mutating func remember(
        _ line: String, id: Int64?, changes: Bool, reply: String, at now: MonotonicInstant
    ) {
        guard let id else { return }
        entries.removeAll { $0.id == id }
        entries.append(Entry(id: id, line: line, reply: reply, changes: changes, at: now))
        // Reads make room; a change finds one, or was refused.
        if entries.count > Self.most, let oldest = entries.firstIndex(where: { !$0.changes }) {
            entries.remove(at: oldest)
        }
    }

    /// Nobody gets an answer that was given to somebody else.
    mutating func forget() { entries = [] }
}
