public import Quantities

extension FirmwareConfiguration {
    /// The meter of the grid connection, and what may flow there.
    public struct Mains: Sendable, Equatable {
        public var meter: MeterChoice
        /// What each phase of the grid connection may carry; 6 A to 1000 A.
        public var fuse: Milliamps
        /// What all connectors may take together, per phase, while the meter is not believed; 0 to `fuse`.
        public var failSafe: Milliamps
    }
}
