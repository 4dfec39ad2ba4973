import FirmwareUpdate
import FoundationEssentials
import SignedRecords

/// Roots as files of a maker.
enum RootFile {
    static func read(_ path: String) throws -> SignedRoot {
        let data = try Data(contentsOf: URL(filePath: path))
        do throws(FirmwareUpdateError) { return try SignedRoot(decoding: Array(data)) } catch {
            throw StationError.content(path: path, reason: "\(error)")
        }
    }

    static func write(_ root: SignedRoot, to path: String) throws {
        try Data(root.encoded()).write(to: URL(filePath: path), options: .atomic)
    }

    /// What a root says, a line for each key.
    static func lines(of root: TrustRoot) -> [String] {
        var lines = [
            "version \(root.version)", "expires \(root.expires.rawValue) ms since 1970",
            "technician epoch \(root.technicianEpoch)",
        ]
        for role in TrustRole.allCases {
            guard let members = root.roles[role] else {
                lines.append("\(role.name): nobody")
                continue
            }
            lines.append("\(role.name): \(members.threshold) of \(members.keyIDs.count)")
            for key in root.keys where members.keyIDs.contains(RoleKeys.id(of: key)) {
                lines.append("  \(Hexadecimal.encode(key))")
            }
        }
        return lines
    }

    /// Says who has signed, and what is missing. A root that is not signed yet is no mistake.
    static func report(_ signed: SignedRoot, after previous: SignedRoot?) throws {
        for entry in signed.signatures { print("signed by key \(Hexadecimal.encode(entry.keyID))") }
        do throws(FirmwareUpdateError) {
            try signed.checkOwn()
            if let previous { try previous.check(next: signed) }
            print(previous == nil ? "signed by its own root keys" : "signed by the root keys before it and its own")
        } catch {
            print("not valid yet: \(error)")
        }
    }
}
