import ArgumentParser
import FirmwareUpdate
import FoundationEssentials
import SignedRecords

/// The keys and thresholds of a root, as options.
struct RootRoleOptions: ParsableArguments {
    @Option(name: .customLong("root-key"), help: "A key that signs roots: 64 hex digits, a file, or a token's URI.")
    var rootKeys: [String] = []
    @Option(name: .customLong("release-key"), help: "A key that signs firmware.")
    var releaseKeys: [String] = []
    @Option(name: .customLong("tech-ca-key"), help: "A key that signs certificates of technicians.")
    var technicianKeys: [String] = []
    @Option(name: .customLong("enrol-key"), help: "A key that enrols devices.")
    var enrolmentKeys: [String] = []
    @Option(name: .customLong("threshold"), help: "How many must sign, ROLE=N; one where it is not said.")
    var thresholds: [String] = []
    @Option(help: "How many days the root is to be believed.")
    var days: Int64 = 730

    func keys(of role: TrustRole) throws -> [[UInt8]] {
        let names =
            switch role {
            case .root: rootKeys
            case .release: releaseKeys
            case .technicianAuthority: technicianKeys
            case .enrolment: enrolmentKeys
            }
        return try names.map { try PublicKeyName.bytes($0) }
    }

    func threshold(of role: TrustRole) throws -> Int? {
        var found: Int?
        for text in thresholds {
            let pair = text.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, TrustRole.allCases.contains(where: { $0.name == pair[0] }), let number = Int(pair[1])
            else { throw StationError.option(name: "threshold", expected: "ROLE=N", found: text) }
            if pair[0] == role.name { found = number }
        }
        return found
    }

    func expires() throws -> UTCMilliseconds {
        guard (1...36_500).contains(days) else {
            throw StationError.option(name: "days", expected: "1 to 36500", found: "\(days)")
        }
        return UTCMilliseconds(try SignCommand.now().rawValue + days * 86_400_000)
    }
}

/// `root new`: the first root.
struct RootNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "new", abstract: "Makes the first root.")

    @OptionGroup var roles: RootRoleOptions
    @Option(name: .customLong("key"), help: ArgumentHelp(stringLiteral: "Signs at once. \(SigningKey.help)"))
    var keys: [String] = []
    @Option(name: .shortAndLong, help: "The file to write.")
    var output: String

    func run() throws {
        var members: [TrustRole: (threshold: Int, publicKeys: [[UInt8]])] = [:]
        for role in TrustRole.allCases {
            let keys = try roles.keys(of: role)
            guard !keys.isEmpty else { continue }
            members[role] = (try roles.threshold(of: role) ?? 1, keys)
        }
        let root = try TrustRoot(version: 1, expires: try roles.expires(), technicianEpoch: 1, roles: members)
        var signed = SignedRoot(root)
        for key in keys { signed = try signed.signed(by: try SigningKey.open(key)) }
        try RootFile.write(signed, to: output)
        try RootFile.report(signed, after: nil)
    }
}

/// `root rotate`: the root after another.
struct RootRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Makes the root after another.",
        discussion: "A role for which keys are given has these, and no others; the rest stays as it is.")

    @Argument(help: "The root before it.")
    var previous: String
    @OptionGroup var roles: RootRoleOptions
    @Flag(help: "Ends the certificates of all technicians: the next epoch begins.")
    var newTechnicianEpoch = false
    @Option(name: .customLong("key"), help: ArgumentHelp(stringLiteral: "Signs at once. \(SigningKey.help)"))
    var keys: [String] = []
    @Option(name: .shortAndLong, help: "The file to write.")
    var output: String

    func run() throws {
        let before = try RootFile.read(previous)
        let old = before.root
        guard old.version < .max else {
            throw StationError.content(path: previous, reason: "there is no version after its own")
        }
        var members: [TrustRole: (threshold: Int, publicKeys: [[UInt8]])] = [:]
        for role in TrustRole.allCases {
            let given = try roles.keys(of: role)
            let kept = old.keys.filter { old.roles[role]?.keyIDs.contains(RoleKeys.id(of: $0)) ?? false }
            let keys = given.isEmpty ? kept : given
            guard !keys.isEmpty else { continue }
            members[role] = (try roles.threshold(of: role) ?? old.roles[role]?.threshold ?? 1, keys)
        }
        let root = try TrustRoot(
            version: old.version + 1, expires: try roles.expires(),
            technicianEpoch: old.technicianEpoch + (newTechnicianEpoch ? 1 : 0), roles: members)
        var signed = SignedRoot(root)
        for key in keys { signed = try signed.signed(by: try SigningKey.open(key)) }
        try RootFile.write(signed, to: output)
        try RootFile.report(signed, after: before)
    }
}
