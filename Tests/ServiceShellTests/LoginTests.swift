import Quantities
import SignedRecords
import Synchronization
import Testing

@testable import ServiceShell

@Suite("Logins")
struct LoginTests {
    @Test("a certificate opens the shell in its role; the login is on record before it is shown")
    func login() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: nil)
        #expect(shell.type("status\r").contains("error: status needs the role viewer"))
        let shown = try shell.logIn()
        #expect(shown.contains("name                Ada"))
        #expect(shown.contains("role                service"))
        #expect(shell.type("status\r").contains("2.345678 kWh"))
        let record = try #require(desk.diary.records.first)
        #expect(record.action == "login" && record.outcome == .done && record.subject == "certificate 42")
        #expect(record.technician.hash == (try TestTechnician().certificate().hash))
        #expect(shell.type("key rotate\r").contains("needs the role vendor"))
        #expect(shell.gate.state.withLock { $0.failures } == 0)
    }

    @Test("what cannot be put on record logs nobody in")
    func unrecorded() throws {
        let desk = FixedDesk()
        desk.diary.recordFailure.withLock { $0 = .unrecorded("no disk") }
        var shell = TestShell(desk, role: nil)
        #expect(try shell.logIn().contains("error: not done, because it could not be put on record: no disk"))
        #expect(shell.type("status\r").contains("needs the role viewer"))
    }

    private static let refusals: [(LoginRefusal, @Sendable (inout TestTechnician, inout TestGate.State) -> Void)] = [
        (.expired, { $1.time = $0.notAfter + 1 }),
        (.notYetValid, { $1.time = $0.notBefore - 1 }),
        (.oldEpoch(found: 5, least: 6), { $1.epoch = 6 }),
        (.denied(serial: 42), { $1.denied = [42] }),
        (.otherDevice, { technician, _ in technician.scope = .fleet("W2-*") }),
        (.otherDevice, { technician, _ in technician.scope = .site("elsewhere") }),
        (.otherDevice, { technician, _ in technician.scope = .device(DeviceID(hashing: [2])) }),
        (.roleNotGranted(.service), { technician, _ in technician.roles = [.viewer] }),
        (.unknownAuthority, { technician, _ in technician.signer = TestTechnician.key(3) }),
    ]

    @Test("each reason refuses by itself, counts, and is on record without the name", arguments: 0..<refusals.count)
    func refused(index: Int) throws {
        let (refusal, change) = Self.refusals[index]
        var (technician, state) = (TestTechnician(), TestGate.State())
        change(&technician, &state)
        let desk = FixedDesk()
        var shell = TestShell(desk, gate: TestGate(state), role: nil)
        #expect(try shell.logIn(technician).contains("error: login refused: \(refusal)"))
        #expect(shell.gate.state.withLock { $0.failures } == 1)
        let record = try #require(desk.diary.records.first)
        #expect(record.outcome == .refused && record.technician.name == "unproven" && desk.diary.records.count == 1)
        #expect(shell.type("status\r").contains("needs the role viewer"))
    }

    @Test("the first and the last second of a certificate are good, and so are its device and its site")
    func limits() throws {
        for time in [TestTechnician().notBefore, TestTechnician().notAfter] {
            var state = TestGate.State()
            state.time = time
            var shell = TestShell(gate: TestGate(state), role: nil)
            #expect(try shell.logIn().contains("role                service"))
        }
        for scope in [AccessScope.device(DeviceID(hashing: [1])), .site("depot")] {
            var technician = TestTechnician()
            technician.scope = scope
            var shell = TestShell(role: nil)
            #expect(try shell.logIn(technician).contains("role                service"))
        }
    }

    @Test("an authority's name on another's signature is refused")
    func forged() throws {
        var technician = TestTechnician()
        technician.signer = TestTechnician.key(3)
        var bytes = try technician.certificate().encoded()
        bytes.replaceSubrange(114..<122, with: TechnicianCertificate.keyID(of: TestTechnician.authorityKey))
        var shell = TestShell(role: nil)
        let challenge = try shell.challenge()
        let certificate = try TechnicianCertificate(decoding: bytes)
        let answer = try LoginAnswer(to: challenge, role: .service, certificate: certificate, key: technician.key)
        #expect(shell.type(Self.line(answer)).contains("the certificate is not signed by its authority"))
    }

    private static func line(_ answer: LoginAnswer) -> String {
        "{\"id\":77,\"cmd\":\"login\",\"args\":{\"answer\":\"\(TestBase64.encode(answer.encoded()))\"}}\n"
    }

    @Test("an answer is good for its device, boot, nonce and role alone")
    func otherStatements() throws {
        let changes: [(inout LoginChallenge) -> Void] = [
            { $0.device = DeviceID(hashing: [2]) }, { $0.boot = .zero }, { $0.nonce[31] ^= 1 },
        ]
        for change in changes {
            var shell = TestShell(role: nil)
            var challenge = try shell.challenge()
            change(&challenge)
            #expect(try shell.answer(challenge).contains("the answer is not signed for this challenge"))
        }
        // The role is signed, too: a viewer's answer makes no technician of service.
        var shell = TestShell(role: nil)
        let technician = TestTechnician()
        var answer = try LoginAnswer(
            to: try shell.challenge(), role: .viewer, certificate: try technician.certificate(), key: technician.key)
        answer.role = .service
        #expect(shell.type(Self.line(answer)).contains("the answer is not signed for this challenge"))
        // A certificate in other hands.
        var thief = TestShell(role: nil)
        let stolen = try LoginAnswer(
            to: try thief.challenge(), role: .service, certificate: try technician.certificate(),
            key: TestTechnician.key(9))
        #expect(thief.type(Self.line(stolen)).contains("the answer is not signed for this challenge"))
    }

    @Test("a certificate of an epoch that the device has not heard of yet is good")
    func newerEpoch() throws {
        var technician = TestTechnician()
        technician.epoch = 6
        var shell = TestShell(role: nil)
        #expect(try shell.logIn(technician).contains("role                service"))
    }

    @Test("a logout voids the challenge that stood")
    func voided() throws {
        var shell = TestShell(role: nil)
        _ = try shell.logIn()
        let challenge = try shell.challenge(id: 2)
        _ = shell.type("logout\r")
        #expect(try shell.answer(challenge).contains("no challenge stands"))
    }

    @Test("a port that has failed as often as can be counted waits as long as ever")
    func countIsFull() throws {
        var state = TestGate.State()
        state.failures = .max
        var shell = TestShell(gate: TestGate(state), role: nil)
        _ = shell.pass(.seconds(300))
        var stranger = TestTechnician()
        stranger.signer = TestTechnician.key(3)
        #expect(try shell.logIn(stranger).contains("authority"))
        #expect(shell.gate.state.withLock { $0.failures } == .max)
        #expect(try shell.answer(try shell.challenge(id: 2)).contains("wait 300 s"))
    }

    @Test("a challenge is good once, for 120 s, and the newest alone")
    func challenges() throws {
        #expect(LoginState.challengeLife == .seconds(120))
        var shell = TestShell(role: nil)
        let first = try shell.challenge()
        #expect(try shell.answer(first).contains("role                service"))
        #expect(try shell.answer(first).contains("no challenge stands"))
        let second = try shell.challenge(id: 2)
        #expect(second.nonce != first.nonce)
        _ = shell.pass(LoginState.challengeLife)
        #expect(try shell.answer(second).contains("no challenge stands"))
        let third = try shell.challenge(id: 3)
        let fourth = try shell.challenge(id: 4)
        #expect(try shell.answer(third).contains("not signed for this challenge"))
        _ = shell.pass(.seconds(1))
        #expect(try shell.answer(fourth).contains("no challenge stands"), "the failed answer used it up")
        let fifth = try shell.challenge(id: 5)
        _ = shell.pass(LoginState.challengeLife - .milliseconds(1))
        #expect(try shell.answer(fifth).contains("role                service"))
    }

    @Test("failed logins close the port for 1, 2, 4 … 300 s, over restarts, and never for good")
    func backoff() throws {
        var shell = TestShell(role: nil)
        var stranger = TestTechnician()
        stranger.signer = TestTechnician.key(3)
        for (index, seconds) in [Int64(1), 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].enumerated() {
            #expect(try shell.answer(try shell.challenge(id: 10 + index), stranger).contains("authority"))
            _ = shell.pass(.seconds(seconds) - .milliseconds(1))
            let early = try shell.answer(try shell.challenge(id: 100 + index))
            #expect(early.contains("login refused: failed logins: wait 1 s"), "after \(index + 1): \(early)")
            _ = shell.pass(.milliseconds(1))
        }
        // Whoever waits inside the time adds nothing to it.
        #expect(shell.gate.state.withLock { $0.failures } == 11)
        var restarted = TestShell(gate: shell.gate, role: nil)
        #expect(try restarted.logIn().contains("wait 300 s"))
        _ = restarted.pass(.seconds(300))
        #expect(try restarted.answer(try restarted.challenge(id: 3)).contains("role                service"))
        #expect(restarted.gate.state.withLock { $0.failures } == 0)
    }

    @Test("an attempt counts before it is judged: who cuts the power in time wins nothing")
    func attemptsCountFirst() throws {
        var shell = TestShell(role: nil)
        _ = try shell.logIn()
        #expect(shell.gate.state.withLock { $0.written } == [1, 0])
        shell.gate.state.withLock { $0.isBroken = true }
        var broken = TestShell(gate: shell.gate, role: nil)
        #expect(try broken.logIn().contains("could not be put on record"))
        #expect(broken.type("status\r").contains("needs the role viewer"))
    }

    @Test("attempts that cannot be counted wait no longer from one to the next, and the first that can logs in")
    func uncountable() throws {
        var state = TestGate.State()
        state.isBroken = true
        var shell = TestShell(gate: TestGate(state), role: nil)
        for attempt in 0..<5 {
            #expect(try shell.answer(try shell.challenge(id: 10 + attempt)).contains("could not be put on record"))
            #expect(try shell.answer(try shell.challenge(id: 20 + attempt)).contains("wait 1 s"))
            _ = shell.pass(.seconds(1))
        }
        shell.gate.state.withLock { $0.isBroken = false }
        #expect(try shell.answer(try shell.challenge(id: 30)).contains("role                service"))
        #expect(shell.gate.state.withLock { $0.written } == [1, 0])
    }

    @Test("what is no answer at all counts as none, and the challenge stands")
    func malformed() throws {
        var shell = TestShell(role: nil)
        let challenge = try shell.challenge()
        #expect(shell.type("login !!!!\r").contains("expected an answer in Base64"))
        #expect(shell.type("login AAAA\r").contains("expected an answer of 251 bytes, found 3"))
        #expect(shell.gate.state.withLock { $0.written }.isEmpty)
        #expect(try shell.answer(challenge).contains("role                service"))
    }

    @Test("a login ends: idle, old, logged out, by BREAK, by a lost carrier, by another login")
    func endings() throws {
        let ends: [(String, (inout TestShell) -> String)] = [
            ("idle for 10 min", { $0.pass(LoginState.longestIdle) }), ("logout", { $0.type("logout\r") }),
            ("BREAK", { $0.type([.lineBreak]) }), ("the line was dropped", { $0.type([.hangUp]) }),
        ]
        for (reason, end) in ends {
            let desk = FixedDesk()
            var shell = TestShell(desk, role: nil)
            _ = try shell.logIn()
            _ = shell.pass(LoginState.longestIdle - .milliseconds(1))
            #expect(shell.type("whoami\r").contains("Ada"))
            _ = end(&shell)
            #expect(shell.type("status\r").contains("needs the role viewer"), "\(reason)")
            #expect(desk.diary.records.last?.action == "logout" && desk.diary.records.last?.subject == reason)
        }
        let desk = FixedDesk()
        var other = TestShell(desk, role: nil)
        _ = try other.logIn()
        let bert = TestTechnician(serial: 43, name: "Bert")
        _ = try other.answer(try other.challenge(id: 2), bert)
        #expect(other.type("whoami\r").contains("Bert"))
        #expect(desk.diary.records.map(\.action) == ["login", "logout", "login"])
        #expect(desk.diary.records.map(\.technician.name) == ["Ada", "Ada", "Bert"])
        #expect(desk.diary.records[1].subject == "another login")
        var shell = TestShell(role: nil)
        _ = try shell.logIn()
        for _ in 0..<(8 * 3_600 / 300 - 1) {
            #expect(shell.pass(.seconds(300)) == "")
            #expect(shell.type("whoami\r").contains("Ada"))
        }
        #expect(shell.pass(.seconds(300)).contains("logged out: 8 h are over"))
        #expect(shell.type("whoami\r").contains("role                none"))
    }

    @Test("a request with the number of an earlier one still logs out, and asks anew")
    func repeatedLogout() throws {
        var shell = TestShell(role: nil)
        let logout = "{\"id\":9,\"cmd\":\"logout\"}\n"
        _ = shell.type(logout)
        _ = try shell.logIn()
        #expect(shell.type(logout).contains("\"role\":\"none\""))
        #expect(shell.type("{\"id\":10,\"cmd\":\"status\"}\n").contains("E_ROLE"))
        #expect(try shell.challenge(id: 1) != shell.challenge(id: 1))
    }

    @Test("what was answered to the one before is not repeated to the next")
    func nobodysAnswers() throws {
        var shell = TestShell(role: nil)
        let status = "{\"id\":9,\"cmd\":\"status\"}\n"
        #expect(shell.type(status).contains("\"ok\":false"))
        _ = try shell.logIn()
        #expect(shell.type(status).contains("\"ok\":true"))
        _ = shell.type("logout\r")
        #expect(shell.type(status).contains("\"ok\":false"))
    }

    @Test(
        "with the login ends what goes on by itself, and what is still to be shown",
        arguments: ["logout", "{\"cmd\":\"logout\"}", nil])
    func endsWithIt(logout: String?) throws {
        let end = { (shell: inout TestShell) in
            if let logout { _ = shell.type(logout + "\n") } else { _ = shell.pass(LoginState.longestIdle) }
        }
        var subscriber = TestShell(role: nil)
        _ = try subscriber.logIn()
        _ = subscriber.type("{\"id\":20,\"cmd\":\"subscribe\"}\n")
        #expect(subscriber.session.subscription != nil)
        end(&subscriber)
        #expect(subscriber.session.subscription == nil)

        guard logout == nil else { return }
        // Only time ends a login beside these: a line would end them itself.
        var watcher = TestShell(role: nil)
        _ = try watcher.logIn()
        _ = watcher.type("watch\r")
        #expect(watcher.session.watching != nil)
        end(&watcher)
        #expect(watcher.session.watching == nil)
        var reader = TestShell(role: nil)
        _ = try reader.logIn()
        reader.session.pager.height = 3
        _ = reader.type("help\r")
        #expect(reader.session.pager.isWaiting)
        end(&reader)
        #expect(!reader.session.pager.isWaiting)
    }

    @Test("a failed login leaves whoever is there")
    func failedBeside() throws {
        var shell = TestShell(role: nil)
        _ = try shell.logIn()
        var stranger = TestTechnician()
        stranger.signer = TestTechnician.key(3)
        #expect(try shell.answer(try shell.challenge(id: 2), stranger).contains("authority"))
        #expect(shell.type("whoami\r").contains("Ada"))
    }

    @Test("a code of the back office lets look, once")
    func phoneCode() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: nil)
        let challenge = try shell.challenge()
        let question = PhoneCode.question(for: challenge.nonce)
        let code = PhoneCode.answer(to: question, device: challenge.device.bytes, key: Array(repeating: 7, count: 32))
        #expect(shell.type("login code AAAAA-AAAAA\r").contains("login refused: wrong code"))
        _ = shell.pass(.seconds(1))
        #expect(shell.type("login code \(code)\r").contains("no challenge stands"))
        let again = PhoneCode.question(for: try shell.challenge(id: 2).nonce)
        let good = PhoneCode.answer(to: again, device: challenge.device.bytes, key: Array(repeating: 7, count: 32))
        #expect(shell.type("login code \(good)\r").contains("role                viewer"))
        #expect(shell.type("status\r").contains("kWh"))
        #expect(shell.type("stop\r").contains("needs the role service"))
        #expect(desk.diary.records.map(\.outcome) == [.refused, .done])
        shell.gate.state.withLock { $0.phoneKey = nil }
        #expect(shell.type("login code \(good)\r").contains("this device takes no codes"))
    }

    @Test("where the port says who is there, nobody logs in")
    func fixedRole() {
        var shell = TestShell(role: .service)
        #expect(shell.type("login\r").contains("the role on this port is fixed"))
        _ = shell.pass(.seconds(9 * 3_600))
        #expect(shell.type("status\r").contains("kWh"))
    }
}
