import CBaselines
import Glibc

/// Processors that a process may compute on.
struct ProcessorSet {
    private let numbers: [Int32]

    /// How many there are.
    var count: Int { numbers.count }

    /// Runs `body` with all threads of this process bound to so many of its processors, or to those that it has, and gives
    /// them back all of them.
    static func bound<Value>(to count: Int, _ body: (ProcessorSet) throws -> Value) throws -> Value {
        let all = try allowed()
        let some = ProcessorSet(numbers: Array(all.numbers.prefix(count)))
        let outcome = Result {
            try some.bind()
            return try body(some)
        }
        try all.bind()
        return try outcome.get()
    }

    private static func allowed() throws -> ProcessorSet {
        var numbers = [Int32](repeating: 0, count: 1_024)
        let found = baselines_processors(&numbers, Int32(numbers.count))
        guard found > 0 else { throw BenchmarkFailed("the processors of this process: errno \(-found)") }
        return ProcessorSet(numbers: Array(numbers.prefix(Int(found))))
    }

    private func bind() throws {
        let result = baselines_bind_process(numbers, Int32(numbers.count))
        guard result == 0 else { throw BenchmarkFailed("processors \(numbers): errno \(-result)") }
    }
}
