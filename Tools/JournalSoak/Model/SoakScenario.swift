public import RecordSamples

/// A scripted life, ended after each of its operations, by a kill or by power cuts, with and without the signer's memory; and
/// for each of these, the life behind it ended after each of its first operations too.
public struct SoakScenario: Sendable {
    /// A combination that broke an invariant.
    public struct Failure: Error, Sendable {
        public let words: String
    }

    /// How far into the second life it is stopped: beyond its recovery and its first records.
    static let secondStops = 24

    let seed: UInt64
    let sample: SampleDevice

    public init(seed: UInt64, sample: SampleDevice) {
        self.seed = seed
        self.sample = sample
    }

    /// Runs every so-manieth first stop.
    public func run(part: Int, of parts: Int) -> Result<SoakTally, Failure> {
        var tally = SoakTally()
        var whole = SoakHistory(seed: seed, sample: sample, script: [])
        do { _ = try whole.run() } catch { return .failure(Failure(words: "without a crash: \(error.words)")) }
        for stop in 1...whole.operations where stop % parts == part {
            for way in 0..<6 {
                let first = SoakHistory.Crash(stop: stop, isKill: way < 2, forgetsSigner: way % 2 == 1)
                if let failure = run([first], into: &tally) { return .failure(failure) }
            }
            for second in 1...SoakScenario.secondStops {
                for way in 0..<4 {
                    let script = [
                        SoakHistory.Crash(stop: stop, isKill: way == 0, forgetsSigner: way == 1),
                        SoakHistory.Crash(stop: second, isKill: way == 2, forgetsSigner: way == 3),
                    ]
                    if let failure = run(script, into: &tally) { return .failure(failure) }
                }
            }
        }
        return .success(tally)
    }

    private func run(_ script: [SoakHistory.Crash], into tally: inout SoakTally) -> Failure? {
        var history = SoakHistory(seed: seed, sample: sample, script: script)
        do { tally.add(try history.run()) } catch { return Failure(words: "\(script): \(error.words)") }
        return nil
    }
}
