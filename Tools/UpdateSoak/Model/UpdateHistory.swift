import FirmwareUpdate
import RecordSamples
import SimulatedFlash

/// A random life of a device: releases good and bad, roots, starts, trials that pass and fail, slots that rot, and up to five stops
/// anywhere.
public struct UpdateHistory {
    /// The most stops of one history.
    private static let mostStops = 5

    private let seed: UInt64
    private let maker: Maker
    private let device: UpdateDevice
    private var random: SeededRandom
    private let trace: ((String) -> Void)?
    public private(set) var tally = UpdateTally()

    /// - Parameter new: a device as it leaves the factory, which is copied.
    public init(seed: UInt64, maker: Maker, new: UpdateDevice, trace: ((String) -> Void)? = nil) {
        self.seed = seed
        self.maker = maker
        device = new.copy(seed: seed)
        random = SeededRandom(seed: seed)
        self.trace = trace
    }

    /// Runs it; throws the first broken invariant.
    public mutating func run() throws(SoakBreach) {
        tally.histories = 1
        var stopsLeft = Int(random.next() % UInt64(Self.mostStops + 1))
        for _ in 0..<24 {
            if stopsLeft > 0, random.oneIn(3) {
                stopsLeft -= 1
                device.flash.stop = device.flash.operations + 1 + Int(random.next() % 30)
            } else if random.oneIn(12) {
                device.flash.failures[device.flash.operations + 1 + Int(random.next() % 20)] = random.oneIn(2) ? 5 : 28
            }
            do {
                try step()
                if device.flash.isStopped { try restart() }
                if random.oneIn(10) { try restart() }
                try device.check()
            } catch {
                throw SoakBreach("\((error as? SoakBreach)?.words ?? "\(error)")")
            }
        }
        tally.operations = device.flash.operations
    }

    private mutating func restart() throws {
        let cut = random.oneIn(2)
        trace?(cut ? "power cut" : "kill")
        if cut { tally.cuts += 1 } else { tally.kills += 1 }
        try device.restart(cut: cut)
        try start()
    }

    private mutating func start() throws {
        try device.start()
        tally.starts += 1
    }

    /// One thing that a person or the charger does. What it refuses is no breach; what it says it did must be true.
    private mutating func step() throws {
        let pick = random.next() % 9
        do {
            switch pick {
            case 0, 1: try receive()
            case 2:
                try device.stage()
                tally.staged += 1
            case 3: try device.activate()
            case 4: try restart()
            case 5, 6: try confirm()
            case 7: try device.abandon()
            default:
                if random.oneIn(3) { try rot() } else { try rotate() }
            }
            trace?("\(pick): done")
        } catch let breach as SoakBreach {
            if !device.flash.isStopped { throw breach }
        } catch {
            tally.refusals += 1
            trace?("\(pick): \(error)")
        }
    }

    private mutating func receive() throws {
        guard !random.oneIn(4) else {
            let bad = maker.refused[Int(random.next() % UInt64(maker.refused.count))]
            try device.receive(bad, pieces: 9_000)
            throw SoakBreach("the inbox took \(bad.name)")
        }
        var release = maker.releases[Int(random.next() % UInt64(maker.releases.count))]
        let isBegun = try device.flash.status(of: "inbox/part") != nil
        // What came in whole before is not read again.
        if random.oneIn(6), try device.flash.status(of: "inbox/bundle") == nil { release = flipped(release) }
        try device.receive(release, pieces: 1 + Int(random.next() % 50_000))
        tally.received += 1
        let isOriginal = maker.releases.contains { $0.bundle == release.bundle }
        // A part that came before goes on, and its bytes are not read again: what then stands there, `check` looks at.
        guard isOriginal || isBegun else { throw SoakBreach("the inbox took a changed \(release.name)") }
    }

    /// The same with one bit changed, or a byte more or less.
    private mutating func flipped(_ release: Maker.Release) -> Maker.Release {
        var bundle = release.bundle
        switch random.next() % 3 {
        case 0: bundle[Int(random.next() % UInt64(bundle.count))] ^= 1 << UInt8(random.next() % 8)
        case 1: bundle.removeLast()
        default: bundle.append(0)
        }
        return Maker.Release(
            name: release.name, bundle: bundle, manifest: release.manifest, counter: release.counter,
            rootVersion: release.rootVersion, payload: release.payload)
    }

    private mutating func confirm() throws {
        guard let running = device.running, try device.updater.record().trial == running else { return }
        try device.confirm()
        tally.confirmed += 1
    }

    private mutating func rot() throws {
        let slot = random.oneIn(2) ? Slot.a : .b
        guard try device.rot(slot, byte: Int(random.next() % 66_000), bit: UInt8(random.next() % 8)) else { return }
        tally.rotten += 1
        trace?("slot \(slot.name) rots")
        if random.oneIn(2) { try restart() }
    }

    private mutating func rotate() throws {
        let root = maker.roots[Int(random.next() % UInt64(maker.roots.count))]
        try device.accept(root)
        tally.rotations += 1
    }
}
