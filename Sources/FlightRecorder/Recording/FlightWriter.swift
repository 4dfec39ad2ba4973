#if !hasFeature(Embedded)
    public import ChargeControl
    public import Quantities
    import Synchronization

    /// The control thread's side of a recorder: two calls a period, `keep` before the step and `note` after it. Neither waits,
    /// locks or allocates.
    public struct FlightWriter: ~Copyable {
        private let ring: FlightRing
        private let memory: UnsafeMutableRawPointer
        private let states: UnsafeMutablePointer<Atomic<UInt64>>
        private let segments: Int
        private let segmentSize: Int
        private var encoder = EntryEncoder()
        /// The segment that is written, -1 before the first.
        private var index = -1
        private var used = 0
        private var nextNumber: UInt32 = 0
        private var nextEntry: UInt64 = 0

        /// A writer for a ring; the only one that the ring ever has. Its first step is the first of the controller that the
        /// ring's header describes.
        public init(_ ring: FlightRing) {
            self.ring = ring
            memory = ring.memory
            states = ring.states
            segments = ring.segments
            segmentSize = ring.segmentSize
        }

        /// Keeps the controller as it is before its step, where a segment begins here; else it costs one comparison.
        @_noLocks
        public mutating func keep(_ controller: borrowing ChargeController, at now: MonotonicInstant) {
            if index >= 0, segmentSize - used >= EntryEncoder.mostBytes { return }
            begin(controller, at: now)
        }

        /// Records the step that was made after the last `keep`.
        @_noLocks
        public mutating func note(_ input: ControlInput, _ output: ControlOutput, at now: MonotonicInstant) {
            // Not in the call itself: what it would capture holds a counted reference.
            let isKept = index >= 0
            invariant(isKept, "a controller is kept before its first step is noted")
            let start = memory + (index * segmentSize + used)
            let count = encoder.encode(
                input, output, at: now, into: start.assumingMemoryBound(to: UInt8.self))
            used += count
            nextEntry += 1
            (states + index).pointee.wrappingAdd(UInt64(count) << SegmentState.countShift, ordering: .releasing)
        }

        @_noLocks
        private mutating func begin(_ controller: borrowing ChargeController, at now: MonotonicInstant) {
            if index >= 0 { (states + index).pointee.bitwiseAnd(~SegmentState.writing, ordering: .releasing) }
            takeSegment()
            let segment = memory + index * segmentSize
            // The first of all needs no controller: it begins from the header.
            let size = nextNumber == 0 ? 0 : MemoryLayout<ChargeController>.size
            SegmentHeader(
                number: nextNumber, controllerBytes: UInt32(truncatingIfNeeded: size), firstEntry: nextEntry,
                base: now.nanoseconds
            ).store(to: segment)
            if size > 0 {
                segment.storeBytes(of: copy controller, toByteOffset: SegmentHeader.size, as: ChargeController.self)
            }
            used = SegmentHeader.size + size
            nextNumber += 1
            encoder.begin(at: now)
            (states + index).pointee.wrappingAdd(UInt64(used) << SegmentState.countShift, ordering: .releasing)
        }

        /// Empties the next segment that nobody reads; a dump reads one at a time, so the second try succeeds at the latest.
        @_noLocks
        private mutating func takeSegment() {
            while true {
                index = index + 1 == segments ? 0 : index + 1
                let state = (states + index).pointee.load(ordering: .acquiring)
                if state & SegmentState.reading != 0 { continue }
                let (isTaken, _) = (states + index).pointee.compareExchange(
                    expected: state, desired: SegmentState.writing, ordering: .acquiringAndReleasing)
                if isTaken { return }
            }
        }
    }
#endif
