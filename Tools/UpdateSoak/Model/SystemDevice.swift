public import FirmwareUpdate
import SignedRecords
public import SimulatedFlash

/// A charger whose operating system comes in images, on a disk that forgets, with an installer that remembers; and what must be true
/// of both.
public final class SystemDevice {
    public let flash: SimulatedFlash
    public let installer: SimulatedInstaller
    let maker: Maker
    private let packaged: SimulatedFlash
    private let first: ContentHash
    private var boots = 1
    /// The restarts of the machine that the updater has asked for.
    public private(set) var isRestartAsked = false

    // The oracle's memory.
    private var floor: UInt32 = 0
    private var confirmed: Set<ContentHash>

    /// A device with its first slot of firmware, and an operating system that came with it.
    public convenience init(_ maker: Maker) throws {
        let device = try UpdateDevice(maker)
        self.init(maker, flash: device.flash, packaged: device.packagedRoots, first: .zero, installer: nil)
    }

    private init(
        _ maker: Maker, flash: SimulatedFlash, packaged: SimulatedFlash, first: ContentHash,
        installer: SimulatedInstaller?
    ) {
        (self.maker, self.flash, self.packaged, self.first) = (maker, flash, packaged, first)
        confirmed = [first]
        let image: () -> [UInt8]? = { [flash] in try? flash.read(SystemFolder.image, at: 0, count: 1 << 24) }
        self.installer =
            installer.map { SimulatedInstaller($0, image: image) } ?? SimulatedInstaller(first: first, image: image)
    }

    /// The same device, new, on a copy of the disk with a seed of its own.
    public func copy(seed: UInt64) -> SystemDevice {
        SystemDevice(maker, flash: flash.copy(seed: seed), packaged: packaged, first: first, installer: installer)
    }

    public var access: SystemUpdates.Access {
        SystemUpdates.Access(installer: installer, bootID: "boot-\(boots)", imagePath: SystemFolder.image) {
            [unowned self] () throws(FirmwareUpdateError) in isRestartAsked = true
        }
    }

    /// What answers requests, new at each start of its process.
    public func desk() -> UpdaterDesk {
        UpdaterDesk(
            disk: flash, packagedRoots: packaged, board: UpdaterDesk.Board(id: "board-a", revision: 2),
            architecture: Maker.architecture, system: 0, installer: access, now: { nil })
    }

    public func record() throws -> SystemRecord { try SystemFolder(disk: flash).record() }

    /// The machine starts again.
    public func boot() {
        installer.boot()
        boots += 1
        isRestartAsked = false
    }

    /// The machine stops, by a kill of the updater or a power cut, and what is left is held against the promises.
    public func restart(cut: Bool) throws {
        if cut {
            flash.cutPower()
            boot()
        } else {
            flash.killProcess()
        }
        try check()
    }

    /// Asks, and turns a refusal into an error.
    @discardableResult
    func ask(_ desk: inout UpdaterDesk, _ request: UpdaterRequest) throws -> UpdaterReply {
        let reply = desk.answer(request)
        if case .refused(let refusal) = reply {
            if flash.isStopped { throw SoakBreach.stopped }
            throw SoakBreach("refused: \(refusal)")
        }
        return reply
    }

    /// How the image stands, for the desk that looks now.
    public func standing(_ desk: inout UpdaterDesk) throws -> SystemStanding {
        _ = desk.attend()
        guard case .status(let status) = try ask(&desk, .status) else { throw SoakBreach("no status") }
        return status.system?.standing ?? .none
    }

    /// From the inbox to the floor, from wherever a stop left it.
    public func update(to release: Maker.Release) throws {
        var desk = desk()
        for _ in 0..<60 {
            let record = try record()
            let isOver = record.failed.contains(release.manifest) || record.counterFloor == release.counter
            if record.phase == .none, isOver { return }
            switch try standing(&desk) {
            case .none:
                try ask(&desk, .begin(release.manifest))
                try send(release, &desk)
                try ask(&desk, .stage)
            case .staged:
                try ask(&desk, .activate(UpdateDevice.idle, standing: .proved, of: release.manifest))
            case .installing: continue
            case .restartDue:
                try ask(&desk, .restart(UpdateDevice.idle))
                guard isRestartAsked else { throw SoakBreach("a restart was promised, and not asked for") }
                // An orderly end of the machine leaves nothing in its memory.
                flash.cutPower()
                boot()
                desk = self.desk()
            case .onTrial:
                confirmed.insert(ContentHash(hashing: release.payload))
                try ask(&desk, .confirmSystem)
                floor = max(floor, release.counter)
            case .unknown(let reason): throw SoakBreach("not known: \(reason)")
            }
        }
        throw SoakBreach("it does not come to its end: \(try record())")
    }

    private func send(_ release: Maker.Release, _ desk: inout UpdaterDesk) throws {
        guard case .transfer(let place) = try ask(&desk, .begin(release.manifest)) else {
            throw SoakBreach("no transfer")
        }
        var offset = Int(place.next)
        while offset < release.bundle.count {
            let piece = Array(release.bundle[offset..<min(offset + 50_000, release.bundle.count)])
            try ask(&desk, .put(piece, at: UInt64(offset)))
            offset += piece.count
        }
    }

    /// What must hold whatever stopped.
    public func check() throws {
        let record = try record()
        guard record.counterFloor >= floor else { throw SoakBreach("the floor went down") }
        floor = max(floor, record.counterFloor)
        if record.staged != nil {
            let bytes = try flash.read(SystemFolder.image, at: 0, count: 1 << 24)
            let release = maker.systems.first { $0.manifest == record.staged?.manifest }
            guard bytes == release?.payload else { throw SoakBreach("staged, and not whole") }
        }
        guard let content = installer.content else { throw SoakBreach("the machine runs from a half-written slot") }
        guard confirmed.contains(content) || record.transaction != nil else {
            throw SoakBreach("an image runs that is neither confirmed nor on trial")
        }
        if record.counterFloor > 0, !installer.isAnyGood(beside: first) {
            throw SoakBreach("a floor was raised by an image that the bootloader does not hold for good")
        }
    }

    /// Stops the way to a release at every operation of the disk, and lets it go on.
    public func stopEverywhere(every step: Int = 1, cuts: UInt64, second: Bool) throws -> Int {
        let release = maker.systems[0]
        let whole = copy(seed: 1)
        let before = whole.flash.operations
        try whole.update(to: release)
        let count = whole.flash.operations - before
        var runs = 0
        for stop in stride(from: 1, through: count, by: step) {
            for cut in 0...cuts {
                let seed = UInt64(stop) << 8 | cut
                let one = copy(seed: seed)
                do {
                    try one.attempt(release, stop: stop, cut: cut > 0)
                    if second {
                        try one.attempt(release, stop: 1 + (stop * 7 + Int(cut) * 13) % count, cut: cut != 1)
                    }
                    try one.update(to: release)
                    try one.restart(cut: cut > 0)
                    let record = try one.record()
                    guard record.counterFloor == release.counter, record.phase == .none, record.failed.isEmpty,
                        one.installer.content == ContentHash(hashing: release.payload)
                    else { throw SoakBreach("it did not come to its end: \(record)") }
                } catch {
                    let words = (error as? SoakBreach)?.words ?? "\(error)"
                    throw SoakBreach(
                        "operating system, stopped at operation \(stop) of \(count), seed \(seed): " + words)
                }
                runs += 1
            }
        }
        return runs
    }

    private func attempt(_ release: Maker.Release, stop: Int, cut: Bool) throws {
        flash.stop = flash.operations + stop
        do { try update(to: release) } catch  where flash.isStopped {}
        try restart(cut: cut)
    }
}

extension SimulatedInstaller {
    /// Whether a slot with another image than this one is held for good.
    func isAnyGood(beside first: ContentHash) -> Bool {
        slots.values.contains { $0.isGood && $0.content != first }
    }
}
