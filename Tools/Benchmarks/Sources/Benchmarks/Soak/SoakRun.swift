import Glibc
import Quantities

/// A soak that runs, a day at a time; at the end of each its sums are held against one another and its memory is looked at.
struct SoakRun {
    private let length: SoakLength
    private let folder: SoakFolder
    private let site: SoakSite
    /// Bytes of the charger's process after each day, and of the ledger's.
    private var memory: [Double] = []
    private var ledgerMemory: [Double] = []

    init(_ length: SoakLength, _ conditions: Benchmark.Conditions) throws {
        self.length = length
        Benchmarks.say("benchmarks: soak: seed \(length.seed), \(length.days) days\n", to: STDERR_FILENO)
        folder = try SoakFolder(beside: conditions.folder)
        do {
            site = try SoakSite(folder.path, conditions, seed: length.seed)
        } catch {
            folder.remove()
            throw error
        }
    }

    func end() {
        site.end()
        folder.remove()
    }

    /// The next day, and on until nobody is at the charger.
    mutating func live(day: Int) throws {
        let (start, computed) = (Stopwatch.wall.now(), Stopwatch.process.now())
        let end = Nanoseconds.seconds(86_400 * Int64(day))
        do {
            while site.age < end || !site.isAtRest { try site.live() }
            try check()
        } catch {
            throw BenchmarkFailed("seed \(length.seed), day \(day): \(error)")
        }
        memory.append(try ProcessMemory.resident())
        ledgerMemory.append(try site.house.memory())
        let (book, judge) = (site.charger.book, site.charger.judge)
        let seconds = Number.rounded(Double(Stopwatch.wall.now() - start) / 1e9, digits: 1)
        let busy = Number.rounded(Double(Stopwatch.process.now() - computed) / 1e9, digits: 1)
        Benchmarks.say(
            "benchmarks: soak: day \(day): \(book.ended) sessions, \(site.troubles) faults (\(judge.raised) raised), "
                + "\(Number.text(Double(book.register) / 1e6)) kWh, \(Number.bytes(memory[memory.count - 1])), "
                + "ledger \(Number.bytes(ledgerMemory[memory.count - 1])), \(seconds) s, \(busy) s of the processor\n",
            to: STDERR_FILENO)
        if let first = judge.first {
            let at = (first.at - MonotonicInstant(nanoseconds: 0)).wholeMilliseconds
            Benchmarks.say(
                "benchmarks: soak: \(judge.breaches) breaches, the first at \(at) ms: \(first.breach.rawValue)\n",
                to: STDERR_FILENO)
        }
    }

    /// Throws unless register, records and ledger agree to the milliwatt-hour on every session so far.
    private func check() throws {
        let (book, settled) = (site.charger.book, site.source.settled)
        guard book.ended == book.sessions, book.ended == settled.sessions else {
            throw BenchmarkFailed(
                "\(book.ended) sessions ended, \(book.sessions) stand in records, the ledger settled \(settled.sessions)"
            )
        }
        guard book.register == book.recorded, book.recorded == settled.energy.rawValue else {
            throw BenchmarkFailed(
                "the register rose by \(book.register) mWh in \(book.ended) sessions; their records say "
                    + "\(book.ticks) kWh and \(book.remainders) mWh, the ledger settled \(settled.energy.rawValue) mWh")
        }
    }

    var figure: Figure {
        let (charger, source) = (site.charger, site.source)
        let (book, settled) = (charger.book, source.settled)
        let warm = memory[min(2, memory.count - 1)]
        let late = Array(memory.suffix(max(1, memory.count / 2)))
        return Figure(
            "soak memory", .bytes, Pairing(subject: late, baseline: late.map { _ in warm }),
            against: "the same charger's after the third day",
            aims: [
                .ratio(atMost: 1.05), .count("register less ticks Wh", atMost: 0),
                .count("ticks less ledger Wh", atMost: 0), .count("broken invariants", atMost: 0),
            ],
            counts: [
                ("virtual days", Double(site.age.rawValue / 1_000_000_000) / 86_400), ("seed", Double(length.seed)),
                ("steps", Double(charger.steps)), ("sessions", Double(book.ended)),
                ("sessions that nobody paid", Double(settled.unpaid)), ("faults", Double(site.troubles)),
                ("faults raised", Double(charger.judge.raised)), ("records", Double(book.records)),
                ("kWh", Double(book.register) / 1e6),
                ("register less ticks Wh", Double(abs(book.register - book.recorded)) / 1e3),
                ("ticks less ledger Wh", Double(abs(book.recorded - settled.energy.rawValue)) / 1e3),
                ("Wh outside of sessions", Double(charger.outside) / 1e3),
                ("broken invariants", Double(charger.judge.breaches)),
                ("journal segments given up", Double(charger.segmentsGivenUp)),
                ("ledger MB after the third day", ledgerMemory[min(2, memory.count - 1)] / 1e6),
                ("ledger MB at the end", (ledgerMemory.last ?? 0) / 1e6),
            ])
    }
}
