public import SignedRecords

/// Which devices a technician's certificate opens.
public enum AccessScope: Equatable, Sendable {
    /// One device, by its id.
    case device(DeviceID)
    /// All devices of a site, by its name in their configuration: 1 to 32 bytes.
    case site(String)
    /// All devices whose serial number matches a pattern of 1 to 32 bytes, in which `*` stands for any characters.
    case fleet(String)

    /// Names and patterns are no longer than this, in bytes.
    public static let longest = 32

    /// Whether a device is among them.
    func covers(_ identity: LoginIdentity) -> Bool {
        switch self {
        case .device(let id): id == identity.device
        case .site(let name): name == identity.site
        case .fleet(let pattern): Self.matches(Array(identity.serial.utf8)[...], Array(pattern.utf8)[...])
        }
    }

    /// Whether a text matches a pattern with `*`. It goes back to the last star alone, so its time is bounded by the product
    /// of the lengths.
    static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (at, place) = (text.startIndex, pattern.startIndex)
        var star: (pattern: Int, text: Int)?
        while at < text.endIndex {
            if place < pattern.endIndex, pattern[place] == UInt8(ascii: "*") {
                star = (place + 1, at)
                place += 1
            } else if place < pattern.endIndex, pattern[place] == text[at] {
                (at, place) = (at + 1, place + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (at, place) = (last.text + 1, last.pattern)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
