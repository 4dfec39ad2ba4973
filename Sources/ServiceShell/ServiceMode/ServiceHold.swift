/// What a login still has of service mode.
public struct ServiceHold: Equatable, Sendable {
    /// Service mode stands for it on some connector.
    public var stands: Bool
    /// What ended since it was asked before: a line each.
    public var endings: [String]

    public init(stands: Bool, endings: [String] = []) {
        self.stands = stands
        self.endings = endings
    }
}
