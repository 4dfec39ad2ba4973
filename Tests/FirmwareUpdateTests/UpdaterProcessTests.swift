import Foundation
import Glibc
import PacketSockets
import Quantities
import SignedRecords
import SimulatedFlash
import Synchronization
import Testing
import UpdateSoak

@testable import FirmwareUpdate

@Suite("The updater process")
struct UpdaterProcessTests {
    private let bench: UpdaterBench

    init() throws { bench = try UpdaterBench() }

    /// Sends a bundle in pieces; the first refusal, or nil.
    private func refusal(of bundle: [UInt8], named manifest: ContentHash, by desk: inout UpdaterDesk) -> UpdaterRefusal?
    {
        if case .refused(let refusal) = desk.answer(.begin(manifest)) { return refusal }
        for start in stride(from: 0, to: bundle.count, by: 640) {
            let piece = Array(bundle[start..<min(start + 640, bundle.count)])
            if case .refused(let refusal) = desk.answer(.put(piece, at: UInt64(start))) { return refusal }
        }
        if case .refused(let refusal) = desk.answer(.stage) { return refusal }
        return nil
    }

    @Test("all the way, by requests: received, unpacked, activated, confirmed")
    func way() throws {
        var desk = bench.desk()
        let release = bench.maker.releases[3]
        #expect(refusal(of: release.bundle, named: release.manifest, by: &desk) == nil)
        #expect(try bench.record()[.b].image?.manifest == release.manifest)
        guard case .refused(let unproved) = desk.answer(.activate(UpdateDevice.idle, standing: .notProved)) else {
            Issue.record("activated without the ledger's proof")
            return
        }
        #expect(unproved.step == .activate)
        guard case .status(let status) = desk.answer(.activate(UpdateDevice.idle, standing: .proved)) else {
            Issue.record("not activated")
            return
        }
        #expect(status.record.trial == .b && status.confirmSeconds == 60 && status.transfer == nil)
        guard case .refused = desk.answer(.confirm(.a)) else {
            Issue.record("a slot confirmed that is not on trial")
            return
        }
        guard case .status(let confirmed) = desk.answer(.confirm(.b)) else {
            Issue.record("not confirmed")
            return
        }
        #expect(confirmed.record.active == .b && confirmed.record.counterFloor == 5)
        // The way back is barred by the floor, and a trial that is none cannot be given up.
        guard case .refused = desk.answer(.activate(UpdateDevice.idle, standing: .proved)),
            case .refused = desk.answer(.abandon)
        else {
            Issue.record("below the floor")
            return
        }
    }

    @Test("a trial is given up on request")
    func abandoned() throws {
        var desk = bench.desk()
        #expect(refusal(of: bench.maker.releases[0].bundle, named: bench.maker.releases[0].manifest, by: &desk) == nil)
        _ = desk.answer(.activate(UpdateDevice.idle, standing: .overridden(by: "R. Low")))
        #expect(try bench.record().trial == .b)
        guard case .status(let status) = desk.answer(.abandon) else {
            Issue.record("not given up")
            return
        }
        #expect(status.record.trial == nil && status.record.active == .a)
    }

    enum Attack: CaseIterable {
        case downgrade, strangeSignature, otherBoard, otherRevision, truncated, extended, reordered, flippedPayload
        case flippedManifest, flippedSignature, anotherName
    }

    @Test("whatever is no release for this device changes no slot and no record", arguments: Attack.allCases)
    func attack(_ attack: Attack) throws {
        let good = bench.maker.releases[0]
        var (bundle, name) = (good.bundle, good.manifest)
        var desk = bench.desk()
        let header = try BundleEnvelope.headerEnd(preamble: Array(bundle.prefix(14)))
        var step: VerifyStep?
        switch attack {
        case .downgrade:
            (bundle, name, step) = (bench.maker.refused[0].bundle, bench.maker.refused[0].manifest, .counter)
        case .strangeSignature:
            (bundle, name, step) = (bench.maker.refused[1].bundle, bench.maker.refused[1].manifest, .signatures)
        case .otherBoard: (desk, step) = (bench.desk("board-b"), .device)
        case .otherRevision: (desk, step) = (bench.desk(revision: 4), .device)
        case .truncated: bundle.removeLast()
        case .extended:
            bundle.append(0)
            step = .payload
        case .reordered:
            // The two chunks change places; they differ in length, so their bytes do.
            let payload = Array(bundle[header...])
            let cut = Int(BundleEnvelope.chunkLength)
            bundle = Array(bundle[..<header])
            bundle += payload[cut...]
            bundle += payload[..<cut]
            step = .chunk
        case .flippedPayload:
            bundle[header + 100] ^= 4
            step = .chunk
        case .flippedManifest: bundle[40] ^= 1
        case .flippedSignature:
            bundle[try #require(try BundleFront(prefix: bundle)).length - 5] ^= 1
            step = .signatures
        case .anotherName: name = bench.maker.releases[1].manifest
        }
        let before = try bench.record()
        let found = refusal(of: bundle, named: name, by: &desk)
        if attack == .anotherName {
            // The name only says what may be gone on with.
            #expect(found == nil)
            return
        }
        #expect(found != nil)
        if let step { #expect(found?.step == step, "\(String(describing: found))") }
        let after = try bench.record()
        #expect(after[.a] == before[.a] && after[.b] == before[.b] && after.active == .a && after.trial == nil)
        #expect(try bench.flash.status(of: Inbox.bundle) == nil)
    }

    @Test("pieces out of order say where it goes on; a new process finds the place by hashing")
    func places() throws {
        var desk = bench.desk()
        let release = bench.maker.releases[0]
        #expect(
            desk.answer(.put([1], at: 0))
                == .refused(
                    UpdaterRefusal(
                        step: .format, words: "step 1, format: expected the beginning of a transfer, found none")))
        _ = desk.answer(.begin(release.manifest))
        let almost = UInt64(release.bundle.count - 1)
        _ = desk.answer(.put(Array(release.bundle.dropLast()), at: 0))
        guard case .refused(let refusal) = desk.answer(.put([1], at: 5)) else {
            Issue.record("a piece from elsewhere was taken")
            return
        }
        #expect(refusal.next == almost)
        guard case .status(let status) = desk.answer(.status) else {
            Issue.record("no status")
            return
        }
        #expect(status.transfer?.next == almost && status.transfer?.isWhole == false)
        // Only whole chunks are on the disk.
        var again = bench.desk()
        guard case .transfer(let progress) = again.answer(.begin(release.manifest)) else {
            Issue.record("no transfer")
            return
        }
        #expect(progress.next > 65_536 && progress.next < almost)
        _ = again.answer(.put(Array(release.bundle[Int(progress.next)...]), at: progress.next))
        guard case .status = again.answer(.stage) else {
            Issue.record("not unpacked")
            return
        }
        #expect(try bench.record()[.b].image?.manifest == release.manifest)
    }

    @Test("what the newest root says of technicians is told to who asks for that, and to nobody else")
    func technicians() throws {
        var desk = bench.desk()
        func told() -> RootTechnicians? {
            guard case .status(let status) = desk.answer(.technicians) else { return nil }
            return status.technicians
        }
        func add(_ version: UInt32, epoch: UInt32, threshold: Int, _ authorities: [[UInt8]]) throws {
            let root = try TrustRoot(
                version: version, expires: UTCMilliseconds(2_000_000_000_000), technicianEpoch: epoch,
                roles: [
                    .root: (threshold: 1, publicKeys: [try Maker.key(60).publicKeyBytes]),
                    .release: (threshold: 1, publicKeys: [try Maker.key(61).publicKeyBytes]),
                    .technicianAuthority: (threshold: threshold, publicKeys: authorities),
                ])
            let name = "root.\(version)"
            try bench.packaged.create(name, isExecutable: false)
            try bench.packaged.write(
                try SignedRoot(root).signed(by: try Maker.key(60)).encoded()[...], to: name, at: 0)
        }
        #expect(told() == RootTechnicians(rootVersion: 1, epoch: 1, authorities: nil))
        let (one, other) = (try Maker.key(62).publicKeyBytes, try Maker.key(63).publicKeyBytes)
        try add(2, epoch: 3, threshold: 1, [one])
        #expect(told() == RootTechnicians(rootVersion: 2, epoch: 3, authorities: [one]))
        // A certificate has one signature: where two are asked for, no certificate is one.
        try add(3, epoch: 3, threshold: 2, [one, other])
        #expect(told() == RootTechnicians(rootVersion: 3, epoch: 3, authorities: []))
        guard case .status(let status) = desk.answer(.status) else {
            Issue.record("no status")
            return
        }
        #expect(status.technicians == nil, "a daemon that does not know the field gets none")
    }

    @Test("what this device is comes from its own slot: without one, or with another manifest in it, nothing is taken")
    func identity() throws {
        var desk = bench.desk(system: 0)
        bench.flash.rot("a/release", byte: 40, bit: 0)
        guard case .refused(let refusal) = desk.answer(.begin(bench.maker.releases[0].manifest)) else {
            Issue.record("a damaged slot says what the device is")
            return
        }
        #expect(refusal.step == .device)
        #expect(throws: FirmwareUpdateError.self) { try UpdaterDesk.Board(line: "board-a") }
        #expect(throws: FirmwareUpdateError.self) { try UpdaterDesk.Board(line: "board-a two") }
        #expect(throws: FirmwareUpdateError.self) { try UpdaterDesk.Board(line: "") }
        #expect(try UpdaterDesk.Board(line: " board-a\t2 ") == UpdaterDesk.Board(id: "board-a", revision: 2))
    }
}

@Suite("The updater's socket")
struct UpdaterSocketTests {
    /// A server on a thread of its own, over a flash that nobody else touches.
    private final class Running {
        let path: String
        private let isStopped = Mutex(false)
        private var thread = pthread_t()

        private final class Start {
            let body: () -> Void
            init(_ body: @escaping () -> Void) { self.body = body }
        }

        init(_ path: String, _ maker: Maker, flash: SimulatedFlash) throws {
            self.path = path
            let desk = try UpdaterBench(maker, flash: flash).desk()
            let server = try UpdaterServer(desk, listeningAt: path, user: nil, log: { _ in })
            let start = Start { [unowned self] in try? server.run(until: { isStopped.withLock { $0 } }) }
            try #require(
                pthread_create(
                    &thread, nil,
                    {
                        if let start = $0 { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
                        return nil
                    }, Unmanaged.passRetained(start).toOpaque()) == 0)
        }

        func stop() {
            isStopped.withLock { $0 = true }
            pthread_join(thread, nil)
        }
    }

    private func path() -> String { NSTemporaryDirectory() + "updater-\(UInt32.random(in: 0 ... .max)).sock" }

    @Test("a transfer over the socket goes on when the updater was started anew between two pieces")
    func restart() throws {
        let maker = try Maker()
        let flash = try UpdateDevice(maker).flash
        let path = path()
        defer { unlink(path) }
        let client = UpdaterClient(path: path)
        #expect(throws: UpdaterFault.self) { try client.ask(.status, within: .seconds(1)) }
        let first = try Running(path, maker, flash: flash)
        let release = maker.releases[0]
        _ = try client.ask(.begin(release.manifest), within: .seconds(10))
        // All but the end: the first chunk is on the disk then.
        let end = release.bundle.count - 10
        _ = try client.ask(.put(Array(release.bundle[..<40_000]), at: 0), within: .seconds(10))
        _ = try client.ask(.put(Array(release.bundle[40_000..<end]), at: 40_000), within: .seconds(10))
        first.stop()
        let second = try Running(path, maker, flash: flash)
        defer { second.stop() }
        // The process that knew the transfer is gone: it begins again, where it was.
        guard case .refused = try client.ask(.put([1], at: UInt64(end)), within: .seconds(10)) else {
            Issue.record("a piece of a transfer that nobody began")
            return
        }
        guard case .transfer(let progress) = try client.ask(.begin(release.manifest), within: .seconds(10)) else {
            Issue.record("no transfer")
            return
        }
        #expect(progress.next > 65_536 && progress.next < UInt64(end))
        _ = try client.ask(.put(Array(release.bundle[Int(progress.next)...]), at: progress.next), within: .seconds(10))
        guard case .status(let status) = try client.ask(.stage, within: .seconds(30)) else {
            Issue.record("not unpacked")
            return
        }
        #expect(status.record[.b].image?.manifest == release.manifest)
    }

    @Test("what is no request is refused, and the next one is answered")
    func garbage() throws {
        let maker = try Maker()
        let path = path()
        defer { unlink(path) }
        let running = try Running(path, maker, flash: try UpdateDevice(maker).flash)
        defer { running.stop() }
        let deadline = Monotonic.nanoseconds() + 10_000_000_000
        let socket = try PacketSocket(connectingTo: path)
        for packet in [[0], [UInt8](repeating: 0xFF, count: 70), UpdaterWire.message(9, [])] {
            try socket.send(packet, before: deadline)
            guard case .refused = try UpdaterReply(decoding: socket.receive(maximum: 8_192, before: deadline)) else {
                Issue.record("\(packet) was taken")
                return
            }
        }
        guard case .status = try UpdaterClient(path: path).ask(.status, within: .seconds(10)) else {
            Issue.record("no status")
            return
        }
    }

    @Test("an updater that does not answer leaves the end unknown, and its late answer is nobody's")
    func silence() throws {
        let path = path()
        defer { unlink(path) }
        let listener = try PacketSocket.listening(at: path, mode: 0o600)
        let client = UpdaterClient(path: path)
        let fault = #expect(throws: UpdaterFault.self) { try client.ask(.stage, within: .milliseconds(50)) }
        guard case .unanswered = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        // The connection is given up: what comes over it now reaches no other question.
        let first = try listener.accepted()
        #expect(throws: PacketSocket.Fault.closed) {
            let deadline = Monotonic.nanoseconds() + 1_000_000_000
            _ = try first.receive(maximum: 8_192, before: deadline)
            _ = try first.receive(maximum: 8_192, before: deadline)
        }
    }
}
