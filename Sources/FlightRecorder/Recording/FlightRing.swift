// What needs more than one thread. A controller without an operating system has no such thing, and only replays.
#if !hasFeature(Embedded)
    import ChargeControl
    import Quantities
    import Synchronization

    /// The bits of a segment's state; above them stands the number of its bytes that are whole.
    enum SegmentState {
        static var writing: UInt64 { @_noLocks get { 1 } }
        static var reading: UInt64 { @_noLocks get { 2 } }
        static var countShift: UInt64 { @_noLocks get { 2 } }
    }

    /// The memory of a recorder: a ring of segments that one thread writes and any other may dump, neither waiting for the
    /// other.
    ///
    /// Invariants. `states[i]` holds two flags and the number of bytes of segment i that are whole. Only the writer sets
    /// `writing`, and only on a segment that nobody reads; only a dump sets `reading`. The writer puts bytes behind the
    /// number alone, and raises the number (release) when they are whole; a dump copies bytes below the number alone. So no
    /// byte is written and read at once, and a writer that finds the next segment being read takes the one after it.
    public final class FlightRing: @unchecked Sendable {
        /// What stands at the head of its dumps.
        public let header: FlightHeader
        /// How many segments there are.
        public let segments: Int
        /// The bytes of a segment.
        public let segmentSize: Int
        let memory: UnsafeMutableRawPointer
        let states: UnsafeMutablePointer<Atomic<UInt64>>
        /// Who copies segments comes one after another: a segment is marked as read once, not counted.
        let dumping = Mutex(())

        /// A ring for one connector.
        ///
        /// - Parameters:
        ///   - segments: how many segments it has, at least 3: one that is written, one that is dumped, one more.
        ///   - segmentSize: the bytes of each; a key frame and an entry must fit.
        public init(header: FlightHeader, segments: Int = 32, segmentSize: Int = 65_536) {
            invariant(segments >= 3, "a ring has a segment to write, one to dump and one more")
            invariant(
                segmentSize >= SegmentHeader.size + MemoryLayout<ChargeController>.size + EntryEncoder.mostBytes,
                "a segment holds a key frame and an entry")
            self.header = header
            self.segments = segments
            self.segmentSize = segmentSize
            memory = .allocate(byteCount: segments * segmentSize, alignment: 16)
            // Every page is there before the first period.
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: segments * segmentSize)
            states = .allocate(capacity: segments)
            for index in 0..<segments { (states + index).initialize(to: Atomic(0)) }
        }

        deinit {
            states.deinitialize(count: segments)
            states.deallocate()
            memory.deallocate()
        }

        /// Everything that is recorded now, as a file. From any thread; it allocates and takes its time.
        public func dump() -> [UInt8] {
            dumping.withLock { _ in
                let copies = newestRun(copySegments())
                var bytes = header.encode(segments: copies.count)
                bytes.reserveCapacity(bytes.count + copies.reduce(0) { $0 + $1.bytes.count + 8 })
                for copy in copies {
                    let start = bytes.count
                    bytes.appendLittleEndian(UInt64(copy.bytes.count), size: 4)
                    bytes += copy.bytes
                    bytes.appendChecksum(from: start)
                }
                return bytes
            }
        }

        struct Copy {
            let number: UInt32
            let bytes: [UInt8]
            /// Whether it was still being written; nothing that came after it belongs to the dump.
            let isOpen: Bool
        }

        func copySegments() -> [Copy] {
            var copies: [Copy] = []
            for index in 0..<segments {
                let before = states[index].bitwiseOr(SegmentState.reading, ordering: .acquiringAndReleasing).oldValue
                let count = Int(before >> SegmentState.countShift)
                if count > 0 {
                    let bytes = [UInt8](
                        UnsafeRawBufferPointer(start: memory + index * segmentSize, count: count))
                    var reader = ByteReader(bytes, from: 0, to: bytes.count)
                    if let header = SegmentHeader(&reader) {
                        copies.append(
                            Copy(number: header.number, bytes: bytes, isOpen: before & SegmentState.writing != 0))
                    }
                }
                states[index].bitwiseAnd(~SegmentState.reading, ordering: .releasing)
            }
            return copies
        }

        /// The newest segments without a hole between them. While the copies were made the writer went on: a segment copied
        /// half ends the run, and one that was overwritten begins it later.
        func newestRun(_ copies: [Copy]) -> [Copy] {
            let sorted = copies.sorted { $0.number < $1.number }
            let end = (sorted.firstIndex { $0.isOpen }).map { $0 + 1 } ?? sorted.count
            var start = max(end - 1, 0)
            while start > 0, sorted[start].number == sorted[start - 1].number + 1 { start -= 1 }
            return Array(sorted[start..<end])
        }
    }
#endif
