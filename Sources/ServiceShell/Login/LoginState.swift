import FoundationEssentials
import Quantities
import SignedRecords

/// Who is logged in at a port, which challenge stands, and how long failed logins keep it closed. Pure but for the gate.
struct LoginState: Sendable {
    /// A challenge is good for so long, and for one answer.
    static let challengeLife = Nanoseconds.seconds(120)
    /// Without a line for so long, a login ends.
    static let longestIdle = Nanoseconds.seconds(600)
    /// So long after its begin, a login ends whatever happens.
    static let longestLogin = Nanoseconds.seconds(8 * 3_600)

    private let gate: any LoginGate
    /// Where the port itself decides who is there.
    private let fixed: Technician?
    private(set) var technician: Technician?
    private var challenge: (LoginChallenge, at: MonotonicInstant)?
    private var backoff: LoginBackoff
    private var since: MonotonicInstant
    private var lastUsed: MonotonicInstant

    init(gate: any LoginGate, fixed: Technician?, at now: MonotonicInstant) {
        self.gate = gate
        self.fixed = fixed
        technician = fixed
        backoff = LoginBackoff(failures: gate.failures(), at: now)
        (since, lastUsed) = (now, now)
    }

    /// Whether the port itself says who is there.
    var isFixed: Bool { fixed != nil }

    var role: AccessRole { technician?.role ?? .none }

    /// A new challenge; one that stood is void.
    mutating func ask(at now: MonotonicInstant) throws(ServiceShellError) -> (LoginChallenge, phoneQuestion: String?) {
        guard fixed == nil else { throw .login(.fixedRole) }
        let nonce = gate.randomBytes()
        invariant(nonce.count == 32, "a nonce has 32 bytes")
        let asked = LoginChallenge(
            device: gate.identity.device, boot: gate.identity.boot, nonce: nonce, time: gate.provenTime(),
            epoch: gate.trust.epoch)
        challenge = (asked, now)
        return (asked, gate.phoneKey == nil ? nil : PhoneCode.question(for: nonce))
    }

    /// Judges an answer in Base64. Whoever it names is not logged in before `open`.
    ///
    /// - Returns: the technician, or why the login failed and who was named. What is no answer at all is thrown and counts as none.
    mutating func judge(
        answer text: String, at now: MonotonicInstant
    ) throws(ServiceShellError) -> Judgement {
        guard fixed == nil else { throw .login(.fixedRole) }
        guard let bytes = Data(base64Encoded: text) else { throw .login(.malformed("an answer in Base64")) }
        let answer: LoginAnswer
        do throws(LoginRefusal) { answer = try LoginAnswer(decoding: Array(bytes)) } catch { throw .login(error) }
        let asked = try take(at: now)
        let certificate = answer.certificate
        let named = Technician(
            hash: certificate.hash, name: certificate.name, role: answer.role, serial: certificate.serial,
            notAfter: certificate.notAfter)
        if let refusal = refusal(of: answer, to: asked) { return Judgement(named: named, refusal: refusal) }
        try succeeded()
        return Judgement(named: named, refusal: nil)
    }

    /// Judges a code of the back office, for the role of a viewer.
    mutating func judge(code: String, at now: MonotonicInstant) throws(ServiceShellError) -> Judgement {
        guard fixed == nil else { throw .login(.fixedRole) }
        guard let key = gate.phoneKey else { throw .login(.noPhoneKey) }
        guard PhoneCode.normalised(code).utf8.count == PhoneCode.length else {
            throw .login(.malformed("a code of \(PhoneCode.length) characters"))
        }
        let asked = try take(at: now)
        let question = PhoneCode.question(for: asked.nonce)
        let named = Technician(
            hash: ContentHash(hashing: Array("wattseal-phone/1\0\(question)".utf8)), name: "phone code", role: .viewer)
        guard PhoneCode.isAnswer(code, to: question, device: asked.device.bytes, key: key) else {
            return Judgement(named: named, refusal: .wrongCode)
        }
        try succeeded()
        return Judgement(named: named, refusal: nil)
    }

    /// What became of an answer.
    struct Judgement: Equatable {
        /// Whom the answer names; proven only where nothing is refused.
        let named: Technician
        let refusal: LoginRefusal?
    }

    /// Logs a judged technician in, once the login is on record.
    mutating func open(_ technician: Technician, at now: MonotonicInstant) {
        self.technician = technician
        (since, lastUsed) = (now, now)
    }

    /// Ends the login, and voids what was asked. A fixed role stays.
    mutating func close() {
        technician = fixed
        challenge = nil
    }

    /// A line came.
    mutating func used(at now: MonotonicInstant) { lastUsed = now }

    /// Whether the login is over by time, and why.
    func isOver(at now: MonotonicInstant) -> String? {
        guard technician != nil, fixed == nil else { return nil }
        if now - lastUsed >= Self.longestIdle { return "idle for \(Self.longestIdle.wholeMilliseconds / 60_000) min" }
        if now - since >= Self.longestLogin { return "\(Self.longestLogin.wholeMilliseconds / 3_600_000) h are over" }
        return nil
    }

    /// How long the login holds if nothing comes, and at most.
    func rest(at now: MonotonicInstant) -> (idle: Nanoseconds, whole: Nanoseconds)? {
        guard technician != nil, fixed == nil else { return nil }
        return (Self.longestIdle - (now - lastUsed), Self.longestLogin - (now - since))
    }

    /// The challenge that stands, for this one attempt. The attempt counts as failed, durably, until it has gone well: who cuts the
    /// power in time wins nothing.
    private mutating func take(at now: MonotonicInstant) throws(ServiceShellError) -> LoginChallenge {
        if let rest = backoff.rest(at: now) {
            throw .login(.wait(seconds: (rest.wholeMilliseconds + 999) / 1_000))
        }
        guard let (asked, at) = challenge, now - at < Self.challengeLife else { throw .login(.noChallenge) }
        challenge = nil
        var counted = backoff
        counted.failed(at: now)
        do throws(ServiceShellError) { try gate.setFailures(counted.failures) } catch {
            // It is not judged, so it told nobody anything.
            backoff.couldNotCount(at: now)
            throw error
        }
        backoff = counted
        return asked
    }

    private mutating func succeeded() throws(ServiceShellError) {
        try gate.setFailures(0)
        backoff.succeeded()
    }

    private func refusal(of answer: LoginAnswer, to asked: LoginChallenge) -> LoginRefusal? {
        let (certificate, trust) = (answer.certificate, gate.trust)
        guard let authority = trust.authority(certificate.issuer) else { return .unknownAuthority }
        guard certificate.isSigned(by: authority) else { return .notSigned }
        guard certificate.scope.covers(gate.identity) else { return .otherDevice }
        guard certificate.epoch >= trust.epoch else { return .oldEpoch(found: certificate.epoch, least: trust.epoch) }
        guard !trust.isDenied(serial: certificate.serial) else { return .denied(serial: certificate.serial) }
        let time = gate.provenTime()
        guard time >= certificate.notBefore else { return .notYetValid }
        guard time <= certificate.notAfter else { return .expired }
        guard certificate.roles.contains(answer.role) else { return .roleNotGranted(answer.role) }
        guard answer.isSigned(for: asked) else { return .wrongAnswer }
        return nil
    }
}
