import ArgumentParser
import Crypto
import FoundationEssentials
import ServiceShell
import SignedRecords

/// `certificate`: technicians' certificates.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Issues and shows technicians' certificates.",
        subcommands: [IssueCommand.self, ShowCommand.self])

    /// `certificate issue`: an authority certifies a technician's key.
    struct IssueCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "issue", abstract: "Certifies a technician's public key.",
            discussion: """
                The authority's key is Ed25519 in PEM, as openssl genpkey -algorithm ed25519 writes it; its public key, which \
                chargers are configured with, is printed.
                """)

        @Option(help: "The authority's key file.")
        var authority: String

        @Option(help: "The technician's Ed25519 public key, 64 hexadecimal digits; login --show-key prints it.")
        var publicKey: String

        @Option(help: "The certificate's number; the authority gives each once.")
        var serial: UInt64

        @Option(help: "The technician's name, at most 24 bytes.")
        var name: String

        @Option(name: .customLong("role"), help: "viewer, service, commission or vendor; give it once for each.")
        var roles: [String]

        @Option(help: "Which chargers: device:HEX, site:NAME or fleet:PATTERN, in which * stands for any characters.")
        var scope: String

        @Option(help: "The technicians' epoch, as `root show` tells it; a first root's is 1.")
        var epoch: UInt32 = 1

        @Option(help: "Days from now on, 1 to 90.")
        var days: UInt32 = 30

        @Option(name: .shortAndLong, help: "The file to write.")
        var output: String

        func run() throws {
            let key = try ReleaseKeyFile.read(path: authority)
            let certificate = try certificate(signedBy: key, now: UInt32(clamping: Int64(Date().timeIntervalSince1970)))
            try CertificateFile.write(certificate, to: output)
            print("\(output): certificate \(serial) of \(name), \(certificate.hash)")
            print("authority \(Hexadecimal.encode(Array(key.publicKey.rawRepresentation)))")
        }

        func certificate(signedBy key: Curve25519.Signing.PrivateKey, now: UInt32) throws -> TechnicianCertificate {
            guard let publicKey = Hexadecimal.decode(publicKey), publicKey.count == 32 else {
                throw StationError.option(name: "public-key", expected: "64 hexadecimal digits", found: publicKey)
            }
            guard (1...90).contains(days) else {
                throw StationError.option(name: "days", expected: "1 to 90", found: "\(days)")
            }
            var granted: Set<AccessRole> = []
            for name in roles {
                guard let role = AccessRole(name: name), role != .none else {
                    throw StationError.option(
                        name: "role", expected: "viewer, service, commission or vendor", found: name)
                }
                granted.insert(role)
            }
            do {
                return try TechnicianCertificate(
                    serial: serial, epoch: epoch, name: name, publicKey: publicKey, roles: granted,
                    scope: try Self.scope(scope), notBefore: now, notAfter: now + days * 86_400, signedBy: key)
            } catch let refusal as LoginRefusal {
                throw StationError.option(name: "name", expected: "\(refusal)", found: name)
            }
        }

        private static func scope(_ text: String) throws -> AccessScope {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            switch (parts.first, parts.last) {
            case ("device", let hex?) where parts.count == 2:
                guard let device = try? DeviceID(hex: hex) else { break }
                return .device(device)
            case ("site", let name?) where parts.count == 2: return .site(name)
            case ("fleet", let pattern?) where parts.count == 2: return .fleet(pattern)
            default: break
            }
            throw StationError.option(
                name: "scope", expected: "device:HEX, site:NAME or fleet:PATTERN", found: text)
        }
    }

    /// `certificate show`: what a certificate says, and whether an authority signed it.
    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows a certificate; with an authority's public key, checks its signature.")

        @Argument(help: "The certificate's file.")
        var file: String

        @Option(help: "The authority's public key, 64 hexadecimal digits.")
        var authority: String?

        func run() throws {
            let certificate = try CertificateFile.read(path: file)
            if let authority {
                guard let key = Hexadecimal.decode(authority), certificate.isSigned(by: key) else {
                    throw StationError.keyFile(path: file, expected: "a signature of the authority \(authority)")
                }
            }
            print("serial      \(certificate.serial)")
            print("name        \(certificate.name)")
            print("roles       \(certificate.roles.sorted().map(\.name).joined(separator: ", "))")
            print("scope       \(certificate.scope)")
            print("epoch       \(certificate.epoch)")
            print("valid       \(certificate.notBefore) to \(certificate.notAfter), seconds since 1970")
            print("key         \(Hexadecimal.encode(certificate.publicKey))")
            print("hash        \(certificate.hash)")
            if authority != nil { print("signature   good") }
        }
    }
}
