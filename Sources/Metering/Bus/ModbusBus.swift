internal import Glibc
public import Quantities
internal import Synchronization

/// A line with its meters, driven by one POSIX thread of its own: libmodbus calls block, so they stay off every other one.
///
/// Events come on that thread, in order; the receiver must not block it. `stop` ends the thread within the timeout of one
/// request; a bus that was started must be stopped.
public final class ModbusBus: Sendable {
    private let link: ModbusLink
    private let meters: [MeterConfiguration]
    private let onEvent: @Sendable (_ meter: Int, MeterEvent) -> Void
    private let makeTransport: @Sendable (ModbusLink) -> any ModbusTransport
    private let loads: [MeterConditionCell]
    private let state: Mutex<State>

    private struct State {
        var thread: pthread_t?
        var bell: Bell?
        var isStopping = false
        /// Nobody's wish is taken any more.
        var refusesReads = false
        var wantsIdentification = false
        /// Reads that others wait for, the oldest first.
        var wishes: [WaitingWish] = []
        var statistics: [MeterStatistics]
    }

    /// - Parameters:
    ///   - meters: At least one; on a serial line each with a unit number of its own.
    ///   - loads: One for each meter: what the charger knows of its load; nothing is known without them.
    ///   - onEvent: Called on the thread of the bus with the index of the meter.
    public convenience init(
        link: ModbusLink, meters: [MeterConfiguration], loads: [MeterConditionCell]? = nil,
        onEvent: @escaping @Sendable (_ meter: Int, MeterEvent) -> Void
    ) {
        self.init(
            link: link, meters: meters, loads: loads, transport: { LibmodbusTransport($0) }, onEvent: onEvent)
    }

    init(
        link: ModbusLink, meters: [MeterConfiguration], loads: [MeterConditionCell]? = nil,
        transport: @escaping @Sendable (ModbusLink) -> any ModbusTransport,
        onEvent: @escaping @Sendable (_ meter: Int, MeterEvent) -> Void
    ) {
        invariant(!meters.isEmpty, "a bus has a meter")
        invariant(loads == nil || loads?.count == meters.count, "each meter has a load")
        self.link = link
        self.meters = meters
        self.onEvent = onEvent
        makeTransport = transport
        self.loads = loads ?? meters.map { _ in MeterConditionCell() }
        state = Mutex(State(statistics: meters.map { _ in MeterStatistics() }))
    }

    /// Starts the thread. It connects, identifies the meters and reads them until `stop`; a meter that is not there yet is
    /// not an error.
    public func start() throws(MeteringError) {
        let bell = try Bell()
        let number = state.withLock { state -> Int32 in
            invariant(state.thread == nil, "a bus is started once")
            state.isStopping = false
            state.bell = bell
            var thread = pthread_t()
            let box = Unmanaged.passRetained(ThreadStart(bus: self, bell: bell))
            let number = startThread(&thread, box.toOpaque())
            if number == 0 {
                state.thread = thread
            } else {
                box.release()
                state.bell = nil
            }
            return number
        }
        guard number == 0 else { throw .noThread(errno: number) }
    }

    /// Ends the thread and closes the line. Not to be called from `onEvent`.
    public func stop() {
        let thread = state.withLock { state -> pthread_t? in
            state.isStopping = true
            state.bell?.ring()
            defer { state.thread = nil }
            return state.thread
        }
        guard let thread else { return }
        pthread_join(thread, nil)
        state.withLock { $0.bell = nil }
    }

    /// Reads serial number, model and guards of every meter again before its next reading, and that at once. `identified`
    /// tells when it is done.
    public func requestIdentification() {
        state.withLock { state in
            state.wantsIdentification = true
            state.bell?.ring()
        }
    }

    /// The number that a meter answers to.
    public func unit(of meter: Int) -> UInt8 { meters[meter].unit }

    /// The line, for people.
    public var name: String { "\(link)" }

    /// What a meter is asked for first in each reading, cut to two registers.
    var probe: RegisterRequest {
        let span = meters[0].profile.billing.energy.block.span
        guard case .address(let address) = span.place else {
            return RegisterRequest(functionCode: span.functionCode, address: 0, count: 2)
        }
        return RegisterRequest(functionCode: span.functionCode, address: address, count: min(2, span.count))
    }

    /// Ends the waiting of everyone who wants to see registers, and takes no more such wishes: the firmware ends.
    public func refuseReads() {
        let waiting = state.withLock { state in
            state.refusesReads = true
            defer { state.wishes = [] }
            return state.wishes
        }
        for each in waiting { each.set(.failure(.linkLost(errno: ECANCELED))) }
    }

    /// Reads registers of a meter between two polls, for somebody who wants to see them. Blocks the caller.
    ///
    /// - Parameters:
    ///   - unit: another unit of the line, 1 to 247; nil is the meter itself.
    ///   - mayDelay: whether a poll may be late for it. None is while a contactor behind the line's meters is closed.
    /// - Throws: `noRoom` where the polls leave none within `patience`, or the line is not open; else why the read failed.
    public func readRegisters(
        _ request: RegisterRequest, of meter: Int, unit: UInt8? = nil, mayDelay: Bool = false,
        within patience: Nanoseconds
    ) throws(MeteringError) -> RegisterReadout {
        let wish = RegisterWish(meter: meter, request: request, unit: unit, mayDelay: mayDelay)
        let waiting = WaitingWish(wish, bell: try Bell())
        let isRefused = state.withLock { state in
            if !state.refusesReads { state.wishes.append(waiting) }
            state.bell?.ring()
            return state.refusesReads
        }
        guard !isRefused else { throw .linkLost(errno: ECANCELED) }
        let deadline = MonotonicInstant.fromKernel() + patience
        while true {
            if let result = waiting.result {
                let reply = try result.get()
                return RegisterReadout(
                    unit: unit ?? meters[meter].unit, words: reply.words, elapsed: reply.received - reply.sent)
            }
            guard MonotonicInstant.fromKernel() < deadline else {
                state.withLock { $0.wishes.removeAll { $0 === waiting } }
                throw .noRoom(within: patience)
            }
            waiting.bell.wait(until: deadline)
        }
    }

    /// What happened on the line so far, for each meter.
    public var statistics: [MeterStatistics] { state.withLock { $0.statistics } }

    // MARK: the thread

    fileprivate func run(_ bell: Bell) {
        let machine = BusMachine(link: link, meters: meters, now: .fromKernel())
        var driver = BusDriver(
            machine: machine, transport: makeTransport(link), now: { .fromKernel() }, wait: { bell.wait(until: $0) })
        while true {
            let wishes = state.withLock { state in
                defer { state.wantsIdentification = false }
                return (stop: state.isStopping, identification: state.wantsIdentification)
            }
            if wishes.stop { break }
            if wishes.identification { driver.requestIdentification() }
            driver.heed(loads)
            driver.want(state.withLock { $0.wishes.first?.wish })
            driver.turn { notice in
                onEvent(notice.meter, notice.event)
            } fulfil: {
                deliver($1, to: $0)
            }
            let statistics = driver.machine.meters.map(\.statistics)
            state.withLock { $0.statistics = statistics }
        }
        driver.close()
    }

    private func deliver(_ result: Result<BlockReply, MeteringError>, to wish: RegisterWish) {
        let waiting = state.withLock { state -> WaitingWish? in
            guard let index = state.wishes.firstIndex(where: { $0.wish == wish }) else { return nil }
            return state.wishes.remove(at: index)
        }
        waiting?.set(result)
    }
}

/// What the thread is given.
private final class ThreadStart: Sendable {
    let bus: ModbusBus
    let bell: Bell

    init(bus: ModbusBus, bell: Bell) {
        self.bus = bus
        self.bell = bell
    }
}

/// Starts the thread of a bus. A function of its own, outside any actor: a closure that belongs to the main actor would
/// be checked, and trap, on another thread.
private func startThread(_ thread: inout pthread_t, _ start: UnsafeMutableRawPointer) -> Int32 {
    pthread_create(&thread, nil, { runThread($0) }, start)
}

private func runThread(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let start else { return nil }
    let given = Unmanaged<ThreadStart>.fromOpaque(start).takeRetainedValue()
    given.bus.run(given.bell)
    return nil
}
