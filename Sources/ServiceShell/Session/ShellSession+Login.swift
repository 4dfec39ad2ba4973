import FoundationEssentials
import Quantities
import SignedRecords

// Logins. What is refused and what is granted is on record before anyone is told.
extension ShellSession {
    mutating func challenge(at now: MonotonicInstant) throws(ServiceShellError) -> Report {
        let (challenge, question) = try login.ask(at: now)
        var report = Report()
        report.add("challenge", .text(Data(challenge.encoded()).base64EncodedString()))
        report.add("device", .bytes(challenge.device.bytes))
        report.add("time", .time(unixMilliseconds: Int64(challenge.time) * 1_000))
        report.add("epoch", .count(UInt64(challenge.epoch)))
        report.add("phone question", question.map { .text(Self.grouped($0)) } ?? .nothing)
        report.add("holds for", .duration(LoginState.challengeLife))
        return report
    }

    mutating func logIn(answer: String, at now: MonotonicInstant) throws(ServiceShellError) -> Report {
        try finish(try login.judge(answer: answer, at: now), at: now)
    }

    mutating func logIn(code: String, at now: MonotonicInstant) throws(ServiceShellError) -> Report {
        try finish(try login.judge(code: code, at: now), at: now)
    }

    private mutating func finish(
        _ judgement: LoginState.Judgement, at now: MonotonicInstant
    ) throws(ServiceShellError) -> Report {
        if let refusal = judgement.refusal {
            // What an unproven certificate says of itself is not repeated as if it were known.
            var named = judgement.named
            named.name = "unproven"
            try desk.record(
                AuditEntry(technician: named, action: "login", subject: refusal.description, outcome: .refused))
            throw .login(refusal)
        }
        let technician = judgement.named
        if login.technician != nil { logOut(because: "another login") }
        let by = technician.serial.map { "certificate \($0)" } ?? "phone code"
        try desk.record(AuditEntry(technician: technician, action: "login", subject: by, outcome: .done))
        // What was answered to whoever was there before is not repeated to this one.
        recent.forget()
        login.open(technician, at: now)
        return whoami(at: now)
    }

    func whoami(at now: MonotonicInstant) -> Report {
        var report = Report()
        guard let technician = login.technician else {
            report.add("role", .text(AccessRole.none.name))
            return report
        }
        report.add("name", .text(technician.name))
        report.add("role", .text(technician.role.name))
        report.add("certificate", .bytes(technician.hash.bytes))
        report.add("serial", technician.serial.map { .count($0) } ?? .nothing)
        let end = technician.notAfter.map { Int64($0) * 1_000 }
        report.add(
            "certificate ends", end.map { .time(unixMilliseconds: $0) } ?? .none(of: .time(unixMilliseconds: nil)))
        if let rest = login.rest(at: now) {
            report.add("idle left", .duration(rest.idle))
            report.add("login left", .duration(rest.whole))
        }
        return report
    }

    /// `ABCDE-FGHIJ`.
    private static func grouped(_ question: String) -> String { "\(question.prefix(5))-\(question.dropFirst(5))" }
}
