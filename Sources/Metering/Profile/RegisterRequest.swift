/// One read of adjacent registers.
public struct RegisterRequest: Equatable, Hashable, Sendable {
    /// 3 (holding registers) or 4 (input registers).
    public let functionCode: UInt8
    /// The first register, from 0, as it goes on the wire.
    public let address: UInt16
    /// How many, 1 to 125.
    public let count: Int

    public init(functionCode: UInt8, address: UInt16, count: Int) {
        self.functionCode = functionCode
        self.address = address
        self.count = count
    }

    /// The shape of the reply, which is all that a serial reply tells about its request.
    var shape: Shape { Shape(functionCode: functionCode, count: count) }

    struct Shape: Hashable {
        let functionCode: UInt8
        let count: Int
    }
}
