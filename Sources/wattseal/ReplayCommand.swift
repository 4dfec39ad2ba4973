import ArgumentParser
import Firmware
import FlightRecorder
import Quantities

/// `wattseal replay`: a flight recording through this program's control core.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs a flight recording through the control core: every output is the same (0), or not (1).",
        discussion: "docs/flight-recording.md says what is in a recording, and which of them this program can replay.")

    @Argument(help: "The recording.")
    var file: String

    @Flag(help: "One JSON object.")
    var json = false

    @Flag(help: "Do not replay; print the recorded steps as JSON lines, each with the fields that changed.")
    var show = false

    func run() throws {
        do {
            let recording = try FlightRecording(try FileBytes.read(file))
            if show {
                try recording.forEachStep { try put(ReplayText.line($0)) }
            } else {
                try replay(recording)
            }
        } catch let error as FlightError {
            throw CommandError.refused("\(file): \(error)")
        }
    }

    private func replay(_ recording: FlightRecording) throws {
        let verdict = try FlightReplay.run(recording, firmware: VersionText(FirmwareVersion.text.utf8))
        let text = ReplayText(recording, verdict)
        try put(json ? text.json : text.summary)
        guard let difference = text.difference else { return }
        if !json { FileBytes.complain("\(file): \(difference)") }
        throw ExitCode.failure
    }

    private func put(_ line: String) throws { try FileBytes.write(Array("\(line)\n".utf8), to: "-") }
}

/// What a replay came to, as text and as JSON.
struct ReplayText {
    private let recording: FlightRecording
    private let verdict: FlightReplay.Verdict

    init(_ recording: FlightRecording, _ verdict: FlightReplay.Verdict) {
        self.recording = recording
        self.verdict = verdict
    }

    /// What was replayed and whether it was the same.
    var summary: String {
        let begin = recording.isFromTheStart ? "from the start" : "from step \(verdict.firstEntry)"
        let outcome = verdict.difference == nil ? "every output is the same" : "then an output differs"
        return "connector \(recording.header.connector), firmware \(recording.header.firmware), \(begin): "
            + "\(verdict.entries) steps in \(verdict.segments) segments, \(seconds) s: \(outcome)"
    }

    /// The first output that differs, or `nil`.
    var difference: String? {
        guard let difference = verdict.difference else { return nil }
        return "step \(difference.entry) at \(difference.at.nanoseconds) ns: \(difference.field): "
            + "recorded \(difference.recorded), computed \(difference.computed)"
    }

    var json: String {
        var fields = [
            "\"connector\":\(recording.header.connector)",
            "\"firmware\":\(Self.quoted("\(recording.header.firmware)"))",
            "\"from_start\":\(recording.isFromTheStart)", "\"first_step\":\(verdict.firstEntry)",
            "\"steps\":\(verdict.entries)", "\"segments\":\(verdict.segments)",
            "\"from_ns\":\(verdict.from.nanoseconds)", "\"until_ns\":\(verdict.until.nanoseconds)",
            "\"same\":\(verdict.difference == nil)",
        ]
        if let difference = verdict.difference {
            fields.append(
                "\"difference\":{\"step\":\(difference.entry),\"at_ns\":\(difference.at.nanoseconds),"
                    + "\"field\":\"\(difference.field)\",\"recorded\":\(difference.recorded),"
                    + "\"computed\":\(difference.computed)}")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    /// A recorded step as a JSON line.
    static func line(_ step: FlightStep) -> String {
        "{\"step\":\(step.entry),\"at_ns\":\(step.at.nanoseconds),\"changes\":\(object(step.changes)),"
            + "\"records\":\(object(step.records))}"
    }

    private var seconds: String {
        StatusLine.decimal((verdict.until - verdict.from).rawValue, scale: 1_000_000_000, places: 3)
    }

    private static func object(_ words: [FlightStep.Word]) -> String {
        "{\(words.map { "\"\($0.field)\":\($0.word)" }.joined(separator: ","))}"
    }

    /// A recording may come from anywhere: what would end the string is escaped.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20: "\\u00\(scalar.value < 0x10 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: "\(scalar)"
            }
        }
        return "\"\(escaped.joined())\""
    }
}
