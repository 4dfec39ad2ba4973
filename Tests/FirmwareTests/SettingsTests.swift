import Journal
import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// What technicians set to stay: in force when it is durable, and on trial no longer than its time, the firmware and the power.
@Suite("Settings that stay")
struct SettingsTests {
    private let asked = Asked()

    /// What the control thread was asked for.
    private final class Asked: Sendable {
        let all = Mutex<[ControlRequest]>([])
        func take() -> [ControlRequest] {
            all.withLock { all in
                defer { all = [] }
                return all
            }
        }
    }

    private func keeper(_ disk: CuttableDisk, connectors: Int = 2) throws -> SettingsKeeper {
        try SettingsKeeper(disk.store, connectors: connectors) { [asked] request in
            asked.all.withLock { $0.append(request) }
            return true
        }
    }

    private static let limit = SettingValues.Change.limit(Milliamps(9_500), connector: 1)
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test("staged values are in force with their commit alone, at the control thread too, and after a restart")
    func commit() throws {
        let disk = CuttableDisk()
        let keeper = try keeper(disk)
        #expect(asked.take().isEmpty)
        try keeper.change { $0.stage(Self.limit) }
        try keeper.change { $0.stage(.outOfService(true, connector: 2)) }
        #expect(asked.take().isEmpty && disk.state.withLock { $0.writes } == 0)
        try keeper.change { (state) throws(SettingsState.Refusal) in
            try state.commit(trialFor: nil, by: "A", at: Self.start)
        }
        let requests: [ControlRequest] = [
            .limit(Milliamps(9_500), by: .settings, connector: 1), .stop(true, by: .settings, connector: 2),
        ]
        #expect(asked.take() == requests)
        let again = try self.keeper(disk)
        #expect(asked.take() == requests && again.now.current == keeper.now.current && again.endedTrial == nil)
        // Another board: what is no longer there is left out, what is new has nothing set.
        #expect(try self.keeper(disk, connectors: 1).now.current.outlets == [.init(limit: Milliamps(9_500))])
        #expect(try self.keeper(disk, connectors: 3).now.current.outlets[2] == .init())
    }

    @Test("on trial: confirmed it stays; without a word, at a restart, or taken back, what was before is in force")
    func trial() throws {
        func onTrial(_ disk: CuttableDisk) throws -> SettingsKeeper {
            let keeper = try keeper(disk)
            try keeper.change { $0.stage(Self.limit) }
            try keeper.change { (state) throws(SettingsState.Refusal) in
                try state.commit(trialFor: .seconds(60), by: "ab Ada", at: Self.start)
            }
            #expect(asked.take() == [.limit(Milliamps(9_500), by: .settings, connector: 1)])
            return keeper
        }
        let none = SettingValues(connectors: 2)
        let back: [ControlRequest] = [.limit(nil, by: .settings, connector: 1)]

        let confirmed = CuttableDisk()
        let first = try onTrial(confirmed)
        try first.change { (state) throws(SettingsState.Refusal) in try state.confirm() }
        #expect(try first.expire(at: Self.start + .seconds(61)) == nil)
        #expect(try keeper(confirmed).now.current.outlets[0].limit == Milliamps(9_500))
        _ = asked.take()

        let silent = CuttableDisk()
        let second = try onTrial(silent)
        #expect(try second.expire(at: Self.start + .milliseconds(59_999)) == nil)
        #expect(try second.expire(at: Self.start + .seconds(60)) == "ab Ada")
        #expect(asked.take() == back && second.now.current == none && second.now.candidate == none)
        #expect(try second.expire(at: Self.start + .seconds(99)) == nil)
        #expect(try keeper(silent).now.current == none)

        let cut = CuttableDisk()
        _ = try onTrial(cut)
        let third = try keeper(cut)
        #expect(third.now.current == none && third.endedTrial == "ab Ada" && asked.take().isEmpty)
        #expect(try keeper(cut).endedTrial == nil, "it is told once")

        let taken = CuttableDisk()
        let fourth = try onTrial(taken)
        try fourth.change { (state) throws(SettingsState.Refusal) in try state.rollBack() }
        #expect(asked.take() == back && fourth.now.current == none)
    }

    @Test("a power cut at each write, before it or behind it, leaves confirmed values, or the ones before")
    func powerCuts() throws {
        for write in 1...4 {
            for isDurable in [false, true] {
                let disk = CuttableDisk()
                disk.state.withLock { $0.cut = (write, isDurable) }
                var mayStand: [Int32?] = [nil]
                script: do {
                    let keeper = try keeper(disk)
                    // Committed, then another on trial, confirmed, and a third on trial that expires.
                    try keeper.change { $0.stage(.limit(Milliamps(10_000), connector: 1)) }
                    mayStand = [nil, 10_000]
                    try keeper.change { (state) throws(SettingsState.Refusal) in
                        try state.commit(trialFor: nil, by: "A", at: Self.start)
                    }
                    mayStand = [10_000]
                    try keeper.change { $0.stage(.limit(Milliamps(11_000), connector: 1)) }
                    try keeper.change { (state) throws(SettingsState.Refusal) in
                        try state.commit(trialFor: .seconds(10), by: "A", at: Self.start)
                    }
                    mayStand = [10_000, 11_000]
                    try keeper.change { (state) throws(SettingsState.Refusal) in try state.confirm() }
                    mayStand = [11_000]
                    try keeper.change { $0.stage(.limit(Milliamps(12_000), connector: 1)) }
                    try keeper.change { (state) throws(SettingsState.Refusal) in
                        try state.commit(trialFor: .seconds(10), by: "A", at: Self.start)
                    }
                    Issue.record("write \(write) was never made")
                } catch SettingsKeeper.ChangeFailure.notKept {
                    break script
                }
                disk.powerUp()
                let found = try keeper(disk).now.current.outlets[0].limit?.rawValue
                #expect(mayStand.contains(found), "write \(write), durable \(isDurable): \(String(describing: found))")
                // And the start itself may be cut as it takes a trial back.
                #expect(try keeper(disk).now.current.outlets[0].limit?.rawValue == found)
            }
        }
    }

    @Test("a value that cannot be kept is not in force; a trial that cannot be ended on the disk ends all the same")
    func brokenDisk() throws {
        let disk = CuttableDisk()
        let keeper = try keeper(disk)
        try keeper.change { $0.stage(Self.limit) }
        disk.state.withLock { $0.isDead = true }
        #expect(throws: SettingsKeeper.ChangeFailure.self) {
            try keeper.change { (state) throws(SettingsState.Refusal) in
                try state.commit(trialFor: nil, by: "A", at: Self.start)
            }
        }
        #expect(asked.take().isEmpty && keeper.now.current == SettingValues(connectors: 2))
        disk.powerUp()
        try keeper.change { (state) throws(SettingsState.Refusal) in
            try state.commit(trialFor: .seconds(10), by: "A", at: Self.start)
        }
        _ = asked.take()
        disk.state.withLock { $0.isDead = true }
        #expect(throws: SettingsKeeper.ChangeFailure.self) { try keeper.expire(at: Self.start + .seconds(10)) }
        #expect(asked.take() == [.limit(nil, by: .settings, connector: 1)])
        disk.powerUp()
        #expect(try self.keeper(disk).now.current == SettingValues(connectors: 2))
    }

    @Test("what there is nothing to do for is refused")
    func refusals() throws {
        var state = SettingsState(SettingValues(connectors: 1))
        #expect(throws: SettingsState.Refusal.nothingStaged) {
            try state.commit(trialFor: nil, by: "A", at: Self.start)
        }
        #expect(throws: SettingsState.Refusal.nothingOnTrial) { try state.confirm() }
        #expect(throws: SettingsState.Refusal.nothingOnTrial) { try state.rollBack() }
        state.stage(Self.limit)
        try state.rollBack()
        #expect(state.candidate == state.current)
        state.stage(Self.limit)
        try state.commit(trialFor: .seconds(1), by: "A", at: Self.start)
        state.stage(.limit(nil, connector: 0))
        #expect(throws: SettingsState.Refusal.onTrial) {
            try state.commit(trialFor: nil, by: "A", at: Self.start)
        }
    }

    @Test(
        "a file that is none of ours, or was cut, stops the start: nobody knows then what was wanted",
        arguments: [
            "", "wattseal-settings/1\n", "wattseal-settings/1\n1 9500 in\n", "wattseal-settings/2\n1 - in\nend\n",
            "wattseal-settings/1\n1 9500\nend\n", "wattseal-settings/1\n1 -5 in\nend\n",
            "wattseal-settings/1\n1 80001 in\nend\n", "wattseal-settings/1\n0 - in\nend\n",
            "wattseal-settings/1\n1 - maybe\nend\n", "wattseal-settings/1\n1 - in\nend",
        ])
    func foreign(text: String) {
        let disk = CuttableDisk()
        disk.state.withLock { $0.text = text }
        #expect(throws: FirmwareError.self) { try keeper(disk) }
    }

    @Test("what is kept reads back as it was, with and without a trial, for whatever values")
    func roundTrip() throws {
        for (limit, isOut) in [(nil, false), (0, true), (80_000, false), (6_000, true)] as [(Int32?, Bool)] {
            var state = SettingsState(SettingValues(connectors: 2))
            state.stage(.limit(limit.map { Milliamps($0) }, connector: 2))
            state.stage(.outOfService(isOut, connector: 1))
            if state.candidate != state.current { try state.commit(trialFor: nil, by: "A", at: Self.start) }
            let read = try #require(SettingsState.read(state.text, connectors: 2))
            #expect(read.state == state && read.endedTrial == nil)
        }
    }

    @Test("a trial that ends by itself is on record, under the technician who began it")
    func onRecord() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        let keeper = try keeper(CuttableDisk(), connectors: 1)
        rig.desk.settings = keeper
        let hash = ContentHash(hashing: [5])
        try keeper.change { $0.stage(Self.limit) }
        try keeper.change { (state) throws(SettingsState.Refusal) in
            try state.commit(trialFor: .zero, by: "\(hash.hex) Ada", at: SystemClock.now())
        }
        rig.desk.rest()
        let actions = try rig.desk.journal.records(of: .device, from: 1).compactMap { signed in
            if case .event(.technicianAction(let action)) = signed.record.body { action } else { nil }
        }
        #expect(actions.count == 1 && actions[0].technician == hash && actions[0].shell?.name == "Ada")
        #expect(actions[0].subject == "config rollback: not confirmed in time")
        rig.desk.rest()
        #expect(rig.desk.settings?.now.trial == nil)
    }

    @Test("the shell's desk: what stands in the way is told before it is tried, and what is asked for is done")
    func desk() throws {
        let board = StatusBoard(connectors: 2)
        let rig = try DeskRig()
        let whole = try ShellRig.desk(board, ShellRig.facts(rig), rig)
        #expect(whole.obstacle(to: .settings(.commit)) == "there are no settings yet")
        #expect(throws: ServiceShellError.self) { try whole.settings() }
        var reach = whole.reach
        reach.settings = try keeper(CuttableDisk())
        let desk = StatusDesk(board: board, parts: whole.parts, reach: reach)
        let ada = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .service)
        #expect(desk.obstacle(to: .settings(.commit)) != nil && desk.obstacle(to: .settings(.confirm)) != nil)
        #expect(
            desk.obstacle(to: .settings(.stageLimit(nil, connector: 3))) == "expected a connector from 1 to 2, got 3")
        #expect(throws: ServiceShellError.self) { try desk.carryOut(.settings(.confirm), by: ada) }
        try desk.carryOut(.settings(.stageLimit(Milliamps(9_500), connector: 1)), by: ada)
        try desk.carryOut(.settings(.stageService(isOut: true, connector: 0)), by: ada)
        #expect(desk.obstacle(to: .settings(.commit)) == nil)
        #expect(try desk.settings().staged.map(\.isOutOfService) == [true, true])
        #expect(try desk.settings().current.map(\.isOutOfService) == [false, false])
        try desk.carryOut(.settings(.tryFor(.seconds(60))), by: ada)
        #expect(desk.obstacle(to: .settings(.commit)) != nil && desk.obstacle(to: .settings(.confirm)) == nil)
        let left = try #require(try desk.settings().trialLeft)
        #expect(left > .seconds(50) && left <= .seconds(60))
        try desk.carryOut(.settings(.rollBack), by: ada)
        let after = try desk.settings()
        #expect(after.current.map(\.limit) == [nil, nil] && after.before == nil)
    }
}
