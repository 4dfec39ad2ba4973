/// What a run of benchmarks came to.
struct Results {
    let machine: Machine
    /// Those that were asked for, in their order.
    let benchmarks: [Benchmark]
    var figures: [Figure] = []
    /// What was left out of this run, and why: by benchmark.
    var omissions: [(name: String, reason: String)] = []
    /// Benchmarks that came to no figure, and why: one that fails takes nothing from the others.
    var failures: [(name: String, reason: String)] = []

    /// What this run does not answer: what was left out, and figures that were taken without what their aims suppose.
    var notMeasured: [(name: String, reason: String)] {
        omissions
            + figures.compactMap { figure in
                figure.lacks.map { (name: figure.name, reason: "verdict unknown: \($0)") }
            }
    }
}
