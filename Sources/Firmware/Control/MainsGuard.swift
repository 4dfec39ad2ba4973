import ChargeControl
import Metering
import Quantities

/// The mains meter's part of the control loop: takes its news, and tells it what the connectors take. Nothing here waits,
/// locks or allocates.
struct MainsGuard {
    private let feed: MainsFeed
    /// Which phases of the mains each connector's are.
    private let orders: [PhaseOrder]
    private var mains: MainsLimit

    /// - Parameters:
    ///   - orders: one for each connector.
    ///   - pollInterval: time between two readings.
    ///   - refresh: how old the meter's registers may be when they are read.
    init(
        fuse: Milliamps, failSafe: Milliamps, orders: [PhaseOrder], pollInterval: Nanoseconds, refresh: Nanoseconds,
        feed: MainsFeed
    ) {
        self.feed = feed
        self.orders = orders
        var uses = InlineArray<3, Bool>(repeating: false)
        for place in 0..<3 { uses[place] = orders.contains { $0.uses(place) } }
        mains = MainsLimit(
            MainsLimit.Connection(
                fuse: fuse, failSafe: failSafe, uses: uses, pollInterval: pollInterval, refresh: refresh))
    }

    /// What all connectors may take together, per phase.
    var limit: CurrentLimit { mains.limit }

    /// Takes in what the meter's thread has told.
    mutating func takeNews(at now: MonotonicInstant) {
        while let news = feed.news.take() {
            switch news {
            case .reading(let reading):
                mains.take(reading.currents, begin: reading.at - reading.elapsed, at: reading.at, now: now)
                feed.gauge.showReading(of: reading.at)
            case .live(let values): mains.glimpse(values.currents, now: now)
            case .distrusted: mains.distrust(at: now)
            // The last reading holds until it expires.
            case .identified, .refused, .lost: break
            }
        }
    }

    /// Takes in what the connectors take after a period.
    mutating func note(_ connectors: [ConnectorLoop], at now: MonotonicInstant) {
        var draw = DrawRange()
        var delay = Nanoseconds.zero
        for index in connectors.indices {
            let taken = connectors[index].draw
            draw.add(taken.range, on: orders[index])
            delay = max(delay, taken.delay)
        }
        mains.note(draw, delay: delay, at: now)
        feed.gauge.show(mains.limit.standing(at: now))
    }
}
