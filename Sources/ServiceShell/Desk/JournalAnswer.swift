/// What the journal holds, and how far the ledger has acknowledged it.
public struct JournalAnswer: Equatable, Sendable, Reportable {
    /// One chain's ends.
    public struct Chain: Equatable, Sendable {
        /// 0 is the device's own, others are connectors.
        public var number: UInt32
        /// Number of the last durable record; 0 before the first.
        public var head: UInt64
        /// Number of the last record that a proof over the ledger's state acknowledges.
        public var acknowledged: UInt64

        public init(number: UInt32, head: UInt64, acknowledged: UInt64) {
            self.number = number
            self.head = head
            self.acknowledged = acknowledged
        }
    }

    public var chains: [Chain]
    /// Records written since the start.
    public var records: UInt64
    /// Bytes written since the start.
    public var bytes: UInt64
    /// Flushes since the start.
    public var flushes: UInt64
    /// Records that still fit before the sale must stop.
    public var freeRecords: UInt64
    /// Segments that can still be begun, and how often writing went on in a fresh one after the disk had failed.
    public var segmentsOfRoom: UInt64
    public var resumes: UInt64
    /// Bytes of the file system, and what of them is free for the firmware; `nil` where the system does not say.
    public var diskFree: UInt64?
    public var diskTotal: UInt64?
    /// The last storage error, where there was one.
    public var lastError: String?

    public init(
        chains: [Chain], records: UInt64, bytes: UInt64, flushes: UInt64, freeRecords: UInt64,
        segmentsOfRoom: UInt64 = 0, resumes: UInt64 = 0, diskFree: UInt64? = nil, diskTotal: UInt64? = nil,
        lastError: String? = nil
    ) {
        self.chains = chains
        self.records = records
        self.bytes = bytes
        self.flushes = flushes
        self.freeRecords = freeRecords
        self.segmentsOfRoom = segmentsOfRoom
        self.resumes = resumes
        self.diskFree = diskFree
        self.diskTotal = diskTotal
        self.lastError = lastError
    }

    var report: Report {
        var report = Report()
        report.add("records written", .count(records))
        report.add("bytes written", .count(bytes))
        report.add("flushes", .count(flushes))
        report.add("room for records", .count(freeRecords))
        report.add("room for segments", .count(segmentsOfRoom))
        report.add("resumed writing", .count(resumes))
        report.add("disk free bytes", .count(diskFree))
        report.add("disk bytes", .count(diskTotal))
        report.add("last error", lastError.map { .text($0) } ?? .nothing)
        report.add(
            "chains",
            .rows(
                chains.map { chain in
                    var row = Report()
                    row.add("chain", .count(UInt64(chain.number)))
                    row.add("head", .count(chain.head))
                    row.add("acknowledged", .count(chain.acknowledged))
                    row.add("waiting", .count(chain.head >= chain.acknowledged ? chain.head - chain.acknowledged : nil))
                    return row
                }))
        return report
    }
}
