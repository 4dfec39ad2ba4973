import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Changes of the slots")
struct BootRecordTransitionTests {
    /// Every change that the record allows, by name. Three images, of counters below, at and above each other.
    static func changes(of record: BootRecord) -> [(name: String, next: BootRecord)] {
        var found: [(String, BootRecord)] = []
        func add(_ name: String, _ body: () throws(FirmwareUpdateError) -> BootRecord) {
            do throws(FirmwareUpdateError) { found.append((name, try body())) } catch {}
        }
        add("clear") { () throws(FirmwareUpdateError) in try record.clearingInactive() }
        for number in UInt8(1)...3 {
            add("stage \(number)") { () throws(FirmwareUpdateError) in
                try record.staging(image(number, counter: UInt32(number)))
            }
        }
        add("verify") { () throws(FirmwareUpdateError) in try record.verifyingStaged() }
        add("activate") { () throws(FirmwareUpdateError) in try record.activating(tries: 2) }
        add("confirm") { () throws(FirmwareUpdateError) in try record.confirming() }
        add("abandon") { () throws(FirmwareUpdateError) in try record.abandoningTrial() }
        for slot in Slot.allCases {
            add("bad \(slot.name)") { () throws(FirmwareUpdateError) in
                try record.markingBad(slot, isOtherConfirmed: true)
            }
            add("bad \(slot.name), alone") { () throws(FirmwareUpdateError) in
                try record.markingBad(slot, isOtherConfirmed: false)
            }
        }
        add("fall back") { () throws(FirmwareUpdateError) in try record.fallingBack(tries: 2) }
        add("floor") { () throws(FirmwareUpdateError) in try record.raisingFloor() }
        if let plan = try? record.bootPlan() {
            switch plan {
            case .tryOut(_, let next): found.append(("try", next))
            case .start(_, let next?), .rescue(let next?): found.append(("try", next))
            case .start, .rescue: break
            }
        }
        return found
    }

    /// Every record that can be reached from the factory, by every sequence of changes, generations left out.
    static let reachable: [BootRecord] = {
        var seen: Set<BootRecord> = []
        var open = [BootRecord(factory: image(1, counter: 1), rootVersion: 1)]
        while let record = open.popLast() {
            for (_, next) in changes(of: record) {
                var normal = next
                normal.generation = 1
                normal.lastReason = .factory
                // Their order says nothing of slots; a test of its own has them.
                normal.failed = []
                if seen.insert(normal).inserted { open.append(normal) }
            }
        }
        return Array(seen)
    }()

    /// Whether the active image's counter lies above the floor.
    private static func isAboveFloor(_ record: BootRecord) -> Bool {
        guard case .bootable(let image) = record[record.active] else { return false }
        return image.securityCounter > record.counterFloor
    }

    @Test("in every record that can be reached, the invariants hold and every change keeps its promise")
    func exhaustive() throws {
        #expect(Self.reachable.count > 200)
        for record in Self.reachable {
            #expect(record.brokenInvariant == nil)
            for (name, next) in Self.changes(of: record) {
                #expect(next.generation == record.generation + 1, "\(name) from \(record)")
                #expect(next.counterFloor >= record.counterFloor, "\(name) from \(record)")
                let beginsTrial = name == "activate" || name == "fall back"
                #expect(next.triesLeft <= record.triesLeft || beginsTrial, "\(name) from \(record)")
                // The floor follows the active image, and only a confirmation puts one there that lies above it.
                if name != "floor" { #expect(next.counterFloor == record.counterFloor, "\(name) from \(record)") }
                if Self.isAboveFloor(next), !Self.isAboveFloor(record) {
                    #expect(name == "confirm", "\(name) from \(record)")
                }
                if name.hasPrefix("stage") || name == "clear" || name == "verify" {
                    #expect(
                        next[record.active] == record[record.active] && next.active == record.active,
                        "\(name) from \(record)")
                }
                if next.active != record.active {
                    // Only a confirmed trial, or a broken active slot, changes what starts by default.
                    #expect(name == "confirm" || record[record.active] != next[record.active], "\(name) from \(record)")
                    guard case .bootable = next[next.active] else {
                        Issue.record("\(name) from \(record)")
                        continue
                    }
                }
                // A bad image comes back only by staging it anew.
                for slot in Slot.allCases {
                    if case .bad = record[slot], name != "clear" {
                        #expect(next[slot] == record[slot], "\(name) from \(record)")
                    }
                }
                // Below the floor nothing is staged or tried.
                if name.hasPrefix("stage"), let image = next[next.inactive].image {
                    #expect(image.securityCounter >= record.counterFloor, "\(name) from \(record)")
                }
            }
        }
    }

    @Test("in every record, starting comes to an end: a trial is started as often as it has tries, then given up")
    func crashLoop() throws {
        for record in Self.reachable {
            var current = record
            var starts = 0
            loop: for _ in 0..<10 {
                switch try current.bootPlan() {
                case .tryOut(let slot, let next):
                    #expect(slot == record.trial)
                    #expect(next.triesLeft == current.triesLeft - 1)
                    starts += 1
                    current = next
                case .start(let slot, let next):
                    #expect(slot == record.active)
                    if let next {
                        guard let trial = record.trial, case .bad = next[trial] else {
                            Issue.record("a spent trial is not marked")
                            return
                        }
                    }
                    break loop
                case .rescue:
                    guard case .bad = record[record.active] else {
                        Issue.record("rescue with a bootable slot")
                        return
                    }
                    break loop
                }
            }
            #expect(starts == Int(record.triesLeft))
        }
    }

    /// The record behind the next start.
    static func started(_ record: BootRecord) throws -> BootRecord {
        switch try record.bootPlan() {
        case .tryOut(_, let next): next
        case .start(_, let next): next ?? record
        case .rescue(let next): next ?? record
        }
    }

    @Test("an image that spent its tries is never staged again, of the newest sixteen; one that rotted is")
    func failed() throws {
        var record = BootRecord(factory: image(0, counter: 1), rootVersion: 1)
        for number in UInt8(1)...18 {
            record = try record.clearingInactive().staging(image(number, counter: 1)).verifyingStaged()
                .activating(tries: 1)
            for _ in 0..<2 { record = try Self.started(record) }
            #expect(record.failed.last == image(number, counter: 1).manifest)
            #expect(try BootRecord(decoding: record.encoded()[...]) == record)
        }
        #expect(record.failed == (UInt8(3)...18).map { image($0, counter: 1).manifest })
        let empty = try record.clearingInactive()
        for number in UInt8(3)...18 {
            let refused = image(number, counter: 1)
            #expect(
                refusal { () throws(FirmwareUpdateError) in try empty.staging(refused) }
                    == .alreadyBad(refused.manifest)
            )
        }
        let rotten = try empty.staging(image(1, counter: 1)).verifyingStaged().activating(tries: 3)
            .markingBad(.b, isOtherConfirmed: false)
        #expect(rotten.failed == record.failed)
        let again = try rotten.clearingInactive().staging(image(1, counter: 1)).verifyingStaged().activating(tries: 1)
        // One that fails a second time is the newest, and stands there once.
        let last = try Self.started(Self.started(again))
        #expect(last.failed == record.failed.dropFirst() + [image(1, counter: 1).manifest])
    }

    @Test("the way of an update: stage, verify, try, confirm, floor")
    func update() throws {
        var record = BootRecord(factory: image(1, counter: 1), rootVersion: 1)
        #expect(refusal { () throws(FirmwareUpdateError) in try record.activating() } != nil)
        record = try record.staging(image(2, counter: 2))
        #expect(refusal { () throws(FirmwareUpdateError) in try record.activating() } != nil, "not yet read back")
        record = try record.verifyingStaged().activating(tries: 3)
        #expect(record.active == .a && record.trial == .b)
        #expect(refusal { () throws(FirmwareUpdateError) in try record.clearingInactive() } != nil, "under trial")
        #expect(refusal { () throws(FirmwareUpdateError) in try record.raisingFloor() } != nil, "not yet confirmed")
        guard case .tryOut(.b, let tried) = try record.bootPlan() else {
            Issue.record("no try")
            return
        }
        record = try tried.confirming()
        #expect(record.active == .b && record.trial == nil && record.triesLeft == 0 && record.isFloorDue)
        // The way back stands open until the floor is raised.
        #expect(throws: Never.self) { try record.activating() }
        record = try record.raisingFloor()
        #expect(record.counterFloor == 2 && !record.isFloorDue)
        #expect(
            refusal { () throws(FirmwareUpdateError) in try record.activating() } == .rolledBack(floor: 2, found: 1))
        record = try record.clearingInactive()
        #expect(
            refusal { () throws(FirmwareUpdateError) in try record.staging(image(1, counter: 1)) }
                == .rolledBack(floor: 2, found: 1))
    }

    @Test("a damaged active slot hands over to the other, as far as the floor allows")
    func damagedActive() throws {
        let both = try BootRecord(factory: image(1, counter: 1), rootVersion: 1).staging(image(2, counter: 2))
            .verifyingStaged().activating().confirming()
        #expect(try both.markingBad(.b, isOtherConfirmed: true).active == .a)
        #expect(try both.markingBad(.b, isOtherConfirmed: false).active == .b)
        let floored = try both.raisingFloor()
        let bad = try floored.markingBad(.b, isOtherConfirmed: true)
        #expect(bad.active == .b)
        #expect(try bad.bootPlan() == .rescue(afterWriting: nil))
        // A technician can still bring it back: stage into the other slot and try it.
        let mended = try bad.clearingInactive().staging(image(3, counter: 3)).verifyingStaged().activating()
        guard case .tryOut(.a, let tried) = try mended.bootPlan() else {
            Issue.record("no try")
            return
        }
        #expect(try tried.confirming().active == .a)
    }

    @Test("an image above the floor never takes over: it is tried, and the floor follows its confirmation alone")
    func unconfirmed() throws {
        let staged = try BootRecord(factory: image(1, counter: 4), rootVersion: 1).staging(image(2, counter: 9))
            .verifyingStaged()
        #expect(refusal { () throws(FirmwareUpdateError) in try staged.fallingBack() } != nil, "slot a is whole")
        for isOtherConfirmed in [true, false] {
            let bad = try staged.markingBad(.a, isOtherConfirmed: isOtherConfirmed)
            #expect(bad.active == .a && !bad.isFloorDue)
            #expect(try bad.bootPlan() == .rescue(afterWriting: nil))
            for tries: UInt8 in [0, 11] {
                #expect(refusal { () throws(FirmwareUpdateError) in try bad.fallingBack(tries: tries) } != nil)
            }
            let trial = try bad.fallingBack(tries: 2)
            #expect(trial.trial == .b && trial.triesLeft == 1 && trial.lastReason == .tried)
            #expect(trial.excused == .ifBefore)
            #expect(trial.counterFloor == 4 && !trial.isFloorDue)
            #expect(try BootRecord(decoding: trial.encoded()[...]) == trial)
            let confirmed = try trial.confirming()
            #expect(confirmed.active == .b)
            #expect(try confirmed.raisingFloor().counterFloor == 9)
            let last = try Self.started(trial)
            #expect(last.trial == .b && last.triesLeft == 0)
            guard case .rescue(let spent?) = try last.bootPlan(), case .bad = spent.b else {
                Issue.record("a trial without a way back goes on for ever: \(last)")
                return
            }
            #expect(spent.trial == nil && spent.counterFloor == 4)
        }
    }

    @Test("roots never go back; tries are bounded; versions are plain")
    func bounds() throws {
        let record = BootRecord(factory: image(1, counter: 1), rootVersion: 1)
        #expect(try record.raisingRoot(to: 2).rootVersion == 2)
        #expect(try record.raisingRoot(to: 4).rootVersion == 4)
        for version: UInt32 in [0, 1] {
            #expect(throws: FirmwareUpdateError.self) { try record.raisingRoot(to: version) }
        }
        let last = BootRecord(factory: image(1, counter: 1), rootVersion: .max)
        #expect(throws: FirmwareUpdateError.self) { try last.raisingRoot(to: 0) }
        let ready = try record.staging(image(2, counter: 2)).verifyingStaged()
        for tries: UInt8 in [0, 11] { #expect(throws: FirmwareUpdateError.self) { try ready.activating(tries: tries) } }
        for version in ["", "1 0", "é", String(repeating: "1", count: 33)] {
            var strange = image(2, counter: 2)
            strange.version = version
            #expect(throws: FirmwareUpdateError.self) { try record.staging(strange) }
        }
    }
}
