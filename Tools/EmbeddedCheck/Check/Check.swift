import ControlVectors
import FlightRecorder

// What `run.c` calls on each target: the same Swift as on the host, without a runtime, a heap of Swift's own, or Unicode.

/// Runs a file of vectors through the control core.
///
/// - Returns: how many lines are right; the first that is not goes to `failedLine`, 0 where all are.
@c(wattseal_check_vectors)
public func checkVectors(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ failedLine: UnsafeMutablePointer<Int32>
) -> Int32 {
    let verdict = ControlVectors.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    failedLine.pointee = Int32(verdict.failedLine)
    return Int32(verdict.passed)
}

/// Replays a flight recording from the start.
///
/// - Parameters:
///   - entry: is given the number of the first step whose output differs.
///   - field: room for 64 bytes; is given the first letters of the field that differs, and a zero.
/// - Returns: how many steps came to the same outputs; -1 where one did not, -2 where the recording is refused.
@c(wattseal_check_recording)
public func checkRecording(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ entry: UnsafeMutablePointer<Int64>,
    _ field: UnsafeMutablePointer<UInt8>
) -> Int64 {
    do throws(FlightError) {
        let recording = try FlightRecording(Array(UnsafeBufferPointer(start: bytes, count: count)))
        // Of no firmware: only what a recording from the start needs is there.
        let verdict = try FlightReplay.run(recording, firmware: VersionText([]))
        guard let difference = verdict.difference else { return Int64(verdict.entries) }
        entry.pointee = Int64(difference.entry)
        let name = difference.field.field
        let length = min(name.utf8CodeUnitCount, 63)
        for index in 0..<length { field[index] = name.utf8Start[index] }
        field[length] = 0
        return -1
    } catch {
        return -2
    }
}
