import ChargeControl
import Quantities

/// A recording that was dumped to bytes, checked whole: every checksum, every length, every number in order.
public struct FlightRecording: Sendable {
    /// What stands at its head.
    public let header: FlightHeader
    let bytes: [UInt8]
    let segments: [Segment]

    /// A segment's place in the bytes.
    struct Segment: Sendable {
        let header: SegmentHeader
        /// Where its controller's bytes begin, and where its entries do.
        let controller: Int
        let entries: Int
        let end: Int
    }

    /// Takes in a dump.
    ///
    /// - Throws: why it is refused, with the offset.
    public init(_ bytes: [UInt8]) throws(FlightError) {
        var reader = ByteReader(bytes, from: 0, to: bytes.count)
        let (header, count) = try FlightHeader.decode(&reader)
        var segments: [Segment] = []
        for _ in 0..<count {
            let segment = try Self.segment(&reader, controllerSize: header.controllerSize)
            if let last = segments.last {
                guard segment.header.number == last.header.number &+ 1,
                    segment.header.firstEntry > last.header.firstEntry
                else { throw .malformed(offset: segment.controller - SegmentHeader.size) }
            }
            segments.append(segment)
        }
        guard reader.isAtEnd else { throw .trailingBytes(offset: reader.offset) }
        self.header = header
        self.bytes = bytes
        self.segments = segments
    }

    private static func segment(
        _ reader: inout ByteReader, controllerSize: UInt32
    ) throws(FlightError) -> Segment {
        let start = reader.offset
        let length = try reader.takeCount()
        let begin = reader.offset
        guard reader.skip(length) else { throw .truncated(offset: reader.end) }
        let end = reader.offset
        try reader.checkChecksum(from: start)
        var inner = ByteReader(reader.bytes, from: begin, to: end)
        guard let header = SegmentHeader(&inner) else { throw .malformed(offset: begin) }
        let isFirst = header.number == 0
        let controller = inner.offset
        guard header.controllerBytes == (isFirst ? 0 : controllerSize),
            header.controllerBytes <= UInt32(end - controller),
            inner.skip(Int(header.controllerBytes))
        else {
            throw .malformed(offset: begin)
        }
        return Segment(header: header, controller: controller, entries: inner.offset, end: end)
    }

    /// Whether it holds the controller's very first step; then it replays on any build and any architecture.
    public var isFromTheStart: Bool { segments.isEmpty || segments[0].header.number == 0 }

    /// The controller before the first recorded step.
    ///
    /// - Parameter firmware: the firmware that replays.
    /// - Throws: `otherFirmware`, `otherController` where the recording begins in mid-life and is not this firmware's.
    func controller(for firmware: VersionText) throws(FlightError) -> ChargeController {
        guard !isFromTheStart else { return header.beginning.controller() }
        guard header.firmware == firmware else { throw .otherFirmware(found: header.firmware) }
        let size = MemoryLayout<ChargeController>.size
        guard header.controllerSize == UInt32(size) else {
            throw .otherController(expected: UInt32(size), found: header.controllerSize)
        }
        var controller = header.beginning.controller()
        let start = segments[0].controller
        // The bytes of a value without pointers, of the same firmware.
        withUnsafeMutableBytes(of: &controller) { target in
            for index in 0..<size { target[index] = bytes[start + index] }
        }
        return controller
    }
}
