internal import BoardIO
internal import Metering
internal import SignedRecords

/// A part of what this device is told to be, with its digest: what a configuration change record is about.
///
/// The subjects and how their digests are made stand in docs/format.md, "Configuration subjects".
struct ConfigurationSubject: Hashable, Sendable {
    /// At most 64 bytes.
    let name: String
    let digest: ContentHash

    /// The subjects of a device, in the order in which they are put on record.
    static func all(
        _ configuration: FirmwareConfiguration, _ connectors: [ConnectorParts], _ mains: MainsParts?
    ) -> [ConfigurationSubject] {
        var subjects = ofFile(configuration.content)
        for connector in connectors {
            subjects.append(file(connector.profile.fileBytes, "connector \(connector.number) board"))
            subjects.append(file(connector.meterProfile.fileBytes, "connector \(connector.number) meter"))
        }
        if let mains { subjects.append(file(mains.profile.fileBytes, "mains meter")) }
        return subjects
    }

    /// The configuration file's own: what limits the current, and the rest.
    static func ofFile(_ content: [String]) -> [ConfigurationSubject] {
        let told = content.filter { !$0.hasPrefix("ledger.rpc = ") && !$0.hasPrefix("ledger.witnesses") }
        return [
            lines(told.filter { !isLimit($0) }, "configuration"), lines(told.filter(isLimit), "limits"),
        ]
    }

    private static func isLimit(_ line: String) -> Bool {
        if ["limits.", "supply.", "mains.fuse_ma ", "mains.fail_safe_ma "].contains(where: line.hasPrefix) {
            return true
        }
        guard line.hasPrefix("connector["), let bracket = line.firstIndex(of: "]") else { return false }
        let rest = line[line.index(after: bracket)...]
        return [".limits.", ".charging.", ".maximum_current_ma "].contains { rest.hasPrefix($0) }
    }

    private static func lines(_ lines: [String], _ name: String) -> ConfigurationSubject {
        file(lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }, name)
    }

    private static func file(_ bytes: [UInt8], _ name: String) -> ConfigurationSubject {
        ConfigurationSubject(name: name, digest: ContentHash(hashing: bytes))
    }
}
