/// The steps in which a bundle is checked, in this order; the first that fails ends the check.
public enum VerifyStep: Int, CaseIterable, Sendable {
    case format = 1
    case roots
    case signatures
    case manifest
    case device
    case counter
    case dataSchema
    case space
    case chunkTable
    case chunk
    case payload
    case unpack
    case readBack
    case bootable
    case activate

    /// What is checked, for messages.
    public var name: String {
        switch self {
        case .format: "format"
        case .roots: "roots"
        case .signatures: "release signatures"
        case .manifest: "manifest"
        case .device: "device"
        case .counter: "counter and version"
        case .dataSchema: "data schema"
        case .space: "space"
        case .chunkTable: "chunk table"
        case .chunk: "chunk"
        case .payload: "payload"
        case .unpack: "unpacking"
        case .readBack: "reading back"
        case .bootable: "boot record"
        case .activate: "activating"
        }
    }
}

/// A bundle that was refused: at which step, and why.
public struct UpdateRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    public let step: VerifyStep
    public let reason: FirmwareUpdateError

    public init(_ step: VerifyStep, _ reason: FirmwareUpdateError) {
        self.step = step
        self.reason = reason
    }

    public var description: String { "step \(step.rawValue), \(step.name): \(reason)" }

    /// Runs one step.
    static func at<Value>(
        _ step: VerifyStep, _ body: () throws(FirmwareUpdateError) -> Value
    ) throws(UpdateRefusal) -> Value {
        do throws(FirmwareUpdateError) { return try body() } catch { throw UpdateRefusal(step, error) }
    }
}
