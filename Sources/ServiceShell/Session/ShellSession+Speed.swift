import Quantities

// The speed of the line that the session is on.
extension ShellSession {
    /// Takes note of the wish, which counts once its answer has been sent.
    mutating func changeSpeed(_ invocation: Invocation) throws(ServiceShellError) -> Report {
        guard hasSpeed else { throw .otherMode(command: invocation.row.name) }
        let speed = try SerialSpeed(baud: Int(invocation.text("rate") ?? "") ?? 0)
        wishedSpeed = speed
        hasProofOfSpeed = false
        var report = Report()
        report.add("baud", .count(UInt64(speed.baud)))
        report.add("taken back in", .duration(LineSpeed.trial))
        report.add("kept by", .text("any command at the new speed"))
        return report
    }

    /// A speed that somebody asked for, once.
    mutating func takeWishedSpeed() -> SerialSpeed? {
        defer { wishedSpeed = nil }
        return wishedSpeed
    }

    /// Whether a command has arrived whole since the last call.
    mutating func takeProofOfSpeed() -> Bool {
        defer { hasProofOfSpeed = false }
        return hasProofOfSpeed
    }
}
