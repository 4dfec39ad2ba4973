/// An instant of UTC with nanoseconds, as CometBFT hashes and signs it (google.protobuf.Timestamp).
///
/// Between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. Before 1970 the nanoseconds still count forwards.
public struct Timestamp: Hashable, Sendable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public let seconds: Int64
    /// 0 to 999 999 999.
    public let nanoseconds: Int32

    private static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// An instant from its parts.
    public init(seconds: Int64, nanoseconds: Int32 = 0) throws(LightClientError) {
        guard Timestamp.secondsRange.contains(seconds) else {
            throw .malformedText(kind: "timestamp", text: "\(seconds) s", reason: "outside the years 1 to 9999")
        }
        guard (0..<1_000_000_000).contains(nanoseconds) else {
            throw .malformedText(kind: "timestamp", text: "\(nanoseconds) ns", reason: "outside 0...999999999")
        }
        self.init(uncheckedSeconds: seconds, nanoseconds: nanoseconds)
    }

    private init(uncheckedSeconds: Int64, nanoseconds: Int32) {
        seconds = uncheckedSeconds
        self.nanoseconds = nanoseconds
    }

    /// 0001-01-01T00:00:00Z, Go's zero time; the time of an absent vote.
    public static let goZero = Timestamp(uncheckedSeconds: secondsRange.lowerBound, nanoseconds: 0)
    /// 1970-01-01T00:00:00Z.
    public static let unixEpoch = Timestamp(uncheckedSeconds: 0, nanoseconds: 0)

    /// The time from `earlier` to this instant; negative when this one is earlier.
    public func since(_ earlier: Timestamp) -> Duration {
        // At most 3.2e11 s either way: no overflow.
        .seconds(seconds - earlier.seconds) + .nanoseconds(Int64(nanoseconds) - Int64(earlier.nanoseconds))
    }

    /// This instant moved by `nanoseconds`; nil outside the years 1 to 9999.
    public func advanced(byNanoseconds shift: Int64) -> Timestamp? {
        let sum = Int64(nanoseconds) + shift % 1_000_000_000
        var whole = seconds + shift / 1_000_000_000
        var rest = sum
        if rest < 0 {
            rest += 1_000_000_000
            whole -= 1
        } else if rest >= 1_000_000_000 {
            rest -= 1_000_000_000
            whole += 1
        }
        guard Timestamp.secondsRange.contains(whole) else { return nil }
        return Timestamp(uncheckedSeconds: whole, nanoseconds: Int32(rest))
    }

    /// An instant from milliseconds since 1970 (as the ledger's records count); nil outside the years 1 to 9999.
    public init?(unixMilliseconds: Int64) {
        var (whole, rest) = unixMilliseconds.quotientAndRemainder(dividingBy: 1000)
        if rest < 0 {
            rest += 1000
            whole -= 1
        }
        guard Timestamp.secondsRange.contains(whole) else { return nil }
        self.init(uncheckedSeconds: whole, nanoseconds: Int32(rest) * 1_000_000)
    }

    /// Whole milliseconds since 1970, rounded down.
    public var unixMilliseconds: Int64 {
        seconds * 1000 + Int64(nanoseconds / 1_000_000)
    }
}

extension Timestamp: Comparable {
    /// Earlier first, to the nanosecond.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension Timestamp: ProtobufMessage {
    /// google.protobuf.Timestamp.
    public static let protobufName = "Timestamp"

    /// Reads fields 1 seconds, 2 nanos.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var seconds: Int64 = 0
        var nanoseconds: Int32 = 0
        while let field = try reader.next() {
            switch field.number {
            case 1: seconds = try field.signed()
            case 2: nanoseconds = try field.signed32()
            default: throw reader.unknown(field)
            }
        }
        guard Timestamp.secondsRange.contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else {
            throw .malformedProtobuf(
                message: Timestamp.protobufName, offset: start, reason: "outside the years 1 to 9999")
        }
        self.init(uncheckedSeconds: seconds, nanoseconds: nanoseconds)
    }

    /// Writes the canonical encoding; the Unix epoch is an empty message.
    public func write(to writer: inout ProtobufWriter) {
        writer.signed(1, seconds)
        writer.signed(2, Int64(nanoseconds))
    }
}
