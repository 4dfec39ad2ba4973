internal import BoardIO
internal import ChargeControl
internal import Glibc
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// The calibration of the boards' converter channels, for the technician's shell. A channel is read in the service mode of the login
// that asks: the pilot stands still then, nothing is plugged in and the contactor is open.
extension StatusDesk {
    /// So long the samples of a point may take; a board that is well gives them in a third of a second.
    private static let readingTime = Nanoseconds.seconds(2)

    func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer {
        let keeper = try calibrationKeeper()
        let boards = boards(connector)
        guard !boards.isEmpty else {
            throw .interlock("expected a connector from 1 to \(reach.boards.count), got \(connector)")
        }
        return CalibrationAnswer(
            outlets: boards.map { number, board in
                let channels = (board.profile.wiring?.converterChannels ?? []).map {
                    answer($0.role, $0.channel, of: number, on: board.profile, keeper)
                }
                return CalibrationAnswer.Outlet(
                    connector: number, board: board.profile.id,
                    profile: ContentHash(hashing: board.profile.fileBytes).bytes, channels: channels,
                    reason: channels.isEmpty ? Self.whyWithoutChannels(board.profile) : nil)
            }, problem: keeper.problem)
    }

    func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel {
        let keeper = try calibrationKeeper()
        let (number, board) = try board(of: wish.connector)
        guard let role = wish.role, let channel = board.profile.wiring?.channel(role) else {
            throw .interlock(Self.noChannel)
        }
        let place = CalibrationKeeper.Place(connector: number, role: role)
        switch wish {
        case .reset: try Self.kept { () throws(CalibrationKeeper.Failure) in try keeper.reset(place) }
        case .run(_, let reference, _):
            let counts = try samples(of: place, on: board, as: holder)
            let utc = SystemClock.utcMilliseconds()
            try Self.kept { () throws(CalibrationKeeper.Failure) in
                let point: CalibrationPoint
                do throws(CalibrationError) {
                    point = try CalibrationPoint(counts, reference: reference, scale: channel.scale)
                } catch { throw .refused(error) }
                try keeper.take(
                    point, of: place, on: board.profile, by: technician, at: reach.now(),
                    utc: utc >= SystemClock.earliestPlausible ? utc : nil)
            }
        }
        return answer(role, channel, of: number, on: board.profile, keeper)
    }

    // MARK: Obstacles

    func obstacle(to wish: CalibrationWish) -> String? {
        guard reach.calibration != nil else { return Self.noKeeper }
        let found = boards(wish.connector).map { number, board -> String? in
            let channels = board.profile.wiring?.converterChannels ?? []
            if channels.isEmpty { return Self.whyWithoutChannels(board.profile) }
            if let role = wish.role, !channels.contains(where: { $0.role == role }) { return Self.noChannel }
            guard case .run = wish else { return nil }
            guard reach.doors.indices.contains(Int(number) - 1) else { return Self.notInService }
            let door = reach.doors[Int(number) - 1]
            if door.report.visit == 0 { return Self.notInService }
            return door.isTesting ? Self.testRuns : nil
        }
        return found.contains(nil) ? nil : found.first ?? Self.noKeeper
    }

    private static let noKeeper = "no board is there yet"
    private static let noChannel = "the board has no such channel"
    private static let notInService = "\(ServiceBar.notInService.words)"
    private static let testRuns = "another test runs"

    private static func whyWithoutChannels(_ board: BoardProfile) -> String {
        switch board.wiring?.pilot {
        case nil: "the board is simulated: no converter stands between it and its volts"
        case .comparators: "the pilot's thresholds are those of its comparators"
        case .companion: "the companion microcontroller sends volts, by a calibration of its own"
        case .peakDetectors, .triggered: invariantBroken("a board with peaks has their channels")
        }
    }

    private static func kept(_ body: () throws(CalibrationKeeper.Failure) -> Void) throws(ServiceShellError) {
        do throws(CalibrationKeeper.Failure) { try body() } catch {
            switch error {
            case .refused(let refusal): throw .interlock("\(refusal)")
            case .noChannel: throw .interlock(noChannel)
            case .nothingStored: throw .interlock("no calibration of this channel is stored")
            case .notKept(let failure): throw .unfinished("whether it is kept is not known: \(failure)")
            }
        }
    }

    // MARK: Boards

    private func calibrationKeeper() throws(ServiceShellError) -> CalibrationKeeper {
        guard let keeper = reach.calibration else { throw .unavailable(Self.noKeeper) }
        return keeper
    }

    private func boards(_ connector: UInt32) -> [(UInt32, any Board)] {
        reach.boards.enumerated().map { (UInt32($0.offset + 1), $0.element) }
            .filter { connector == 0 || $0.0 == connector }
    }

    /// The one that is meant.
    private func board(of connector: UInt32) throws(ServiceShellError) -> (UInt32, any Board) {
        let found = boards(connector)
        guard let only = found.first else { throw .interlock(Self.noKeeper) }
        guard found.count == 1 else { throw .interlock("there are \(found.count) connectors: name one") }
        return only
    }

    // MARK: Reading

    /// The samples of a point, while service mode stands for this login without a break.
    private func samples(
        of place: CalibrationKeeper.Place, on board: any Board, as holder: ServiceHolder
    ) throws(ServiceShellError) -> [Int64] {
        guard reach.doors.indices.contains(Int(place.connector) - 1) else { throw .interlock(Self.notInService) }
        let door = reach.doors[Int(place.connector) - 1]
        guard let visit = door.visit(of: holder) else {
            throw .interlock("this login has not entered service mode there")
        }
        if door.isTesting { throw .interlock(Self.testRuns) }
        var counts: [Int64] = []
        var last = board.converterReading(place.role)?.number
        let until = SystemClock.now() + Self.readingTime
        while counts.count < CalibrationPoint.samples {
            guard SystemClock.now() < until else {
                throw .unavailable(
                    "the converter gave \(counts.count) of \(CalibrationPoint.samples) samples within "
                        + "\(Self.readingTime.wholeMilliseconds) ms")
            }
            usleep(500)
            guard let reading = board.converterReading(place.role), reading.number != last else { continue }
            counts.append(reading.count)
            last = reading.number
        }
        guard door.visit(of: holder) == visit, !door.isTesting else {
            throw .interlock("service mode ended while the channel was read")
        }
        return counts
    }

    // MARK: Answers

    private func answer(
        _ role: ConverterRole, _ channel: GPIOWiring.ConverterChannel, of number: UInt32, on board: BoardProfile,
        _ keeper: CalibrationKeeper
    ) -> CalibrationAnswer.Channel {
        let (now, next) = (keeper.inForce(number, on: board), keeper.stored(number, on: board))
        func scale(_ verdict: CalibrationVerdict) -> CalibrationAnswer.Scale {
            verdict.used[role].map { CalibrationAnswer.Scale($0) }
                ?? CalibrationAnswer.Scale(
                    microvoltsPerCount: channel.microvoltsPerCount, offset: channel.offset)
        }
        return CalibrationAnswer.Channel(
            name: role.rawValue, current: scale(now), next: now.used[role] == next.used[role] ? nil : scale(next),
            unused: next.unused[role])
    }
}

extension CalibrationWish {
    /// The board's word for the channel; nil before it was named.
    fileprivate var role: ConverterRole? {
        switch channel {
        case nil: nil
        case .pilotHigh: .pilotHigh
        case .pilotLow: .pilotLow
        case .proximity: .proximity
        }
    }
}

extension CalibrationAnswer.Scale {
    fileprivate init(_ entry: CalibrationEntry) {
        self.init(
            microvoltsPerCount: entry.scale.microvoltsPerCount, offset: entry.scale.offset,
            origin: CalibrationAnswer.Origin(
                references: entry.references, residual: entry.residual, spread: entry.spread, name: entry.name,
                serial: entry.serial, certificate: entry.certificate.bytes, unixMilliseconds: entry.at))
    }
}
