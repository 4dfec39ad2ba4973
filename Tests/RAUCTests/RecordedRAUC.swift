import FirmwareUpdate
import Foundation

@testable import RAUC

// A conversation with RAUC's service, a line for each question and what came back, tabs between:
//
//     Operation⇥idle
//     InstallBundle⇥RIG/image.raucb⇥ok
//     Mark⇥good⇥!refused: words
//
// RIG stands for the folder in which the service ran, - for an empty text.

/// Says what RAUC said when the conversation was recorded. Another question than the recorded one is a mistake of whoever asks.
final class RecordedRAUC: RAUCInterface {
    private var lines: ArraySlice<[String]>
    /// The first question that was not the recorded one.
    private(set) var deviation: String?

    init(_ text: String) {
        lines =
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }[...]
    }

    /// Whether all of it was asked.
    var isAtEnd: Bool { lines.isEmpty }

    private func answer(_ question: String...) throws(SystemInstallerFault) -> [String] {
        guard let line = lines.first, Array(line.prefix(question.count)) == question else {
            deviation = deviation ?? "\(question), where \(lines.first ?? []) was recorded"
            throw .unanswered("the conversation has another question here")
        }
        lines = lines.dropFirst()
        let answer = line.dropFirst(question.count).map { $0 == "-" ? "" : $0 }
        let refusal = "!refused: "
        if let words = answer.first, words.hasPrefix(refusal) { throw .refused(String(words.dropFirst(refusal.count))) }
        return answer
    }

    func text(_ property: RAUCProperty) throws(SystemInstallerFault) -> String {
        try answer(property.rawValue).first ?? ""
    }

    func progress() throws(SystemInstallerFault) -> (percent: Int32, message: String) {
        let words = try answer("Progress")
        guard words.count == 2, let percent = Int32(words[0]) else { throw .unanswered("\(words)") }
        return (percent, words[1])
    }

    func install(_ path: String) throws(SystemInstallerFault) { _ = try answer("InstallBundle", path) }

    func completed() throws(SystemInstallerFault) -> Int32? { Int32(try answer("Completed").first ?? "") }

    func mark(_ state: String) throws(SystemInstallerFault) { _ = try answer("Mark", state) }

    func primary() throws(SystemInstallerFault) -> String { try answer("GetPrimary").first ?? "" }

    func slots() throws(SystemInstallerFault) -> [RAUCSlot] {
        try answer("GetSlotStatus").map { word in
            let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            return RAUCSlot(name: parts[0], bootName: parts.count > 1 ? parts[1] : "")
        }
    }
}

/// Writes down what passes between whoever asks and the service.
final class RecordingRAUC: RAUCInterface {
    private let rauc: any RAUCInterface
    private let rig: String
    private(set) var text = ""

    init(_ rauc: any RAUCInterface, rig: String) {
        (self.rauc, self.rig) = (rauc, rig)
    }

    private func note<Answer>(
        _ question: [String], _ words: (Answer) -> [String], _ ask: () throws(SystemInstallerFault) -> Answer
    ) throws(SystemInstallerFault) -> Answer {
        do throws(SystemInstallerFault) {
            let answer = try ask()
            write(question + words(answer))
            return answer
        } catch {
            if case .refused(let reason) = error { write(question + ["!refused: \(reason)"]) }
            throw error
        }
    }

    private func write(_ words: [String]) {
        let line = words.map { $0.isEmpty ? "-" : $0 }.joined(separator: "\t")
        text += line.replacingOccurrences(of: rig, with: "RIG") + "\n"
    }

    func text(_ property: RAUCProperty) throws(SystemInstallerFault) -> String {
        try note([property.rawValue], { [$0] }) { () throws(SystemInstallerFault) in try rauc.text(property) }
    }

    func progress() throws(SystemInstallerFault) -> (percent: Int32, message: String) {
        try note(["Progress"], { ["\($0.percent)", $0.message] }) { () throws(SystemInstallerFault) in
            try rauc.progress()
        }
    }

    func install(_ path: String) throws(SystemInstallerFault) {
        try note(["InstallBundle", path], { ["ok"] }) { () throws(SystemInstallerFault) in try rauc.install(path) }
    }

    func completed() throws(SystemInstallerFault) -> Int32? {
        try note(["Completed"], { [$0.map { "\($0)" } ?? "-"] }) { () throws(SystemInstallerFault) in
            try rauc.completed()
        }
    }

    func mark(_ state: String) throws(SystemInstallerFault) {
        try note(["Mark", state], { ["ok"] }) { () throws(SystemInstallerFault) in try rauc.mark(state) }
    }

    func primary() throws(SystemInstallerFault) -> String {
        try note(["GetPrimary"], { [$0] }) { () throws(SystemInstallerFault) in try rauc.primary() }
    }

    func slots() throws(SystemInstallerFault) -> [RAUCSlot] {
        try note(["GetSlotStatus"], { $0.map { "\($0.name)=\($0.bootName)" } }) { () throws(SystemInstallerFault) in
            try rauc.slots()
        }
    }
}
