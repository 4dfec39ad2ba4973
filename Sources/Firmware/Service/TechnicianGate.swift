import Quantities
import ServiceShell
import SignedRecords

/// What a login at the technician's shell rests on in this daemon.
struct TechnicianGate: LoginGate {
    let identity: LoginIdentity
    let phoneKey: [UInt8]?
    private let proven: ProvenTime
    private let memory: LoginMemory
    private let deviceTrust: DeviceTrust

    init(
        _ configuration: FirmwareConfiguration.Shell, identity: LoginIdentity, proven: ProvenTime,
        memory: LoginMemory, trust: DeviceTrust
    ) throws(FirmwareError) {
        self.identity = identity
        phoneKey = try configuration.phoneKey.map { (path) throws(FirmwareError) in try PhoneKeyFile.read(path) }
        self.proven = proven
        self.memory = memory
        deviceTrust = trust
    }

    var trust: any TechnicianTrust { deviceTrust.current(at: SystemClock.now()) }

    func provenTime() -> UInt32 { UInt32(clamping: proven.now / 1_000) }

    func randomBytes() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    func failures() -> UInt8 { memory.failures() }

    func setFailures(_ count: UInt8) throws(ServiceShellError) {
        do throws(FirmwareError) { try memory.setFailures(count) } catch {
            throw .unrecorded("the number of failed logins: \(error)")
        }
    }
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
