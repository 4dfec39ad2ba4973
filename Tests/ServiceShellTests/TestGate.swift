import Crypto
import Quantities
import ServiceShell
import SignedRecords
import Synchronization

/// A gate whose every word a test decides. Its random bytes count up, so that tokens and nonces are known.
final class TestGate: LoginGate, TechnicianTrust {
    struct State {
        var failures: UInt8 = 0
        var time: UInt32 = 1_800_000_000
        var epoch: UInt32 = 5
        var denied: Set<UInt64> = []
        var phoneKey: [UInt8]? = Array(repeating: 7, count: 32)
        var drawn: UInt8 = 0
        var isBroken = false
        var written: [UInt8] = []
    }

    let state: Mutex<State>
    let identity: LoginIdentity
    private let authorities: [[UInt8]]

    init(_ state: State = State(), authorities: [[UInt8]] = [TestTechnician.authorityKey], site: String? = "depot") {
        self.state = Mutex(state)
        self.authorities = authorities
        identity = LoginIdentity(
            device: DeviceID(hashing: [1]), boot: BootID(exactly: Array(repeating: 9, count: 16)),
            serial: "W1-000042", site: site)
    }

    var trust: any TechnicianTrust { self }
    var epoch: UInt32 { state.withLock { $0.epoch } }
    var phoneKey: [UInt8]? { state.withLock { $0.phoneKey } }
    func provenTime() -> UInt32 { state.withLock { $0.time } }
    func failures() -> UInt8 { state.withLock { $0.failures } }
    func isDenied(serial: UInt64) -> Bool { state.withLock { $0.denied.contains(serial) } }
    func authority(_ keyID: [UInt8]) -> [UInt8]? { authorities.first { TechnicianCertificate.keyID(of: $0) == keyID } }

    func randomBytes() -> [UInt8] {
        state.withLock { state in
            state.drawn &+= 1
            return Array(repeating: state.drawn, count: 32)
        }
    }

    func setFailures(_ count: UInt8) throws(ServiceShellError) {
        let isBroken = state.withLock { state in
            if !state.isBroken {
                state.failures = count
                state.written.append(count)
            }
            return state.isBroken
        }
        if isBroken { throw .unrecorded("no disk") }
    }
}

/// A technician, and the authority that certifies him.
struct TestTechnician {
    static let authority = key(1)
    static let authorityKey = Array(authority.publicKey.rawRepresentation)

    var key = TestTechnician.key(2)
    var serial: UInt64 = 42
    var epoch: UInt32 = 5
    var name = "Ada"
    var roles: Set<AccessRole> = [.viewer, .service]
    var scope = AccessScope.fleet("W1-*")
    var notBefore: UInt32 = 1_799_999_000
    var notAfter: UInt32 = 1_800_100_000
    var signer = TestTechnician.authority

    static func key(_ number: UInt8) -> Curve25519.Signing.PrivateKey {
        // swift-format-ignore: NeverUseForceTry
        try! Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
    }

    func certificate() throws -> TechnicianCertificate {
        try TechnicianCertificate(
            serial: serial, epoch: epoch, name: name, publicKey: Array(key.publicKey.rawRepresentation), roles: roles,
            scope: scope, notBefore: notBefore, notAfter: notAfter, signedBy: signer)
    }
}
