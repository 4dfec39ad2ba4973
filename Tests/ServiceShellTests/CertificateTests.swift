import Crypto
import SignedRecords
import Testing

@testable import ServiceShell

@Suite("Technicians' certificates")
struct CertificateTests {
    @Test("186 bytes that say the same when read again")
    func roundTrip() throws {
        for scope in [AccessScope.device(DeviceID(hashing: [1])), .site("depot"), .fleet("W1-*")] {
            var technician = TestTechnician()
            technician.scope = scope
            let certificate = try technician.certificate()
            let bytes = certificate.encoded()
            #expect(bytes.count == 186)
            #expect(try TechnicianCertificate(decoding: bytes) == certificate)
            #expect(certificate.isSigned(by: TestTechnician.authorityKey))
            #expect(!certificate.isSigned(by: Array(technician.key.publicKey.rawRepresentation)))
        }
    }

    @Test("no bit of a certificate can be changed")
    func flips() throws {
        let bytes = try TestTechnician().certificate().encoded()
        for index in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[index / 8] ^= 1 << (index % 8)
            let read = try? TechnicianCertificate(decoding: changed)
            #expect(read?.isSigned(by: TestTechnician.authorityKey) != true, "bit \(index)")
        }
        for count in 0..<bytes.count {
            #expect(throws: LoginRefusal.self) { try TechnicianCertificate(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: LoginRefusal.self) { try TechnicianCertificate(decoding: bytes + [0]) }
    }

    @Test("what no certificate may say")
    func refusals() {
        func refuses(_ change: (inout TestTechnician) -> Void) -> Bool {
            var technician = TestTechnician()
            change(&technician)
            do {
                _ = try technician.certificate()
                return false
            } catch { return error is LoginRefusal }
        }
        #expect(!refuses { _ in })
        #expect(refuses { $0.name = "" })
        #expect(refuses { $0.name = String(repeating: "a", count: 25) })
        #expect(refuses { $0.name = "a\u{1B}[2J" })
        #expect(refuses { $0.roles = [] })
        #expect(refuses { $0.roles = [.none, .viewer] })
        #expect(refuses { $0.notBefore = $0.notAfter + 1 })
        #expect(refuses { $0.notAfter = $0.notBefore + 90 * 86_400 + 1 })
        #expect(refuses { $0.scope = .site("") })
        #expect(refuses { $0.scope = .fleet(String(repeating: "*", count: 33)) })
    }

    @Test(
        "patterns of a fleet",
        arguments: [
            ("W1-000042", "W1-*", true), ("W1-000042", "*", true), ("W1-000042", "W1-000042", true),
            ("W1-000042", "W1", false),
            ("W1-000042", "*42", true), ("W1-000042", "W*0*2", true), ("W1-000042", "W1-0*1", false), ("", "*", true),
            ("aab", "a*ab", true), ("ab", "a*ab", false), ("W1-000042", "w1-*", false), ("a*b", "a*b", true),
            ("W1-000042", "*1*2*3", false),
        ])
    func patterns(serial: String, pattern: String, matches: Bool) {
        #expect(AccessScope.matches(Array(serial.utf8)[...], Array(pattern.utf8)[...]) == matches)
    }

    @Test("a challenge and an answer say the same when read again, and take no other length")
    func answers() throws {
        let challenge = LoginChallenge(
            device: DeviceID(hashing: [1]), boot: BootID(exactly: Array(repeating: 9, count: 16)),
            nonce: Array(0..<32), time: 7, epoch: 8)
        #expect(challenge.encoded().count == 89)
        #expect(try LoginChallenge(decoding: challenge.encoded()) == challenge)
        #expect(throws: LoginRefusal.self) { try LoginChallenge(decoding: challenge.encoded() + [0]) }
        let technician = TestTechnician()
        let answer = try LoginAnswer(
            to: challenge, role: .service, certificate: try technician.certificate(), key: technician.key)
        #expect(answer.encoded().count == 251)
        #expect(try LoginAnswer(decoding: answer.encoded()) == answer)
        #expect(throws: LoginRefusal.self) { try LoginAnswer(decoding: Array(answer.encoded().dropLast())) }
        for role: UInt8 in [0, 5, 255] {
            #expect(throws: LoginRefusal.self) { try LoginAnswer(decoding: [role] + answer.encoded().dropFirst()) }
        }
    }

    @Test("a phone code answers one question of one device")
    func phoneCodes() {
        let (device, key) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 7, count: 32))
        let question = PhoneCode.question(for: Array(0..<32))
        #expect(question.count == 10 && question == "000G40R40M", "\(question)")
        let answer = PhoneCode.answer(to: question, device: device, key: key)
        #expect(PhoneCode.isAnswer(answer, to: question, device: device, key: key))
        let spoken = "\(answer.prefix(5).lowercased())-\(answer.dropFirst(5))"
        #expect(PhoneCode.isAnswer(spoken, to: question, device: device, key: key))
        #expect(!PhoneCode.isAnswer(answer, to: "0" + question.dropFirst().reversed(), device: device, key: key))
        #expect(!PhoneCode.isAnswer(answer, to: question, device: device.map { $0 + 1 }, key: key))
        #expect(!PhoneCode.isAnswer(answer, to: question, device: device, key: key.map { $0 + 1 }))
        #expect(!PhoneCode.isAnswer(String(answer.dropLast()), to: question, device: device, key: key))
        #expect(PhoneCode.normalised("oi-l") == "011")
    }
}
