import Crypto
import FirmwareUpdate
import Foundation
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization
import Testing

@testable import Firmware
@testable import ServiceShell

/// Whom a device believes that he is a technician, by its roots, its configuration and what it was ever told.
@Suite("Who is a technician")
struct DeviceTrustTests {
    private static let ours = key(1)
    private static let theirs = key(2)
    private let folder = NSTemporaryDirectory() + "trust-\(UInt32.random(in: .min ... .max))"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private static func key(_ number: UInt8) -> Curve25519.Signing.PrivateKey {
        // swift-format-ignore: NeverUseForceTry
        try! Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
    }

    private static func publicKey(_ key: Curve25519.Signing.PrivateKey) -> [UInt8] {
        Array(key.publicKey.rawRepresentation)
    }

    private func shell(epoch: UInt32 = 0) -> FirmwareConfiguration.Shell {
        var shell = FirmwareConfiguration.Shell()
        shell.authorities = [Self.publicKey(Self.ours)]
        shell.epoch = epoch
        return shell
    }

    /// What the updater tells.
    private final class Root: Sendable {
        private let word: Mutex<RootTechnicians?>
        init(_ word: RootTechnicians?) { self.word = Mutex(word) }
        func say(_ word: RootTechnicians?) { self.word.withLock { $0 = word } }
        var source: DeviceTrust.Source { { [self] in word.withLock { $0 } } }
    }

    /// Logs in with a certificate of an epoch: why not, or nil.
    private func refusal(
        _ gate: TechnicianGate, epoch: UInt32, by authority: Curve25519.Signing.PrivateKey = Self.ours
    ) throws -> LoginRefusal? {
        let (now, technician, time) = (SystemClock.now(), Self.key(3), gate.provenTime())
        let certificate = try TechnicianCertificate(
            serial: 7, epoch: epoch, name: "Ada", publicKey: Self.publicKey(technician), roles: [.service],
            scope: .fleet("*"), notBefore: time - 60, notAfter: time + 600, signedBy: authority)
        var login = LoginState(gate: gate, fixed: nil, at: now)
        let (challenge, _) = try login.ask(at: now)
        let answer = try LoginAnswer(to: challenge, role: .service, certificate: certificate, key: technician)
        let judged = try login.judge(answer: Data(answer.encoded()).base64EncodedString(), at: now)
        // Refusals are no reason to wait here.
        try gate.setFailures(0)
        return judged.refusal
    }

    @Test("a root with a higher epoch ends the certificates of the one before, whatever the configuration says")
    func raisedEpoch() throws {
        let root = Root(RootTechnicians(rootVersion: 1, epoch: 1, authorities: nil))
        let gate = try ShellRig.gate(in: folder, shell(), roots: root.source)
        #expect(try refusal(gate, epoch: 1) == nil)
        #expect(try refusal(gate, epoch: 0) == .oldEpoch(found: 0, least: 1))
        root.say(RootTechnicians(rootVersion: 2, epoch: 2, authorities: nil))
        #expect(try refusal(gate, epoch: 1) == .oldEpoch(found: 1, least: 2))
        #expect(try refusal(gate, epoch: 2) == nil)
        // An older root, and one that says less, take nothing back.
        root.say(RootTechnicians(rootVersion: 1, epoch: 1, authorities: nil))
        #expect(try refusal(gate, epoch: 1) == .oldEpoch(found: 1, least: 2))
    }

    @Test("a root that names authorities names all; one that leaves the role to nobody leaves the configuration's")
    func authorities() throws {
        let root = Root(RootTechnicians(rootVersion: 1, epoch: 1, authorities: nil))
        let gate = try ShellRig.gate(in: folder, shell(), roots: root.source)
        #expect(try refusal(gate, epoch: 1, by: Self.theirs) == .unknownAuthority)
        root.say(RootTechnicians(rootVersion: 2, epoch: 1, authorities: [Self.publicKey(Self.theirs)]))
        #expect(try refusal(gate, epoch: 1, by: Self.theirs) == nil)
        #expect(try refusal(gate, epoch: 1) == .unknownAuthority)
        root.say(RootTechnicians(rootVersion: 3, epoch: 1, authorities: []))
        #expect(try refusal(gate, epoch: 1, by: Self.theirs) == .unknownAuthority)
        root.say(RootTechnicians(rootVersion: 4, epoch: 1, authorities: nil))
        #expect(try refusal(gate, epoch: 1) == nil)
    }

    @Test("what was once heard stands over a restart, beside an older root and a lowered configuration")
    func restart() throws {
        do {
            let word = RootTechnicians(rootVersion: 2, epoch: 3, authorities: [Self.publicKey(Self.theirs)])
            let gate = try ShellRig.gate(in: folder, shell(epoch: 5), roots: Root(word).source)
            #expect(try refusal(gate, epoch: 5, by: Self.theirs) == nil)
        }
        do {
            let gate = try ShellRig.gate(in: folder, shell(epoch: 1))
            #expect(try refusal(gate, epoch: 4, by: Self.theirs) == .oldEpoch(found: 4, least: 5))
            #expect(try refusal(gate, epoch: 5, by: Self.theirs) == nil)
            #expect(try refusal(gate, epoch: 5) == .unknownAuthority)
        }
        let older = Root(RootTechnicians(rootVersion: 1, epoch: 1, authorities: [Self.publicKey(Self.ours)]))
        let gate = try ShellRig.gate(in: folder, shell(), roots: older.source)
        #expect(try refusal(gate, epoch: 5) == .unknownAuthority)
        #expect(try refusal(gate, epoch: 5, by: Self.theirs) == nil)
    }

    @Test("without an updater the configuration alone decides, and its epoch does not go down either")
    func noUpdater() throws {
        do {
            let gate = try ShellRig.gate(in: folder, shell(epoch: 2))
            #expect(try refusal(gate, epoch: 1) == .oldEpoch(found: 1, least: 2))
            #expect(try refusal(gate, epoch: 2) == nil)
        }
        let gate = try ShellRig.gate(in: folder, shell(epoch: 1))
        #expect(try refusal(gate, epoch: 1) == .oldEpoch(found: 1, least: 2))
    }

    @Test("a root is heard of without a login: until it was, at each look, then once a minute")
    func looks() throws {
        let root = Root(nil)
        let memory = LoginMemory(folder: "\(folder)/logins")
        let source = root.source
        let counting = AskCount()
        let trust = DeviceTrust(shell(), memory: memory, logger: DeskRig.quiet) {
            counting.count.add(1, ordering: .relaxed)
            return source()
        }
        func look(_ seconds: Int64) -> Int {
            trust.look(at: MonotonicInstant(nanoseconds: seconds * 1_000_000_000))
            return counting.count.load(ordering: .relaxed)
        }
        #expect(look(1) == 1 && look(2) == 2)
        root.say(RootTechnicians(rootVersion: 1, epoch: 4, authorities: nil))
        #expect(look(3) == 3 && look(4) == 3 && look(62) == 3 && look(63) == 4)
        #expect(try memory.trust() == KnownTrust(epoch: 4, rootVersion: 1))
    }

    private final class AskCount: Sendable { let count = Atomic<Int>(0) }

    @Test("what is kept reads back, bit by bit or not at all")
    func coding() throws {
        let all = [
            KnownTrust(), KnownTrust(epoch: .max, rootVersion: 7, authorities: []),
            KnownTrust(epoch: 1, rootVersion: .max, authorities: (0..<16).map { [UInt8](repeating: $0, count: 32) }),
        ]
        for known in all {
            #expect(known.encoded().count <= KnownTrust.mostBytes)
            #expect(try KnownTrust(decoding: known.encoded()) == known)
            #expect(throws: CBORError.self) { try KnownTrust(decoding: known.encoded() + [0]) }
        }
    }

    @Test("failed logins and what is known of technicians have their room on a full disk")
    func fullDisk() throws {
        let disk = SimulatedDisk(seed: 1)
        var files = LoginFiles(on: disk)
        #expect(files.failures() == 0)
        #expect(try files.trust() == KnownTrust())
        disk.capacity = disk.allNames.reduce(0) { $0 + disk.contents($1).count }
        let most = KnownTrust(
            epoch: 9, rootVersion: 9, authorities: (0..<16).map { [UInt8](repeating: $0, count: 32) })
        for count in UInt8(1)...9 { try files.setFailures(count) }
        try files.keep(most)
        var again = LoginFiles(on: disk)
        #expect(again.failures() == 9)
        #expect(try again.trust() == most)
        disk.rot("failed-logins", byte: 20, bit: 0)
        disk.rot("failed-logins", byte: disk.contents("failed-logins").count / 2 + 20, bit: 0)
        var spoilt = LoginFiles(on: disk)
        #expect(spoilt.failures() == .max)
    }
}
