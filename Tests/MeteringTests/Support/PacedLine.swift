import Foundation

@testable import Metering

/// `Tests/Peers/paced_line.py` as a process: two pseudo-terminals between which a character takes its time.
final class PacedLine {
    /// The two ends.
    let meter: String
    let charger: String
    private let child: ChildProcess

    struct Failure: Error {}

    /// What went over the line so far.
    struct Figures: Decodable {
        /// How long the line carried anything, in nanoseconds.
        let busy: Int64
        let collisions: Int

        enum CodingKeys: String, CodingKey {
            case busy = "busy_ns"
            case collisions
        }
    }

    init(_ line: SerialLine, turnaround: Int = 0) throws {
        child = try ChildProcess([
            PymodbusMeter.python ?? "python3", Fixtures.root + "/Tests/Peers/paced_line.py", "\(line.baud)",
            line.format,
            "--turnaround-ms", "\(turnaround)",
        ])
        var ends: [String: String] = [:]
        while let text = child.nextLine(), text != "ready" {
            let words = text.split(separator: " ").map(String.init)
            if words.count == 2 { ends[words[0]] = words[1] }
        }
        guard let meter = ends["meter"], let charger = ends["charger"] else { throw Failure() }
        self.meter = meter
        self.charger = charger
    }

    func command(_ text: String) throws {
        child.send(text + "\n")
        while let line = child.nextLine() {
            if line == "ok" { return }
        }
        throw Failure()
    }

    func figures() throws -> Figures {
        child.send("stats\n")
        var figures: Figures?
        while let line = child.nextLine(), line != "ok" {
            figures = try? JSONDecoder().decode(Figures.self, from: Data(line.utf8))
        }
        guard let figures else { throw Failure() }
        return figures
    }

    func stop() { child.stop() }
}
