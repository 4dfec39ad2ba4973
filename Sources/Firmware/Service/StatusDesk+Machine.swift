internal import Glibc
internal import Quantities
internal import ServiceShell

// What concerns the machine below the charger: its clock, its disk, and the firmware's own end.
extension StatusDesk {
    // MARK: The clock

    func obstacleToSettingTime(_ connectors: [StatusReport.Outlet]) -> String? {
        if reach.clock.read().kernel.isSynchronised { return "a time source holds the clock" }
        return Self.openSession(connectors)
    }

    /// Never behind what is proven: certificates, headers and prices that were past stay past.
    func setTime(_ utc: Int64) throws(ServiceShellError) {
        if let obstacle = obstacleToSettingTime(board.current.connectors) { throw .interlock(obstacle) }
        let floor = reach.proven.floor
        guard utc >= floor else {
            throw .interlock("expected a time not before the proven one, \(floor) ms since 1970; got \(utc)")
        }
        try records { desk throws(FirmwareError) in
            desk.watch.willBeSet(to: utc, sinceBoot: SystemClock.sinceBoot())
        }
        do throws(FirmwareError) { try reach.setWallClock(utc) } catch {
            throw .interlock("the system does not let the firmware set the clock: \(error)")
        }
    }

    // MARK: The end

    func obstacleToRestart(_ connectors: [StatusReport.Outlet]) -> String? {
        if !reach.isSupervised { return "nobody would start the firmware again: it runs without a supervisor" }
        if let session = Self.openSession(connectors) { return session }
        return connectors.first { $0.connector.contactorClosed || $0.connector.isEnabled }
            .map { "the contactor of connector \($0.number) is not open" }
    }

    func restart(because reason: String, by technician: Technician) throws(ServiceShellError) {
        if let obstacle = obstacleToRestart(board.current.connectors) { throw .interlock(obstacle) }
        do throws(FirmwareError) {
            try RestartNote(home: reach.home).leave("\(reason) (\(technician.name))")
        } catch {
            throw .interlock("the reason cannot be kept: \(error)")
        }
        reach.end()
    }

    static func openSession(_ connectors: [StatusReport.Outlet]) -> String? {
        connectors.first { $0.connector.isSessionOpen }.map { "a session is open on connector \($0.number)" }
    }

    // MARK: The disk

    func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench {
        let bench = DiskBench(path: reach.home + "/bench-io")
        do throws(FirmwareError) {
            let latencies = try bench.run(flushes: flushes) { Self.openSession(board.current.connectors) }
            return StorageBench(path: bench.path, bytes: DiskBench.bytes, latencies: latencies)
        } catch {
            if case .room = error { throw .interlock("\(error)") }
            throw .unavailable("\(error)")
        }
    }
}
