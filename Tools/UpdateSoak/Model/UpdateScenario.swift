import FirmwareUpdate
import SimulatedFlash

/// A way of an update, written so that it goes on from wherever a stop left it.
public enum UpdateScenario: CaseIterable, Sendable {
    /// Receive, stage, activate, try, confirm; the counter rises.
    case update
    /// The same, with two roots in the bundle.
    case updateWithRoots
    /// A trial that is never confirmed.
    case crashLoop
    /// A trial that is given up.
    case abandoned
    /// An update, then back to the image before.
    case wayBack
    /// The next root alone.
    case rotation
    /// The only slot rots, so that nothing starts; a release is brought all the same, tried and confirmed.
    case rescue

    /// Runs it to its end; throws where the machine stops, or an invariant breaks.
    public func run(_ device: UpdateDevice, maker: Maker) throws {
        switch self {
        case .update: try Self.update(device, to: maker.releases[1])
        case .updateWithRoots: try Self.update(device, to: maker.releases[3])
        case .crashLoop:
            try Self.bring(device, maker.releases[0])
            for _ in 0...Int(Maker.tries) { try device.start() }
        case .abandoned:
            try Self.bring(device, maker.releases[0])
            if try device.updater.record().trial != nil { try device.abandon() }
            try device.start()
        case .wayBack:
            if try !Self.isOnTheWayBack(device, maker) { try Self.update(device, to: maker.releases[0]) }
            if try !Self.isOnTheWayBack(device, maker) {
                // Stops may have cost either trial its tries.
                let record = try device.updater.record()
                if case .bad = record[record.inactive] { return }
                try device.activate()
            }
            try device.start()
            if let running = device.running, running == (try device.updater.record().trial) { try device.confirm() }
        case .rotation:
            for root in maker.roots.dropFirst() where root.root.version > (try device.updater.record().rootVersion) {
                // A cut may have come between the file and the record.
                do { try device.accept(root) } catch FirmwareUpdateError.root(.version) { continue }
            }
        case .rescue:
            if try device.updater.record()[.b] == .empty { _ = try device.rot(.a, byte: 5, bit: 0) }
            try device.start()
            try Self.update(device, to: maker.releases[1])
        }
    }

    /// Whether the first image is on trial again, behind the release that had taken its place.
    private static func isOnTheWayBack(_ device: UpdateDevice, _ maker: Maker) throws -> Bool {
        let record = try device.updater.record()
        return record.trial != nil && record[record.active].image?.manifest == maker.releases[0].manifest
    }

    /// Brings a release on trial, as far as that still has to be done.
    private static func bring(_ device: UpdateDevice, _ release: Maker.Release) throws {
        for _ in 0..<4 {
            let record = try device.updater.record()
            if record.trial != nil || record[record.active].image?.manifest == release.manifest { return }
            if case .bad = record[record.inactive] { return }
            if case .bootable(let image) = record[record.inactive], image.manifest == release.manifest {
                try device.activate()
                continue
            }
            try device.receive(release, pieces: 40_000)
            try device.stage()
        }
    }

    private static func update(_ device: UpdateDevice, to release: Maker.Release) throws {
        for _ in 0...2 * Int(Maker.tries) {
            try bring(device, release)
            try device.start()
            let record = try device.updater.record()
            if record[record.active].image?.manifest == release.manifest { return }
            if let running = device.running, running == record.trial { return try device.confirm() }
            if case .bad = record[record.inactive] { return }
        }
    }

    /// Stops the scenario at every operation that it makes, by a kill and by power cuts, holds what is left against the promises, and
    /// lets it go on; `second` stops it once more at some operation of what follows.
    public func stopEverywhere(from device: UpdateDevice, maker: Maker, every step: Int = 1, cuts: UInt64, second: Bool)
        throws -> Int
    {
        let whole = device.copy(seed: 1)
        let before = whole.flash.operations
        try run(whole, maker: maker)
        try whole.restart(cut: true)
        let count = whole.flash.operations - before
        var runs = 0
        for stop in stride(from: 1, through: count, by: step) {
            for cut in 0...cuts {
                let seed = UInt64(stop) << 8 | cut
                let one = device.copy(seed: seed)
                do {
                    try attempt(one, stop: stop, cut: cut > 0, maker)
                    if second { try attempt(one, stop: 1 + (stop * 7 + Int(cut) * 13) % count, cut: cut != 1, maker) }
                    try run(one, maker: maker)
                    try one.restart(cut: cut > 0)
                    try expectEnd(one, maker)
                } catch {
                    let words = (error as? SoakBreach)?.words ?? "\(error)"
                    throw SoakBreach("\(self), stopped at operation \(stop) of \(count), seed \(seed): \(words)")
                }
                runs += 1
            }
        }
        return runs
    }

    private func attempt(_ device: UpdateDevice, stop: Int, cut: Bool, _ maker: Maker) throws {
        device.flash.stop = device.flash.operations + stop
        do { try run(device, maker: maker) } catch  where device.flash.isStopped {}
        try device.restart(cut: cut)
    }

    /// Where the scenario must have come to. A trial may have lost its tries to the stops.
    private func expectEnd(_ device: UpdateDevice, _ maker: Maker) throws {
        let record = try device.updater.record()
        let active = record[record.active].image?.manifest
        let wasSpent = if case .bad = record[record.inactive] { record.trial == nil } else { false }
        let reached: Bool =
            switch self {
            case .update, .rescue: wasSpent || active == maker.releases[1].manifest && record.counterFloor == 3
            case .updateWithRoots: wasSpent || active == maker.releases[3].manifest && record.rootVersion == 3
            case .crashLoop, .abandoned: active == maker.first.manifest && record.trial == nil
            case .wayBack: wasSpent || active == maker.first.manifest && record.trial == nil
            case .rotation: device.newestRoot == 3
            }
        guard reached else { throw SoakBreach("it did not come to its end: \(record)") }
    }
}
