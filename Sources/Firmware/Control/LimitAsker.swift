/// Who outside the core asks a connector for a limit or a stop. What one asks for is his alone: nobody else's word replaces it or
/// takes it back, and the least limit holds.
enum LimitAsker: UInt8, BitwiseCopyable, Sendable, Equatable, CaseIterable {
    /// The owner, over the control socket or the configuration's page.
    case owner
    /// A technician, until the next start.
    case technician
    /// The settings that a technician has made for good.
    case settings
}
