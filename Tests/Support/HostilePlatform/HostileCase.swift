/// One thing that a hostile platform does, and what the device says of it.
public struct HostileCase: Sendable, CustomStringConvertible {
    /// When the attack begins.
    public enum Phase: Sendable {
        /// Before the device trusts more than its anchor's hash.
        case start
        /// When it trusts a header, and has records to send.
        case sending
        /// When the platform has taken records, and the device waits for their proof.
        case proving
    }

    /// What it does, in a few words; each case's own.
    public let name: String
    /// When.
    public var phase: Phase
    /// What the device's line about it says, and no other case's line.
    public let words: [String]
    /// The device's own deadline decides; it is short for this case.
    public var isSlow: Bool
    /// Only who has the validators' keys can do it.
    public var needsKeys: Bool
    /// Seconds by which the device's clock goes on before the attack.
    public var secondsLater: Int64
    /// The heads of the chains are told, and proved, before the device asks for what this case lies about.
    public var isBehindHeads = false
    /// The ledger holds no grant for the device.
    public var needsNoGrant = false
    /// The answer in place of the honest one; nil lets that one pass.
    public let attack: @Sendable (HostileExchange) async throws -> HostileAnswer?

    /// The case's name.
    public var description: String { name }

    init(
        _ name: String, _ phase: Phase = .proving, says words: [String], isSlow: Bool = false, needsKeys: Bool = false,
        secondsLater: Int64 = 0, _ attack: @escaping @Sendable (HostileExchange) async throws -> HostileAnswer?
    ) {
        self.name = name
        self.phase = phase
        self.words = words
        self.isSlow = isSlow
        self.needsKeys = needsKeys
        self.secondsLater = secondsLater
        self.attack = attack
    }

    /// A case about one call: a changed body, or nil for the honest one.
    init(
        _ name: String, _ phase: Phase = .proving, on method: String, says words: [String], needsKeys: Bool = false,
        secondsLater: Int64 = 0, body: @escaping @Sendable (HostileExchange) async throws -> [UInt8]?
    ) {
        self.init(name, phase, says: words, needsKeys: needsKeys, secondsLater: secondsLater) { exchange in
            guard exchange.method == method else { return nil }
            return try await body(exchange).map { .body($0) }
        }
    }

    /// A case about one call, on the wire.
    init(
        _ name: String, _ phase: Phase = .proving, on method: String, says words: [String], isSlow: Bool = false,
        wire: @escaping @Sendable (HostileExchange) -> HostileAnswer
    ) {
        self.init(name, phase, says: words, isSlow: isSlow) { $0.method == method ? wire($0) : nil }
    }

    /// All of them.
    public static let all = headers + commits + statuses + validators + states + texts + refusals + wires
}
