#if !hasFeature(Embedded)
    public import ChargeControl
    public import Quantities
    internal import Synchronization

    extension FlightRing {
        /// Goes through the inputs of the newest steps, in order, without the pains that a dump takes over its bytes. From any
        /// thread.
        ///
        /// - Parameter moment: older steps are left out.
        public func forEachInput(
            since moment: MonotonicInstant, _ body: (ControlInput, MonotonicInstant) -> Void
        ) {
            let layout = EntryLayout()
            let copies = dumping.withLock { _ in newestRun(copySegments()) }
            for (index, copy) in copies.enumerated() {
                var reader = ByteReader(copy.bytes, from: 0, to: copy.bytes.count)
                guard let header = SegmentHeader(&reader), reader.skip(Int(header.controllerBytes)) else { return }
                if index + 1 < copies.count {
                    // All of it is older than the next one's first step.
                    let next = copies[index + 1]
                    var behind = ByteReader(next.bytes, from: 0, to: next.bytes.count)
                    if let base = SegmentHeader(&behind)?.base, base <= moment.nanoseconds { continue }
                }
                var decoder = EntryDecoder(layout, from: MonotonicInstant(nanoseconds: header.base))
                while !reader.isAtEnd {
                    // The writer's own bytes: what is no step is a defect of this firmware, and ends the walk.
                    do throws(FlightError) { try decoder.next(&reader) } catch { return }
                    if decoder.entry.now >= moment, let input = decoder.input() { body(input, decoder.entry.now) }
                }
            }
        }
    }
#endif
