import Foundation
import Quantities
import SignedRecords
import Testing

@testable import ServiceShell

/// Input that nobody meant. With WATTSEAL_LONG ten million of each kind.
@Suite("Fuzz of the shell")
struct FuzzTests {
    private static let isLong = ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil
    private static let inputs = isLong ? 10_000_000 : 4_000
    /// As many inputs go through one session.
    private static let round = 500

    /// A line of a person or of a program, as it was meant.
    private static func line(_ generator: inout SeededGenerator) -> [UInt8] {
        let row = CommandTable.rows.randomElement(using: &generator) ?? CommandTable.rows[0]
        func value(_ argument: CommandArgument) -> String {
            switch argument.kind {
            case .choice(let words): words.randomElement(using: &generator) ?? ""
            default:
                ["0", "1", "2", "16", "-1", "13.5", "301", "65536", "x", "2026-01-01T00:00:00Z"].randomElement(
                    using: &generator) ?? ""
            }
        }
        let count = Int.random(in: 0...row.arguments.count, using: &generator)
        if Bool.random(using: &generator) {
            let words = row.words + row.arguments.prefix(count).map(value)
            let filter = ["", "", " | grep a", " | head 3", " | count"].randomElement(using: &generator) ?? ""
            return Array((words.joined(separator: " ") + filter + "\r").utf8)
        }
        let members = row.arguments.prefix(count).map { argument in
            let text = value(argument)
            return "\"\(argument.machineName)\":" + (Int(text) != nil ? text : "\"\(text)\"")
        }
        let id = Int.random(in: 0...9, using: &generator)
        let request = "{\"id\":\(id),\"cmd\":\"\(row.machineName)\",\"args\":{\(members.joined(separator: ","))}}"
        return Array((Bool.random(using: &generator) ? TestShell.summed(request) : request + "\n").utf8)
    }

    /// The line with a few bytes changed, added, lost, or moved to another place.
    private static func damaged(_ line: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = line
        for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0...4, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
            case 3: bytes.swapAt(index, Int.random(in: bytes.indices, using: &generator))
            default: bytes += bytes[index...]
            }
        }
        return bytes
    }

    @Test(
        "lines: nothing crashes it, a stranger changes nothing, and each change was put on record first",
        arguments: 1...2)
    func lines(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var changes = 0
        for start in stride(from: 0, to: Self.inputs / 2, by: Self.round) {
            let desk = FixedDesk()
            let isStranger = start / Self.round % 2 == 0
            var shell = TestShell(desk, role: isStranger ? nil : .vendor)
            for _ in 0..<Self.round {
                let line = Self.damaged(Self.line(&generator), &generator)
                _ = shell.type(line.map { .byte($0) })
                // Ids are free again after a minute.
                _ = shell.pass(.seconds(7))
            }
            let entries = desk.diary.entries
            for (index, entry) in entries.enumerated() {
                guard case .change(let change) = entry else { continue }
                changes += 1
                if index > 0, case .record(let record) = entries[index - 1], record.outcome == .begun { continue }
                Issue.record("seed \(seed), from input \(start): \(change) without a record before it")
            }
            #expect(!isStranger || desk.diary.changes.isEmpty, "seed \(seed), from input \(start)")
        }
        // Else nothing was tried.
        #expect(changes > Self.inputs / 4_000, "seed \(seed)")
    }

    @Test("certificates: what can be read says the same when written, and only the true one is signed")
    func certificates() throws {
        var generator = SeededGenerator(seed: 3)
        let whole = try TestTechnician().certificate().encoded()
        var read = 0
        for number in 0..<Self.inputs {
            let bytes = Self.damaged(whole, &generator)
            guard let certificate = try? TechnicianCertificate(decoding: bytes) else { continue }
            read += 1
            #expect(certificate.encoded() == bytes, "input \(number)")
            // A signature takes long; the ones that nobody made are of one kind.
            if read % 16 == 0 { #expect(certificate.isSigned(by: TestTechnician.authorityKey) == (bytes == whole)) }
        }
        #expect(read > Self.inputs / 20)
    }

    @Test("challenges and answers: what can be read says the same when written")
    func answers() throws {
        var generator = SeededGenerator(seed: 4)
        let technician = TestTechnician()
        let challenge = LoginChallenge(
            device: DeviceID(hashing: [1]), boot: BootID(exactly: Array(repeating: 9, count: 16)), nonce: Array(0..<32),
            time: 7, epoch: 8)
        let answer = try LoginAnswer(
            to: challenge, role: .service, certificate: try technician.certificate(), key: technician.key
        ).encoded()
        for number in 0..<Self.inputs {
            let asked = Self.damaged(challenge.encoded(), &generator)
            if let read = try? LoginChallenge(decoding: asked) { #expect(read.encoded() == asked, "input \(number)") }
            let given = Self.damaged(answer, &generator)
            if let read = try? LoginAnswer(decoding: given) { #expect(read.encoded() == given, "input \(number)") }
        }
    }
}
