extension StatusReport {
    /// A card reader.
    public struct CardReader: Codable, Equatable, Sendable {
        /// Its device or socket.
        public var path = ""
        /// The connector that its cards are for; 0 where the car that is plugged in tells.
        public var connector: UInt32 = 0
        /// As it names itself; empty before it did.
        public var name = ""
        /// Why it cannot be used now, or empty. It stops no charging.
        public var problem = "not heard yet"
        /// How often it was opened since the start.
        public var openings: UInt64 = 0
        /// Cards that were taken and refused since the start, and why the newest refused one was.
        public var accepted: UInt64 = 0
        public var refused: UInt64 = 0
        public var refusal = ""

        enum CodingKeys: String, CodingKey {
            case path, connector, name, problem, openings, accepted, refused, refusal
        }
    }
}
