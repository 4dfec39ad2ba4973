/// How an answer is written: a development node can be slow, silent or endless on request.
enum HTTPDelivery: Sendable, Equatable {
    /// At once.
    case whole
    /// So many bytes of the body each interval.
    case drip(bytes: Int64, everyMilliseconds: Int64)
    /// Not at all; the connection stays until it has been idle for too long.
    case never
    /// With blanks behind it, up to so many bytes.
    case padded(bytes: Int64)
}
