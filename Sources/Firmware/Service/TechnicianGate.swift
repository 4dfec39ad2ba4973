import Quantities
import ServiceShell
import SignedRecords

/// What a login at the technician's shell rests on in this daemon.
struct TechnicianGate: LoginGate {
    let identity: LoginIdentity
    let trust: any TechnicianTrust
    let phoneKey: [UInt8]?
    private let proven: ProvenTime
    /// Where the number of failed logins is kept.
    private let failuresFile: String

    init(
        _ configuration: FirmwareConfiguration.Shell, identity: LoginIdentity, proven: ProvenTime, home: String
    ) throws(FirmwareError) {
        self.identity = identity
        trust = ConfiguredTrust(configuration)
        phoneKey = try configuration.phoneKey.map { (path) throws(FirmwareError) in try PhoneKeyFile.read(path) }
        self.proven = proven
        failuresFile = "\(home)/failed-logins"
    }

    func provenTime() -> UInt32 { UInt32(clamping: proven.now / 1_000) }

    func randomBytes() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// A file that cannot be read counts as many failures: who spoils it gains nothing.
    func failures() -> UInt8 {
        do throws(FirmwareError) {
            guard let text = try SmallFile.read(failuresFile, limit: 16) else { return 0 }
            return UInt8(text.prefix { $0 != "\n" }) ?? .max
        } catch {
            return .max
        }
    }

    func setFailures(_ count: UInt8) throws(ServiceShellError) {
        do throws(FirmwareError) { try SmallFile.replace(failuresFile, with: "\(count)\n") } catch {
            throw .unrecorded("the number of failed logins: \(error)")
        }
    }
}

/// The authorities that the configuration names, until an update's root does.
struct ConfiguredTrust: TechnicianTrust {
    let epoch: UInt32
    private let authorities: [[UInt8]: [UInt8]]
    private let denied: Set<UInt64>

    init(_ configuration: FirmwareConfiguration.Shell) {
        epoch = configuration.epoch
        denied = configuration.denied
        authorities = Dictionary(
            configuration.authorities.map { (TechnicianCertificate.keyID(of: $0), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    func authority(_ keyID: [UInt8]) -> [UInt8]? { authorities[keyID] }

    func isDenied(serial: UInt64) -> Bool { denied.contains(serial) }
}

/// The key that phone codes are made with: a file of 64 hexadecimal digits that its owner alone may read.
enum PhoneKeyFile {
    static func read(_ path: String) throws(FirmwareError) -> [UInt8] {
        guard SmallFile.isPrivate(path) else {
            throw .room("shell", reason: "\(path): expected a file that only its owner may read (chmod 600)")
        }
        guard let text = try SmallFile.read(path, limit: 128) else {
            throw .room("shell", reason: "\(path): expected a phone key, found no file")
        }
        let digits = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard let key = Hexadecimal.decode(digits), key.count == 32 else {
            throw .room("shell", reason: "\(path): expected 64 hexadecimal digits")
        }
        return key
    }
}
