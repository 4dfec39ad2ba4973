import Quantities
import SignedRecords

// What both modes share: who may, what stands in the way, and the one report that both render.
extension ShellSession {
    /// Whether whoever is there may give this command.
    func authorise(_ row: CommandRow) throws(ServiceShellError) {
        guard login.role >= row.role else { throw .role(command: row.name, needed: row.role) }
        if let absence = absence(of: row) { throw .unavailable(absence) }
    }

    /// Why the desk has no answer to a command; nil where it has one.
    private func absence(of row: CommandRow) -> String? {
        guard let desk = desk as? any PartialDesk, !CommandTable.isShells(row), !desk.answered.contains(row.command)
        else { return nil }
        return desk.absence
    }

    func checkObstacle(to invocation: Invocation) throws(ServiceShellError) {
        if let obstacle = desk.obstacle(to: Self.change(of: invocation)) { throw .interlock(obstacle) }
    }

    /// Carries out a change: on record, done, and how it ended on record; nil where it is a test, whose answer follows.
    mutating func change(
        _ invocation: Invocation, for asker: RunningTest.Asker, at now: MonotonicInstant
    ) throws(ServiceShellError) -> Report? {
        guard let technician = login.technician else {
            throw .role(command: invocation.row.name, needed: invocation.row.role)
        }
        try desk.record(Self.entry(invocation, by: technician, .begun))
        guard let test = ServiceTestWish(invocation) else { return try carryOut(invocation, by: technician) }
        do throws(ServiceShellError) {
            try begin(test, of: invocation, by: technician, for: asker, at: now)
        } catch {
            noteRefusal(error, of: invocation, by: technician)
            throw error
        }
        return nil
    }

    static func entry(
        _ invocation: Invocation, by technician: Technician, _ outcome: AuditEntry.Outcome
    ) -> AuditEntry {
        AuditEntry(
            technician: technician, action: invocation.row.name, subject: invocation.canonical, outcome: outcome)
    }

    /// A begin without an end on record says that the end is not known; and so does one whose end finds no room.
    private func noteRefusal(_ error: ServiceShellError, of invocation: Invocation, by technician: Technician) {
        if case .unfinished = error { return }
        try? desk.record(Self.entry(invocation, by: technician, .refused))
    }

    /// Carries out a change whose begin is on record, and puts on record how it ended.
    mutating func carryOut(
        _ invocation: Invocation, by technician: Technician
    ) throws(ServiceShellError) -> Report {
        var report = Report()
        report.add("done", .text(invocation.canonical))
        do throws(ServiceShellError) {
            let told = try carryOut(Self.change(of: invocation), by: technician)
            for field in told?.fields ?? [] { report.add(field.name, field.value) }
        } catch {
            noteRefusal(error, of: invocation, by: technician)
            throw error
        }
        // That it was begun is on record in any case.
        do throws(ServiceShellError) {
            try desk.record(Self.entry(invocation, by: technician, .done))
            report.add("end on record", .flag(true))
        } catch {
            report.add("end on record", .flag(false))
        }
        return report
    }

    /// - Returns: what is told beyond that it is done.
    private mutating func carryOut(
        _ change: ServiceChange, by technician: Technician
    ) throws(ServiceShellError) -> Report? {
        switch change {
        case .enterService(let connector):
            try desk.enterService(connector: connector, as: holder)
            holdsService = true
        case .leaveService(let connector): try desk.leaveService(connector: connector)
        case .calibrate(let wish): return try desk.calibrate(wish, by: technician, as: holder).report
        case .testResidual(let connector):
            return ResidualTestAnswer.report(try desk.testResidual(connector: connector))
        default: try desk.carryOut(change, by: technician)
        }
        return nil
    }

    private static func change(of invocation: Invocation) -> ServiceChange {
        let connector = invocation.connector ?? 0
        if let test = ServiceTestWish(invocation) { return .test(test) }
        if let change = UpdateChange(invocation) { return .firmware(change) }
        if let wish = CalibrationWish(invocation) { return .calibrate(wish) }
        switch invocation.row.command {
        case .clearFault: return .clearFault(code: UInt16(invocation.integer("code") ?? 0), connector: connector)
        case .stop: return .stop(connector: connector)
        case .start: return .start(connector: connector)
        case .setLimit:
            return .limit(invocation.integer("current").map { Milliamps(Int32($0)) }, connector: connector)
        case .liftLimit: return .limit(nil, connector: connector)
        case .testResidual: return .testResidual(connector: connector)
        case .rotateKeys: return .rotateKeys
        case .destroyKeys:
            return .destroyKeys(device: Hexadecimal.decode(invocation.text("device") ?? "") ?? [])
        case .enterService: return .enterService(connector: connector)
        case .leaveService: return .leaveService(connector: connector)
        case .setTime: return .setTime(invocation.integer("utc") ?? 0)
        case .stageLimit:
            return .settings(
                .stageLimit(invocation.integer("current").map { Milliamps(Int32($0)) }, connector: connector))
        case .unstageLimit: return .settings(.stageLimit(nil, connector: connector))
        case .stageService:
            return .settings(.stageService(isOut: invocation.text("state") == "out", connector: connector))
        case .commitSettings: return .settings(.commit)
        case .trySettings: return .settings(.tryFor(.seconds(invocation.integer("time") ?? 10)))
        case .confirmSettings: return .settings(.confirm)
        case .rollBackSettings: return .settings(.rollBack)
        case .restart: return .restart(reason: invocation.text("reason") ?? "")
        default: invariantBroken("only changes are carried out")
        }
    }

    /// The answer of a command that reads, or that concerns the login.
    mutating func answer(_ invocation: Invocation, at now: MonotonicInstant) throws(ServiceShellError) -> Report {
        switch invocation.row.command {
        case .help: return try help(about: invocation.text("command"))
        case .ident: return try desk.identity().report
        case .login:
            guard let answer = invocation.text("answer") else { return try challenge(at: now) }
            return try logIn(answer: answer, at: now)
        case .loginCode: return try logIn(code: invocation.text("code") ?? "", at: now)
        case .logout:
            logOut(because: "logout")
            return whoami(at: now)
        case .whoami: return whoami(at: now)
        case .baud: return try changeSpeed(invocation)
        case .status: return try desk.status().with((try? desk.samples()) ?? []).report
        case .meter: return Self.rows("meters", try desk.meters())
        case .journal: return try desk.journal().report
        case .ledger: return try desk.ledger().report
        case .faults: return Self.rows("faults", try desk.faults())
        case .session: return Self.rows("sessions", try desk.sessions())
        case .time: return try desk.time().report
        case .keys: return try desk.keys().report
        case .bus: return Self.rows("buses", try desk.buses())
        case .settings: return try desk.settings().report
        case .settingsDifference: return try desk.settings().difference
        case .calibration: return try desk.calibration(connector: invocation.connector ?? 0).report
        case .selfTest: return SelfTestAnswer.report(try desk.selfTest())
        case .log: return try log(lines: Int(invocation.integer("lines") ?? 20))
        case .pilot: return try samples(.pilot)
        case .proximity: return try samples(.proximity)
        case .residual: return try samples(.residual)
        case .contactor: return try samples(.contactor)
        case .earth: return try samples(.earth)
        case .temperatures: return try samples(.temperatures)
        case .lock: return try samples(.lock)
        case .power: return try samples(.power)
        case .limit: return try samples(.limits)
        case .lines, .meterRaw, .busScan, .verifyJournal, .newestRecords, .exportRecords, .proveKeys,
            .makeArchive, .readArchive, .links, .benchStorage:
            return try diagnose(invocation)
        case .firmware: return try desk.firmware().report
        case .putFirmware: return try put(invocation)
        case .confirm, .term, .watch, .subscribe, .unsubscribe, .clearFault, .stop, .start, .setLimit, .liftLimit,
            .testResidual, .rotateKeys, .destroyKeys, .setTime, .restart, .stageLimit, .unstageLimit, .stageService,
            .commitSettings, .trySettings, .confirmSettings, .rollBackSettings,
            .calibrate, .resetCalibration, .enterService, .leaveService, .testContactor, .testLock, .testLamps,
            .receiveFirmware, .receiveFirmwareFile, .verifyFirmware, .activateFirmware, .overrideFirmware,
            .confirmFirmware, .rollBackFirmware:
            invariantBroken("what one mode alone does, and what changes, does not come here")
        }
    }

    private func help(about name: String?) throws(ServiceShellError) -> Report {
        var report = Report()
        guard let name else {
            for row in CommandTable.rows {
                let obstacle = obstacle(to: row).map { " [\($0)]" } ?? ""
                report.add(row.name, .text(row.summary + obstacle))
            }
            return report
        }
        guard let row = CommandTable.rows.first(where: { $0.name == name || $0.machineName == name }) else {
            throw .unknownCommand(name)
        }
        report.add("usage", .text(row.usage))
        report.add("does", .text(row.summary))
        for argument in row.arguments { report.add(argument.name, .text(argument.expectation)) }
        report.add("role", .text(row.role.name))
        report.add("changes the device", .flag(row.isChange))
        report.add("forbidden now by", obstacle(to: row).map { .text($0) } ?? .nothing)
        return report
    }

    /// What forbids a command now, as far as that is known before its values are.
    private func obstacle(to row: CommandRow) -> String? {
        if let absence = absence(of: row) { return absence }
        if login.role < row.role { return "needs the role \(row.role.name)" }
        guard row.isChange else { return nil }
        return desk.obstacle(to: Self.change(of: Invocation(row: row, values: [:])))
    }

    private func log(lines: Int) throws(ServiceShellError) -> Report {
        var report = Report()
        report.add(
            "log",
            .rows(
                try desk.log(lines: lines).map { line in
                    var row = Report()
                    row.add("line", .text(line))
                    return row
                }))
        return report
    }

    private func samples(_ view: ConnectorSample.View) throws(ServiceShellError) -> Report {
        var report = Report()
        report.add("connectors", .rows(try desk.samples().map { $0.report(view) }))
        return report
    }

    static func rows(_ name: String, _ answers: [some Reportable]) -> Report {
        var report = Report()
        report.add(name, .rows(answers.map(\.report)))
        return report
    }
}
