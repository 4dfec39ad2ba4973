import Glibc
import Quantities

// A file comes in: the line's bytes are the receiver's, and the shell reads none of them. The device stays this thread's, in the
// settings that it has: a receiver that had it could leave it in any, and would not see a BREAK.
extension SerialLine {
    /// Longer than a driver and a cable keep what an ended sender had under way.
    private static let quiet: Int32 = 500
    private static let patienceForQuiet = Nanoseconds.seconds(10)
    /// Between two looks at the folder.
    private static let lookPeriod = Nanoseconds.milliseconds(500)

    /// Runs the transfer that the session has given the line to, takes the line back, and shows what came of it.
    ///
    /// - Returns: whether the shell goes on; false where the firmware ends.
    func receiveFile(
        _ device: borrowing SerialDevice, _ session: inout ShellSession, _ symbols: inout SerialSymbols
    ) throws(ServiceShellError) -> Bool {
        guard let handover = session.handover, let receiver else { return true }
        let reception: FileReception
        do throws(ServiceShellError) {
            reception = try received(device, handover, receiver, &symbols)
        } catch {
            receiver.stop()
            receiver.clear()
            _ = session.handBack(.failed("the line went away"), at: monotonic())
            throw error
        }
        let ending = reception.ending ?? .failed("not finished")
        log("\(port.path): ZMODEM: \(ending)")
        // Behind it, whoever is shown the prompt finds nothing of the file.
        defer { receiver.clear() }
        let isWoken = wake.isRung(within: 0)
        let late = isWoken ? nil : try letPass(device, &symbols)
        var output = session.handBack(ending, at: monotonic())
        receiver.clear()
        if let symbol = reception.interruption ?? late { output += session.receive([symbol], at: monotonic()) }
        _ = try device.line.write(output, orWake: wake.read)
        return !isWoken
    }

    private func received(
        _ device: borrowing SerialDevice, _ handover: LineHandover, _ receiver: any FileReceiver,
        _ symbols: inout SerialSymbols
    ) throws(ServiceShellError) -> FileReception {
        var reception = FileReception(until: handover.until, at: monotonic())
        var relay = FileRelay(line: device.line, wake: wake.read, receiver: receiver)
        do throws(ServiceShellError) {
            reception.longestFile = try receiver.prepare()
            try relay.carryOut(reception.receive(handover.rest, at: monotonic()))
            try run(&relay, &reception, device, &symbols)
        } catch {
            // A receiver that cannot be started leaves the line to the shell; a line that is gone, to nobody.
            guard case .unavailable(let reason) = error else { throw error }
            try relay.carryOut(reception.fail(reason))
        }
        receiver.stop()
        return reception
    }

    private func run(
        _ relay: inout FileRelay, _ reception: inout FileReception, _ device: borrowing SerialDevice,
        _ symbols: inout SerialSymbols
    ) throws(ServiceShellError) {
        var nextLook = monotonic()
        while reception.ending == nil {
            let ready = relay.wait(milliseconds: 200)
            if ready.isWoken { return try relay.carryOut(reception.fail("the firmware ends")) }
            let bytes = ready.hasInput ? try device.line.read() : []
            let carrier = port.watchesCarrier ? device.hasCarrier : nil
            // What the driver lost is a hole that the protocol finds.
            let received = symbols.take(bytes, overruns: nil, carrier: carrier)
            try relay.carryOut(reception.receive(received, at: monotonic()))
            try relay.pass(&reception, at: monotonic())
            let now = monotonic()
            guard now >= nextLook else { continue }
            nextLook = now + Self.lookPeriod
            try relay.carryOut(reception.look(at: relay.receiver.content(), now))
        }
    }

    /// Lets pass what an ended sender still had under way: none of it is a command.
    ///
    /// - Returns: a BREAK or a lost carrier among it.
    private func letPass(
        _ device: borrowing SerialDevice, _ symbols: inout SerialSymbols
    ) throws(ServiceShellError) -> LineSymbol? {
        let end = monotonic() + Self.patienceForQuiet
        while monotonic() < end {
            guard device.line.wait(orWake: wake.read, milliseconds: Self.quiet) == .input else { return nil }
            let carrier = port.watchesCarrier ? device.hasCarrier : nil
            let passed = symbols.take(try device.line.read(), overruns: nil, carrier: carrier)
            if let symbol = passed.first(where: { $0 == .lineBreak || $0 == .hangUp }) { return symbol }
        }
        return nil
    }
}
