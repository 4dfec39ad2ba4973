/// Records of one chain.
public struct RecordRange: Equatable, Sendable {
    /// 0 for the device's own.
    public var chain: UInt32
    /// nil for as far back as the command goes.
    public var from: UInt64?
    /// nil for the newest.
    public var through: UInt64?

    public init(chain: UInt32, from: UInt64? = nil, through: UInt64? = nil) {
        self.chain = chain
        self.from = from
        self.through = through
    }
}
