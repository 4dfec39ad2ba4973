import FlightRecorder
import FlightSamples
import Glibc

/// `flight-sample FILE SEED PERIODS`: writes a flight recording of a random drive from its start.
@main
enum Sample {
    static func main() {
        let words = CommandLine.arguments
        guard words.count == 4, let seed = UInt64(words[2]), let periods = Int(words[3]), periods > 0 else {
            fail("usage: flight-sample FILE SEED PERIODS")
        }
        do throws(SampleError) {
            try write(drive(seed: seed, periods: periods), to: words[1])
        } catch {
            fail("flight-sample: \(error)")
        }
    }

    private static func drive(seed: UInt64, periods: Int) throws(SampleError) -> [UInt8] {
        do {
            var recorded = try RecordedDrive(seed: seed)
            recorded.run(periods)
            return recorded.ring.dump()
        } catch {
            throw .drive("\(error)")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SampleError) {
        let file = fopen(path, "wb")
        guard let file else { throw .file(path: path, errno: errno) }
        let count = fwrite(bytes, 1, bytes.count, file)
        let closed = fclose(file)
        guard count == bytes.count, closed == 0 else { throw .file(path: path, errno: errno) }
    }

    private static func fail(_ line: String) -> Never {
        let bytes = Array("\(line)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        exit(1)
    }
}

/// Why no recording was written.
enum SampleError: Error, CustomStringConvertible {
    case drive(String)
    case file(path: String, errno: Int32)

    var description: String {
        switch self {
        case .drive(let reason): reason
        case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
        }
    }
}
