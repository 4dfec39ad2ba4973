/// The head of a segment, 24 bytes, little-endian (docs/flight-recording.md, "Segments"):
///
///     offset  size  what
///     0       4     number of the segment since the start, from 0
///     4       4     bytes of the controller that follow; 0 in the first of all
///     8       8     number of its first entry since the start, from 0
///     16      8     the moment that its first entry's time counts from, ns
struct SegmentHeader: Sendable, BitwiseCopyable, Equatable {
    var number: UInt32
    var controllerBytes: UInt32
    var firstEntry: UInt64
    var base: Int64

    static var size: Int { @_noLocks get { 24 } }

    /// Writes it.
    @_noLocks
    func store(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: number.littleEndian, toByteOffset: 0, as: UInt32.self)
        bytes.storeBytes(of: controllerBytes.littleEndian, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: firstEntry.littleEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: base.littleEndian, toByteOffset: 16, as: Int64.self)
    }

    @_noLocks
    init(number: UInt32, controllerBytes: UInt32, firstEntry: UInt64, base: Int64) {
        self.number = number
        self.controllerBytes = controllerBytes
        self.firstEntry = firstEntry
        self.base = base
    }

    /// Reads it, or answers `nil` where too few bytes are left.
    init?(_ reader: inout ByteReader) {
        guard let number = reader.littleEndian(4), let controllerBytes = reader.littleEndian(4),
            let firstEntry = reader.littleEndian(8), let base = reader.littleEndian(8)
        else { return nil }
        self.init(
            number: UInt32(truncatingIfNeeded: number), controllerBytes: UInt32(truncatingIfNeeded: controllerBytes),
            firstEntry: firstEntry, base: Int64(bitPattern: base))
    }
}
