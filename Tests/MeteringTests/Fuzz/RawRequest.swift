/// A read request as it came over a line.
struct RawRequest {
    let bytes: [UInt8]
    let unit: UInt8
    let functionCode: UInt8
    let count: Int
    /// The transaction number, over TCP.
    let transaction: [UInt8]

    /// Of 12 bytes over TCP, of 8 over RTU.
    init(_ bytes: [UInt8], isTCP: Bool) {
        self.bytes = bytes
        let start = isTCP ? 6 : 0
        unit = bytes[start]
        functionCode = bytes[start + 1]
        count = Int(bytes[start + 4]) << 8 | Int(bytes[start + 5])
        transaction = isTCP ? Array(bytes[0..<2]) : []
    }
}
