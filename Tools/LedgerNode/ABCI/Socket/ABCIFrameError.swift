/// A byte stream that is no row of frames; the connection cannot go on behind it.
enum ABCIFrameError: Error, Equatable, CustomStringConvertible {
    /// A frame says that it is longer than a node may send.
    case tooLong(length: UInt64, limit: Int)
    /// A length that is no number below 2^64 in its shortest form: another protocol, or ABCI before 1.0.
    case malformedLength
    /// A frame without a byte: no request is that short.
    case empty

    var description: String {
        switch self {
        case .tooLong(let length, let limit): "frame of \(length) bytes: expected at most \(limit)"
        case .malformedLength: "frame: its length is no varint in shortest form"
        case .empty: "frame of 0 bytes: expected a request"
        }
    }
}
