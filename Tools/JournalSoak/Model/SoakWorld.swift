import RecordSamples
import SignedRecords
import SimulatedDisk

/// What outlives a device's lives: its meter, its signer, the ledger, and what is known of its attempts.
struct SoakWorld {
    let sample: SampleDevice
    var random: SeededRandom
    var signer: SoakSigner
    var meter = SoakMeter()
    var ledger = SoakLedger()
    var book = SoakBook()
    var tally = SoakTally()
    /// The genesis record of this device's own signer.
    private(set) var genesis: SignedRecord?
    /// What was tried since the last opening; older attempts are disowned by it.
    private(set) var attempted: Set<RecordHash> = []

    init(sample: SampleDevice, seed: UInt64, isReal: Bool) {
        self.sample = sample
        random = SeededRandom(seed: seed)
        signer = SoakSigner(sample: sample, isReal: isReal)
    }

    mutating func attempt(_ records: [SignedRecord]) {
        for signed in records {
            attempted.insert(signed.hash)
            if case .genesis = signed.record.body { genesis = signed }
        }
    }

    /// A life has begun its epoch: what was tried before and is not here now never comes back by itself.
    mutating func disownAttempts() { attempted = [] }

    /// Looks at the disk without its reported errors: the judge's own reads are no operation of the device.
    func quietly<Answer>(_ disk: SimulatedDisk, _ look: () throws -> Answer) rethrows -> Answer {
        let faults = disk.readFaults
        disk.readFaults = [:]
        defer { disk.readFaults = faults }
        return try look()
    }
}
