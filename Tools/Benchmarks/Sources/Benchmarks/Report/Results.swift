/// What a run of benchmarks came to.
struct Results {
    let machine: Machine
    /// Those that were asked for, in their order.
    let benchmarks: [Benchmark]
    var figures: [Figure] = []
    /// Benchmarks that came to no figure, and why: one that fails takes nothing from the others.
    var failures: [(name: String, reason: String)] = []
}
