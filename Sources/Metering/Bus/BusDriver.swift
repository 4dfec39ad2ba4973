internal import Glibc
internal import Quantities

/// Runs a `BusMachine` on a transport and a clock: performs what it asks for and tells it what happened.
struct BusDriver {
    private(set) var machine: BusMachine
    private let transport: any ModbusTransport
    private let now: () -> MonotonicInstant
    /// Waits until a moment; may return early.
    private let wait: (MonotonicInstant) -> Void
    private var input = BusMachine.Input.woke

    init(
        machine: BusMachine, transport: any ModbusTransport, now: @escaping () -> MonotonicInstant,
        wait: @escaping (MonotonicInstant) -> Void
    ) {
        self.machine = machine
        self.transport = transport
        self.now = now
        self.wait = wait
    }

    /// One step of the machine: tells what it has to tell, and how a wish ended, and then performs the action that it asks for,
    /// which may take until the next poll.
    mutating func turn(
        _ tell: (BusMachine.Notice) -> Void,
        fulfil: (RegisterWish, Result<BlockReply, MeteringError>) -> Void = { _, _ in }
    ) {
        let (action, notices) = machine.step(input, now())
        for notice in notices { tell(notice) }
        if let (wish, result) = machine.takeOutcome() { fulfil(wish, result) }
        input = perform(action)
    }

    mutating func requestIdentification() { machine.requestIdentification(now()) }

    /// Takes in what the charger knows of each meter's load, and what it wants of the meter.
    mutating func heed(_ cells: [MeterConditionCell]) {
        for meter in cells.indices {
            machine.judge(meter: meter, under: cells[meter].condition)
            if let moment = cells[meter].identityWanted {
                machine.requestIdentification(meter: meter, since: moment, now())
            }
            if cells[meter].takeWishForNewBase() { machine.acceptNewBase(meter: meter, now()) }
        }
    }

    mutating func want(_ wish: RegisterWish?) { machine.want(wish) }

    mutating func judge(meter: Int, under condition: MeterCondition) { machine.judge(meter: meter, under: condition) }

    mutating func acceptNewBase(meter: Int) { machine.acceptNewBase(meter: meter, now()) }

    func close() { transport.close() }

    private func perform(_ action: BusMachine.Action) -> BusMachine.Input {
        do throws(MeteringError) {
            switch action {
            case .connect(let timeout): return .connected(try transport.connect(timeout: timeout))
            case .read(let request, let unit, let timeout):
                let sent = now()
                let words = try transport.read(request, unit: unit, timeout: timeout)
                return .answered(BlockReply(words: words, sent: sent, received: now()))
            case .flush:
                try transport.flush()
                return .flushed
            case .close:
                transport.close()
                return .closed
            case .wait(let until):
                wait(until)
                return .woke
            }
        } catch {
            return .failed(error)
        }
    }
}

extension MonotonicInstant {
    /// Now, by the kernel's monotonic clock.
    static func fromKernel() -> MonotonicInstant {
        var time = timespec()
        let result = clock_gettime(CLOCK_MONOTONIC, &time)
        invariant(result == 0, "the monotonic clock can be read")
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
