internal import Quantities

/// Walks through lines and units: a unit that answers anything at all is asked by each profile's identity, guards and energy.
///
/// Errors end it only where the line itself cannot be opened. Nothing is written to any meter.
struct MeterScanner {
    private let scan: MeterScan
    private let makeTransport: (ModbusLink) -> any ModbusTransport
    private let now: () -> MonotonicInstant
    private let wait: (MonotonicInstant) -> Void

    /// The longest time that a meter may take before its reply begins.
    static let turnaround = Nanoseconds.milliseconds(300)
    private static let connectTimeout = Nanoseconds.seconds(2)
    /// Registers that any device has or refuses: its exception is an answer, too.
    private static let presenceProbes = [
        RegisterRequest(functionCode: 4, address: 0, count: 2), RegisterRequest(functionCode: 3, address: 0, count: 2),
    ]

    init(
        _ scan: MeterScan, transport: @escaping (ModbusLink) -> any ModbusTransport,
        now: @escaping () -> MonotonicInstant, wait: @escaping (MonotonicInstant) -> Void
    ) {
        self.scan = scan
        makeTransport = transport
        self.now = now
        self.wait = wait
    }

    /// Scans; tells each line as it begins, and each unit that answers.
    func run(begins: (SerialLine?) -> Void, finds: (MeterFinding) -> Void) throws(MeteringError) {
        switch scan.target {
        case .tcp(let host, let port): try scan(.tcp(host: host, port: port), nil, begins, finds)
        case .rtu(let device, let lines):
            for line in lines { try scan(.rtu(device: device, line: line), line, begins, finds) }
        }
    }

    private func scan(
        _ link: ModbusLink, _ line: SerialLine?, _ begins: (SerialLine?) -> Void, _ finds: (MeterFinding) -> Void
    ) throws(MeteringError) {
        begins(line)
        let visit = Visit(transport: makeTransport(link), link: link, now: now, wait: wait)
        defer { visit.transport.close() }
        try visit.open(Self.connectTimeout)
        for unit in scan.units {
            var answers = false
            for probe in Self.presenceProbes where !answers {
                answers = try visit.isAnswered(probe, unit, Self.turnaround)
            }
            guard answers else { continue }
            var matches: [MeterFinding.Match] = []
            for profile in scan.profiles {
                if let match = try match(profile, unit, visit) { matches.append(match) }
            }
            matches.sort { ($1.proofs, $0.profileID) < ($0.proofs, $1.profileID) }
            finds(MeterFinding(line: line, unit: unit, matches: matches))
        }
    }

    /// Asks the unit as this profile would; `nil` where something does not hold.
    private func match(
        _ profile: MeterProfile, _ unit: UInt8, _ visit: Visit
    ) throws(MeteringError) -> MeterFinding.Match? {
        var identification = MeterIdentification(profile)
        identification.begin()
        let turnaround = max(profile.link.turnaround, Self.turnaround)
        while let request = identification.request {
            switch try visit.ask(request, unit, turnaround) {
            case .words(let words):
                do { try identification.take(words) } catch { return nil }
            case .exception(let code):
                if code == 1, identification.usesAlternatives() {
                    identification.begin()
                    continue
                }
                guard let goesOn = try? identification.goesOn(afterException: code), goesOn else { return nil }
            case .nothing: return nil
            }
        }
        var replies: [[UInt16]] = []
        for block in profile.readingOrder {
            guard let request = block.span.request(in: identification.map),
                case .words(let words) = try visit.ask(request, unit, turnaround)
            else { return nil }
            replies.append(words)
        }
        return Self.judge(profile, replies, serial: identification.serial)
    }

    /// The energy and its second read must decode; a voltage or a frequency that no mains has speaks against the profile, and
    /// without any proof nothing speaks for it: many devices answer zeros everywhere.
    private static func judge(
        _ profile: MeterProfile, _ replies: [[UInt16]], serial: String
    ) -> MeterFinding.Match? {
        guard let energy = try? profile.billing.energy.field.decode(replies[0]),
            let second = try? profile.confirmationField.decode(replies[1]), second >= energy
        else { return nil }
        var proofs = profile.guards.count + (profile.modelCode == nil ? 0 : 2) + (profile.serial == nil ? 0 : 1)
        for (block, words) in zip(profile.readingOrder, replies) {
            for (quantity, range) in mains {
                guard let field = block.field(quantity) else { continue }
                guard let value = try? field.decode(words), range.contains(value) else { return nil }
                proofs += 1
            }
        }
        guard proofs > 0 else { return nil }
        return MeterFinding.Match(
            profileID: profile.id, vendor: profile.vendor, model: profile.model, serial: serial,
            energy: MilliwattHours(energy), proofs: proofs)
    }

    /// What L1 of a mains has anywhere, in mV and mHz.
    private static let mains: [(MeterQuantity, ClosedRange<Int64>)] = [
        (.voltage, 80_000...300_000), (.frequency, 45_000...65_000),
    ]

    /// One opened line.
    private struct Visit {
        let transport: any ModbusTransport
        let link: ModbusLink
        let now: () -> MonotonicInstant
        let wait: (MonotonicInstant) -> Void

        enum Answer {
            case words([UInt16])
            case exception(UInt8)
            case nothing
        }

        func open(_ timeout: Nanoseconds) throws(MeteringError) {
            _ = try transport.connect(timeout: timeout)
            try transport.flush()
        }

        /// Whether anything that is a reply of this unit comes.
        func isAnswered(
            _ request: RegisterRequest, _ unit: UInt8, _ turnaround: Nanoseconds
        ) throws(MeteringError) -> Bool {
            if case .nothing = try ask(request, unit, turnaround) { return false }
            return true
        }

        func ask(
            _ request: RegisterRequest, _ unit: UInt8, _ turnaround: Nanoseconds
        ) throws(MeteringError) -> Answer {
            do {
                let words = try transport.read(request, unit: unit, timeout: timeout(request, turnaround))
                rest()
                return .words(words)
            } catch {
                if case .exception(let code) = error {
                    rest()
                    return .exception(code)
                }
                // What is still on its way must not pass for the answer to the next question.
                wait(now() + turnaround)
                if !error.breaksTheLink, (try? transport.flush()) != nil { return .nothing }
                // A gateway may close the connection over a unit that it does not know.
                transport.close()
                try open(.seconds(2))
                return .nothing
            }
        }

        private func timeout(_ request: RegisterRequest, _ turnaround: Nanoseconds) -> Nanoseconds {
            switch link {
            case .tcp: turnaround + .seconds(1)
            case .rtu(_, let line):
                turnaround + line.turning + Nanoseconds(line.duration(ofReading: request.count).rawValue / 2 * 3)
            }
        }

        /// The silence that the most particular meters want.
        private func rest() {
            if case .rtu = link { wait(now() + .milliseconds(20)) }
        }
    }
}

/// Looks for meters on a line, on the calling thread.
///
/// - Parameters:
///   - begins: Called with each serial line as it is tried; `nil` over TCP.
///   - finds: Called with each unit that answers.
///
/// Errors: the line cannot be opened.
public func scanForMeters(
    _ scan: MeterScan, begins: (SerialLine?) -> Void, finds: (MeterFinding) -> Void
) throws(MeteringError) {
    let bell = try Bell()
    let scanner = MeterScanner(
        scan, transport: { LibmodbusTransport($0) }, now: { .fromKernel() }, wait: { bell.wait(until: $0) })
    try scanner.run(begins: begins, finds: finds)
}
