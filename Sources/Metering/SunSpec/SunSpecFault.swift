/// Why a device is not the SunSpec meter that its profile describes.
public enum SunSpecFault: Equatable, Sendable, CustomStringConvertible {
    /// "SunS" stands at none of the addresses where it may.
    case noMarker
    /// More models than any device has, or one that reaches beyond the last register: the chain leads nowhere.
    case endless
    /// None of these models is in the chain.
    case noModel([UInt16])
    /// The model has fewer registers than the profile reads.
    case shortModel(id: UInt16, length: Int)

    public var description: String {
        switch self {
        case .noMarker: "expected \"SunS\" at register 40000, 50000 or 0"
        case .endless: "the chain of SunSpec models has no end"
        case .noModel(let ids):
            "expected SunSpec model \(ids.map { String($0) }.joined(separator: " or ")), the device has none"
        case .shortModel(let id, let length):
            "SunSpec model \(id) has \(length) registers, fewer than the profile reads"
        }
    }
}
