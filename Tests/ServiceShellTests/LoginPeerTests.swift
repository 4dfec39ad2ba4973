import Foundation
import ServiceShell
import SignedRecords
import Testing

/// The page docs/service-shell.md against this code: a checker in Python that was written from the page alone.
@Suite("Logins, checked from outside")
struct LoginPeerTests {
    private static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    private func check(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Peers/check_login.py")
        process.arguments = [script.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test(.enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no python with cryptography"))
    func independentCheckerAgrees() throws {
        let technician = TestTechnician()
        var shell = TestShell(role: nil)
        let challenge = try shell.challenge()
        let answer = try LoginAnswer(
            to: challenge, role: .service, certificate: try technician.certificate(), key: technician.key)
        let authority = Hexadecimal.encode(TestTechnician.authorityKey)
        let good = try check([
            authority, TestBase64.encode(challenge.encoded()), TestBase64.encode(answer.encoded()),
        ])
        #expect(good.status == 0)
        #expect(good.output == "42 5 Ada viewer,service W1-* 1799999000 1800100000 service\n")
        // One changed byte of each part.
        for place in [0, 20, 130, 200] {
            var bytes = answer.encoded()
            bytes[place] ^= 1
            #expect(
                try check([authority, TestBase64.encode(challenge.encoded()), TestBase64.encode(bytes)]).status == 1,
                "byte \(place)")
        }
        var other = challenge
        other.nonce[0] ^= 1
        #expect(
            try check([authority, TestBase64.encode(other.encoded()), TestBase64.encode(answer.encoded())]).status == 1)
    }
}
