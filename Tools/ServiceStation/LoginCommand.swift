import ArgumentParser
import Crypto
import FoundationEssentials
import Glibc
import ServiceShell
import SignedRecords

/// `login`: answers a charger's challenge with a technician's key, and opens the console.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Logs in to a charger's service shell and connects this terminal to it.",
        discussion: """
            With --challenge it connects to nothing: it answers the challenge that login shows on any terminal, to be pasted \
            behind the word login.
            """)

    @Argument(help: "The serial device, for example /dev/ttyUSB0.")
    var device: String?

    @Option(help: "The technician's key: Ed25519 in PEM.")
    var key: String

    @Option(help: "The technician's certificate, as certificate issue writes it.")
    var certificate: String?

    @Option(help: "The role to take: viewer, service, commission or vendor.")
    var role = "service"

    @Option(help: "A challenge to answer without a connection.")
    var challenge: String?

    @Flag(help: "Print the key's public half, for the authority, and nothing else.")
    var showKey = false

    @Flag(help: "Leave after the login; the charger stays logged in until it is idle.")
    var noConsole = false

    @Option(help: "Bits a second.")
    var baud = 115_200

    @Option(help: "Milliseconds of silence after the end of the input.")
    var linger: Int32 = 1_000

    func run() throws {
        let key = try ReleaseKeyFile.read(path: key)
        if showKey { return print(Hexadecimal.encode(Array(key.publicKey.rawRepresentation))) }
        guard let certificate else {
            throw StationError.option(name: "certificate", expected: "a file", found: "")
        }
        guard let role = AccessRole(name: role), role != .none else {
            throw StationError.option(name: "role", expected: "viewer, service, commission or vendor", found: role)
        }
        let signer = LoginSigner(key: key, certificate: try CertificateFile.read(path: certificate), role: role)
        if let challenge { return print(try signer.answer(to: challenge)) }
        guard let device else {
            throw StationError.option(name: "challenge", expected: "a challenge, or a device", found: "")
        }
        let line = try TerminalDevice(path: device, baud: baud)
        let exchange = LoginExchange(line: line.descriptor, device: device)
        let name = try exchange.logIn(signer)
        ConsoleCommand.say("logged in as \(name), \(role.name)\n")
        if !noConsole { try ConsoleCommand.connect(line, device: device, linger: linger) }
    }
}

/// Answers challenges.
struct LoginSigner {
    let key: Curve25519.Signing.PrivateKey
    let certificate: TechnicianCertificate
    let role: AccessRole

    /// The answer to a challenge, both in Base64.
    func answer(to challenge: String) throws -> String {
        guard Array(key.publicKey.rawRepresentation) == certificate.publicKey else {
            throw StationError.option(name: "key", expected: "the certificate's key", found: "another")
        }
        guard let bytes = Data(base64Encoded: challenge), let asked = try? LoginChallenge(decoding: Array(bytes)) else {
            throw StationError.option(name: "challenge", expected: "a challenge in Base64", found: challenge)
        }
        return Data(try LoginAnswer(to: asked, role: role, certificate: certificate, key: key).encoded())
            .base64EncodedString()
    }
}

/// The two requests of a login, over an open line.
struct LoginExchange {
    let line: Int32
    let device: String
    /// So long for an answer.
    var patience: Int32 = 5_000

    private struct Reply: Decodable {
        struct Values: Decodable {
            var challenge: String?
            var name: String?
        }
        var id: Int64?
        var ok: Bool?
        var msg: String?
        var data: Values?
    }

    /// Logs in.
    ///
    /// - Returns: the name that the charger knows.
    func logIn(_ signer: LoginSigner) throws -> String {
        // A number that no request of the last minute had: its answer would be another's.
        let id = Int64.random(in: 1..<(1 << 52))
        // Whatever somebody has typed on this line is given up first.
        let asked = try ask("\u{3}{\"id\":\(id),\"cmd\":\"login\"}\n", id: id)
        guard let challenge = asked.challenge else {
            throw StationError.noAnswer(device: device, expected: "a challenge")
        }
        let answer = try signer.answer(to: challenge)
        let granted = try ask(
            "{\"id\":\(id + 1),\"cmd\":\"login\",\"args\":{\"answer\":\"\(answer)\"}}\n", id: id + 1)
        guard let name = granted.name else { throw StationError.noAnswer(device: device, expected: "a name") }
        return name
    }

    private func ask(_ request: String, id: Int64) throws -> Reply.Values {
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(line, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                try wait(for: POLLOUT)
            } else if count >= 0 || errno != EINTR {
                throw StationError.file(path: device, call: "write", errno: errno)
            }
        }
        var bytes: [UInt8] = []
        while true {
            try wait(for: POLLIN)
            var buffer = [UInt8](repeating: 0, count: 1_024)
            let count = read(line, &buffer, buffer.count)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else {
                throw StationError.file(path: device, call: "read", errno: count == 0 ? EIO : errno)
            }
            bytes += buffer.prefix(count)
            while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                // A prompt may stand before it, where a person used the line last.
                let text = bytes[..<end].drop { $0 != UInt8(ascii: "{") }
                let reply = try? JSONDecoder().decode(Reply.self, from: Data(text))
                bytes.removeSubrange(...end)
                // What a person was shown before, and events, are no reply.
                guard let reply, reply.id == id, let ok = reply.ok else { continue }
                guard ok, let values = reply.data else { throw StationError.refused(reply.msg ?? "without a reason") }
                return values
            }
        }
    }

    private func wait(for events: Int32) throws {
        var watched = pollfd(fd: line, events: Int16(events), revents: 0)
        let count = poll(&watched, 1, patience)
        if count == 0 { throw StationError.noAnswer(device: device, expected: "an answer in \(patience) ms") }
    }
}
