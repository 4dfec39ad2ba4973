internal import NIOCore

/// How much anybody may ask of the server at a time.
struct PageLimits: Sendable {
    /// Connections; one more is closed at once.
    var connections = 16
    /// Bytes from one answer to the end of the next request.
    var requestBytes = 8_192
    /// From the connection, or from an answer, to the end of the next request.
    var request = TimeAmount.seconds(10)
    /// From a request to the last byte of its answer in the kernel's hands.
    var answer = TimeAmount.seconds(10)
}
