internal import BoardIO
internal import ChargeControl
internal import Metering
internal import Quantities

/// The mains meter as the configuration wants it, made but not started.
struct MainsParts: Sendable {
    let configuration: FirmwareConfiguration.Mains
    let profile: MeterProfile
    /// Which phases of the mains each connector's are.
    let orders: [PhaseOrder]

    /// A meter that holds a value for longer says too late what flows.
    private static let slowestRefresh = Nanoseconds.seconds(2)
    /// A connection carries so much more than its fuse is rated for, for a while; what is beyond it is a number gone wrong.
    private static let overload: Int64 = 2
    private static let nominalVolts: Int64 = 230

    /// nil where the configuration names no mains meter.
    ///
    /// - Parameter boards: one for each connector.
    init?(_ configuration: FirmwareConfiguration, boards: [BoardProfile]) throws(FirmwareError) {
        guard let mains = configuration.mains else { return nil }
        self.configuration = mains
        do { profile = try MeterProfile.load(path: mains.meter.profile) } catch {
            throw .configuration(["\(error)"])
        }
        orders = configuration.connectors.compactMap(\.mainsPhases)
        invariant(orders.count == boards.count, "with a mains meter each connector states its phases")
        let mistakes = Self.mistakes(profile, orders, boards)
        if !mistakes.isEmpty { throw .configuration(mistakes) }
    }

    /// What can be true of the connection.
    func plausibility(energyFactor: UInt32) -> PlausibilityLimits {
        let power = Int64(configuration.fuse.rawValue) * Self.nominalVolts * Int64(profile.phases) * Self.overload
        return PlausibilityLimits(maximumPower: Milliwatts(power), energyFactor: energyFactor)
    }

    /// Its part of the control loop.
    func makeGuard(_ feed: MainsFeed) -> MainsGuard {
        MainsGuard(
            fuse: configuration.fuse, failSafe: configuration.failSafe, orders: orders,
            pollInterval: configuration.meter.pollPeriod, refresh: profile.link.refresh, feed: feed)
    }

    /// What is known of it before it was heard.
    var status: StatusReport.Mains { StatusReport.Mains(fuse: configuration.fuse, failSafe: configuration.failSafe) }

    /// The phases of the mains that connectors use, 0 to 2.
    var phases: [Int] { (0..<3).filter { place in orders.contains { $0.uses(place) } } }

    /// What it cannot do, in words.
    var limitations: [String] {
        profile.showsFreezing
            ? [] : ["mains: a frozen \(profile.id) is not noticed: its profile names nothing that jitters"]
    }

    private static func mistakes(
        _ profile: MeterProfile, _ orders: [PhaseOrder], _ boards: [BoardProfile]
    ) -> [String] {
        var mistakes: [String] = []
        for (index, (order, board)) in zip(orders, boards).enumerated() where order.count != board.phases {
            mistakes.append(
                "connector \(index + 1): mains_phases: expected \(board.phases) of L1, L2, L3, as many phases as the board "
                    + "has, found \"\(order.rawValue)\"")
        }
        for place in 0..<3 where place >= profile.currentPhases && orders.contains(where: { $0.uses(place) }) {
            mistakes.append(
                "mains.profile: expected a meter that measures the current of L\(place + 1), which a connector uses, found "
                    + "\(profile.id), which measures \(measured(profile.currentPhases))")
        }
        if profile.link.refresh > slowestRefresh {
            mistakes.append(
                "mains.profile: expected a meter that holds a value for at most \(slowestRefresh.wholeMilliseconds) ms, found "
                    + "\(profile.id) with \(profile.link.refresh.wholeMilliseconds) ms")
        }
        return mistakes
    }

    private static func measured(_ phases: Int) -> String {
        switch phases {
        case 0: "none"
        case 1: "that of L1 alone"
        default: "those of L1 to L\(phases)"
        }
    }
}
