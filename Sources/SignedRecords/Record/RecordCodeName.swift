/// What JSON lines print for a code. It is put into words when it is asked for: a record's encoding never needs it.
public struct RecordCodeName: Hashable, Sendable, CustomStringConvertible {
    private let code: any Sendable

    init(_ code: some Sendable) { self.code = code }

    public var description: String { "\(code)" }

    public static func == (one: Self, other: Self) -> Bool { one.description == other.description }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
