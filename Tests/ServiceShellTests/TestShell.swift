import Foundation
import Quantities
import ServiceShell
import SignedRecords

/// A session on virtual time.
struct TestShell {
    static let vendor = Technician(hash: .zero, name: "tester", role: .vendor)

    var session: ShellSession
    var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    let gate: TestGate

    /// - Parameter role: who is there without a login; nil where a login decides.
    init(
        _ desk: any ServiceDesk = FixedDesk(), gate: TestGate = TestGate(), role: AccessRole? = .vendor,
        probes: Bool = false
    ) {
        self.gate = gate
        var technician = Self.vendor
        if let role { technician.role = role }
        session = ShellSession(
            desk: desk, gate: gate, fixed: role == nil ? nil : technician, probesTerminal: probes, at: now)
    }

    mutating func type(_ text: String) -> String { type(text.utf8.map { .byte($0) }) }

    mutating func type(_ symbols: [LineSymbol]) -> String {
        String(decoding: session.receive(symbols, at: now), as: UTF8.self)
    }

    mutating func pass(_ time: Nanoseconds) -> String {
        now = now + time
        return String(decoding: session.tick(at: now), as: UTF8.self)
    }

    /// Asks for a challenge as a program does, and answers it.
    mutating func logIn(_ technician: TestTechnician = TestTechnician(), as role: AccessRole = .service) throws
        -> String
    {
        try answer(try challenge(), technician, as: role)
    }

    mutating func challenge(id: Int = 1) throws -> LoginChallenge {
        let reply = type("{\"id\":\(id),\"cmd\":\"login\"}\n")
        let object = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any]
        let data = object?["data"] as? [String: Any]
        guard let text = data?["challenge"] as? String, let bytes = Data(base64Encoded: text) else {
            throw ServiceShellError.unavailable(reply)
        }
        return try LoginChallenge(decoding: Array(bytes))
    }

    mutating func answer(
        _ challenge: LoginChallenge, _ technician: TestTechnician = TestTechnician(), as role: AccessRole = .service
    ) throws -> String {
        let answer = try LoginAnswer(
            to: challenge, role: role, certificate: try technician.certificate(), key: technician.key)
        return type("login \(Data(answer.encoded()).base64EncodedString())\r")
    }

    /// The token for the so-many-th change of a session, 1 the first.
    static func token(_ change: UInt8 = 1, for canonical: String) -> String {
        let random = [UInt8](repeating: change, count: 32)
        let digest = ContentHash(hashing: random + Array(canonical.utf8))
        return Hexadecimal.encode(digest.bytes.prefix(2)).uppercased()
    }

    /// A request with its checksum.
    static func summed(_ request: String) -> String {
        var crc = CRC32C.checksum(Array(request.utf8).dropLast())
        var digits = ""
        for _ in 0..<4 {
            digits += Hexadecimal.encode([UInt8(crc >> 24)])
            crc <<= 8
        }
        return request.dropLast() + ",\"sum\":\"\(digits)\"}\n"
    }
}
