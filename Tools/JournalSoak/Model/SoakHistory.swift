import Journal
public import RecordSamples
import SignedRecords
import SimulatedDisk

/// One random history: several lives of a device on one disk, each ended by a kill or a power cut at a random operation.
///
/// Faults of both classes are drawn in each. Until the disk has lied once the rules of class 1 hold: nothing published is
/// lost or changed, no number is left out or comes twice, nothing comes that was disowned, and the meter's register is the
/// sum of what the records sold. After a lie: all that still holds, or the journal refuses and names the place, or it is one
/// of the two stated exceptions.
public struct SoakHistory {
    /// What ended a history early, without a breach.
    enum Close: Error {
        case named
        case exception
    }

    /// How a life of a scripted history ends, instead of by chance.
    public struct Crash: Sendable {
        /// After how many operations of the disk.
        let stop: Int
        let isKill: Bool
        let forgetsSigner: Bool
    }

    let seed: UInt64
    /// The crashes of a scripted history; `nil` in a random one.
    let script: [Crash]?
    let configuration: JournalConfiguration
    let isDeterministic: Bool
    let trace: ((String) -> Void)?
    var world: SoakWorld
    let disk: SimulatedDisk
    var faults: SoakFaults
    /// How many lies there were when the life before this one began.
    var liesBefore = (old: 0, new: 0)
    /// What rotted since the last opening that went through.
    var rots: [SoakFaults.Rot] = []
    /// Of the life that ended last: how many records its last write held, if no anchor covers them.
    var uncovered = 0

    public init(
        seed: UInt64, sample: SampleDevice, script: [Crash]? = nil, trace: ((String) -> Void)? = nil
    ) {
        self.seed = seed
        self.script = script
        self.trace = trace
        var random = SeededRandom(seed: seed)
        let slots = random.oneIn(2) ? 32 : 64
        configuration = JournalConfiguration(segmentBytes: slots * 512, maximumSegments: 3 + Int(random.next() % 2))
        isDeterministic = random.oneIn(2)
        disk = SimulatedDisk(seed: random.next())
        faults = SoakFaults(random: SeededRandom(seed: random.next()))
        world = SoakWorld(sample: sample, seed: random.next(), isReal: seed.isMultiple(of: 64))
    }

    /// Runs the history. Throws `SoakBreach` where an invariant did not hold.
    public mutating func run() throws(SoakBreach) -> SoakTally {
        world.tally.histories = 1
        do {
            let lives = script.map { UInt64($0.count) } ?? 3 + world.random.next() % 5
            for number in 1..<UInt32(lives) + 1 { try life(number, isLast: false) }
            try life(UInt32(lives) + 1, isLast: true)
            if isLying { world.tally.harmless += 1 }
        } catch let breach as SoakBreach {
            throw breach
        } catch is Close {
            trace?("ended")
        } catch {
            throw SoakBreach("an error that no one expects: \(error)")
        }
        if isLying { world.tally.classTwo += 1 } else { world.tally.classOne += 1 }
        return world.tally
    }

    /// How many operations of the disk the history took so far.
    public var operations: Int { disk.operations }

    /// Whether the device has lied in this history.
    var isLying: Bool { !disk.lies.isEmpty || faults.rots > 0 }

    private mutating func life(_ number: UInt32, isLast: Bool) throws {
        world.tally.lives += 1
        if isLast {
            faults.none(disk)
        } else if let script {
            faults.none(disk)
            disk.faults[disk.operations + script[Int(number) - 1].stop] = .stop
        } else {
            faults.draw(for: disk, segmentBytes: configuration.segmentBytes)
        }
        trace?(
            "life \(number): operation \(disk.operations), faults \(disk.faults.sorted { $0.key < $1.key }), read "
                + "\(disk.reads), fails \(disk.readFaults)")
        if let journal = try open(), !disk.isStopped {
            try judge(journal)
            world.disownAttempts()
            rots = []
            liesBefore = (liesBefore.new, disk.lies.count)
            let device = SoakDevice(
                disk: disk, journal: journal, life: number, isDeterministic: isDeterministic)
            try live(device, isLast: isLast)
            uncovered = device.isUncovered ? device.lastGroup : 0
        } else {
            if isLast { throw SoakBreach("the last opening was refused without a fault") }
        }
        if !isLast { crash(script?[Int(number) - 1]) }
    }

    private mutating func open() throws -> Journal? {
        do { return try Journal(opening: disk, configuration: configuration) } catch {
            trace?("opening: \(error)")
            if disk.isStopped { return nil }
            switch error {
            case .storage, .unreadable, .full:
                world.tally.refusedOpenings += 1
                return nil
            default: throw try ending(error)
            }
        }
    }

    /// What an error of the journal means for the history.
    private mutating func ending(_ error: JournalError) throws -> any Error {
        switch error {
        case .corrupt, .missingSegment, .keptRecords:
            guard isLying else { return SoakBreach("refused without a lie: \(error)") }
            world.tally.named += 1
            return Close.named
        default: return SoakBreach("threw \(error)")
        }
    }

    private mutating func live(_ device: SoakDevice, isLast: Bool) throws {
        do {
            try device.start(&world)
            for _ in 0..<(isLast && script?.isEmpty != true ? 6 : 40) {
                if disk.isStopped { return }
                try device.step(&world)
            }
            if isLast { try finish(device) }
        } catch let ending as SoakDevice.Ending {
            trace?("life ends: \(ending)")
            if case .shown(let words) = ending {
                guard isLying else { throw SoakBreach("without a lie: \(words)") }
                world.tally.named += 1
                throw Close.named
            }
            if isLast { throw SoakBreach("the last life was stopped without a fault") }
        } catch let error as JournalError {
            trace?("life ends: \(error)")
            if disk.isStopped { return }
            throw try ending(error)
        }
    }

    /// The end of all lives: what runs is ended, everything is read back, and the sums must hold.
    private mutating func finish(_ device: SoakDevice) throws {
        try device.end(.shutdown, &world)
        try device.journal.scrub()
        try judge(device.journal)
        guard !world.book.isOpen else { throw SoakBreach("a session is open by the records, and none by the device") }
        guard world.book.sold == world.meter.delivered else {
            throw SoakBreach("the meter delivered \(world.meter.delivered) mWh, the records say \(world.book.sold)")
        }
        if world.signer.isReal { try verify() }
    }

    /// Signatures and chain rules by the verifier, of all that was not pruned.
    private mutating func verify() throws {
        let reader = try JournalReader(storage: disk)
        if let corruption = reader.corruption { throw corruption }
        for chain in reader.chains {
            for signed in try reader.records(of: chain) {
                do { try signed.verify(ed25519: world.sample.publicKeys.ed25519, ledger: world.sample.ledger) } catch {
                    throw SoakBreach("\(chain)/\(signed.record.sequence): \(error)")
                }
            }
        }
    }

    private mutating func crash(_ crash: Crash?) {
        // The meter counts until the gate opens the coil.
        world.meter.flow(Int64(world.random.next() % 400_000))
        world.meter.isClosed = false
        let isKill = crash?.isKill ?? world.random.oneIn(4)
        trace?("\(isKill ? "kill" : "power cut") at operation \(disk.operations)")
        if isKill {
            disk.killProcess()
            world.tally.kills += 1
        } else {
            disk.cutPower()
            world.tally.cuts += 1
        }
        if crash?.forgetsSigner ?? world.random.oneIn(3) {
            world.signer.forget()
            world.tally.signerLosses += 1
        }
        if script == nil, let rot = faults.rot(disk) {
            rots.append(rot)
            trace?("rot: \(rot)")
        }
    }
}
