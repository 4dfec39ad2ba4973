/// A test that was begun.
public struct ServiceTestTicket: Equatable, Sendable {
    public var connector: UInt32
    /// Its number on that connector.
    public var number: UInt32
    public var part: ServiceTestWish.Part

    public init(connector: UInt32, number: UInt32, part: ServiceTestWish.Part) {
        self.connector = connector
        self.number = number
        self.part = part
    }
}
