import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("The updater's wire")
struct UpdaterWireTests {
    private static let state = ActivationRequest(
        isSessionOpen: false, isContactorClosed: nil, isCarConnected: true, isTestPending: nil, areTicksDurable: true,
        holding: [.outputsOff, .punctual], countsLateness: false, overriddenBy: "R. Low")
    private static let requests: [UpdaterRequest] = [
        .status, .begin(nil), .begin(ContentHash(hashing: [1])), .put([1, 2, 3], at: 4_711), .stage,
        .activate(state, standing: .proved), .activate(state, standing: .notProved),
        .activate(state, standing: .overridden(by: "R. Low")), .confirm(.b), .abandon,
        .activate(state, standing: .proved, of: ContentHash(hashing: [2])), .confirmSystem, .abandonSystem,
        .restart(state), .technicians,
    ]

    private static func replies() throws -> [UpdaterReply] {
        let record = try BootRecord(factory: image(1, counter: 5), rootVersion: 7)
            .staging(image(2, counter: 6)).verifyingStaged().activating(tries: 2)
        return [
            .status(UpdaterStatus(record: record, transfer: nil, confirmSeconds: 60)),
            .status(
                UpdaterStatus(
                    record: record, transfer: TransferProgress(next: 9, length: nil, isWhole: false),
                    confirmSeconds: nil)),
            .status(
                UpdaterStatus(
                    record: record, transfer: nil, confirmSeconds: nil,
                    system: SystemStatus(
                        standing: .installing(percent: 40, step: "Updating slots"), counterFloor: 7,
                        candidate: SystemRecord.Candidate(image: image(3, counter: 8), confirmSeconds: 90),
                        excused: .networkUp,
                        outcome: SystemRecord.Outcome(.notInstalled, version: "2026.1", words: "no room")))),
            .status(
                UpdaterStatus(
                    record: record, transfer: nil, confirmSeconds: nil,
                    system: SystemStatus(standing: .unknown("no reply"), counterFloor: 0, candidate: nil))),
            .status(
                UpdaterStatus(
                    record: record, transfer: nil, confirmSeconds: nil,
                    technicians: RootTechnicians(rootVersion: 3, epoch: 4, authorities: nil))),
            .status(
                UpdaterStatus(
                    record: record, transfer: nil, confirmSeconds: nil,
                    technicians: RootTechnicians(
                        rootVersion: 3, epoch: 4,
                        authorities: (0..<16).map { [UInt8](repeating: $0, count: 32) }))),
            .status(
                UpdaterStatus(
                    record: record, transfer: nil, confirmSeconds: nil,
                    technicians: RootTechnicians(rootVersion: 3, epoch: 4, authorities: []))),
            .transfer(TransferProgress(next: 1 << 40, length: 1 << 41, isWhole: false)),
            .transfer(TransferProgress(next: 5, length: 5, isWhole: true)),
            .refused(UpdaterRefusal(step: .counter, words: "too old", next: nil)),
            .refused(UpdaterRefusal(step: nil, words: "elsewhere", next: 640)),
        ]
    }

    @Test("what goes in comes out")
    func roundTrip() throws {
        for request in Self.requests { #expect(try UpdaterRequest(decoding: request.encoded()) == request) }
        for reply in try Self.replies() { #expect(try UpdaterReply(decoding: reply.encoded()) == reply) }
    }

    @Test("a message has one form: whatever is changed in it is refused, or is another message")
    func strict() throws {
        for packet in Self.requests.map({ $0.encoded() }) {
            for bit in 0..<packet.count * 8 {
                var changed = packet
                changed[bit / 8] ^= 1 << (bit % 8)
                guard let read = try? UpdaterRequest(decoding: changed) else { continue }
                #expect(read.encoded() == changed, "\(read)")
            }
            for count in 0..<packet.count {
                #expect(throws: CBORError.self) { try UpdaterRequest(decoding: Array(packet.prefix(count))) }
            }
            #expect(throws: CBORError.self) { try UpdaterRequest(decoding: packet + [0]) }
        }
        for reply in try Self.replies().suffix(4) {
            let packet = reply.encoded()
            for bit in 0..<packet.count * 8 {
                var changed = packet
                changed[bit / 8] ^= 1 << (bit % 8)
                guard let read = try? UpdaterReply(decoding: changed) else { continue }
                #expect(read.encoded() == changed, "\(read)")
            }
        }
    }

    @Test("bounds: a piece of a transfer, and a refusal's words, which are made printable")
    func bounds() throws {
        let most = [UInt8](repeating: 7, count: UpdaterRequest.mostPiece)
        #expect(try UpdaterRequest(decoding: UpdaterRequest.put(most, at: 0).encoded()) == .put(most, at: 0))
        #expect(throws: CBORError.self) {
            try UpdaterRequest(decoding: UpdaterRequest.put(most + [7], at: 0).encoded())
        }
        #expect(throws: CBORError.self) { try UpdaterRequest(decoding: UpdaterRequest.put([], at: 0).encoded()) }
        let words = "\u{1B}[2J" + String(repeating: "ä", count: 3_000)
        guard
            case .refused(let refusal) = try UpdaterReply(
                decoding: UpdaterReply.refused(UpdaterRefusal(step: nil, words: words)).encoded())
        else {
            Issue.record("a refusal is a refusal")
            return
        }
        #expect(refusal.words.hasPrefix("?[2Jä") && refusal.words.utf8.count <= 2_048)
    }
}
