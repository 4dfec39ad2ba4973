import ChargeControl
import Quantities

/// The meter: a true register, and readings of it that come, or do not.
struct SoakMeter: Sendable {
    let period: Int64
    /// The register, in milliwatt-hours, and what is on the way to the next, in milliwatts times nanoseconds.
    var register: Int64 = 5_000_000
    var rest: Int64 = 0
    /// In milliwatts.
    var power: Int64 = 0
    var readings: UInt64 = 0
    var nextAt: Int64 = 7_100_000_000
    /// No reading before that moment.
    var withheldUntil: Int64 = 0
    var distrustUntil: Int64 = 0
    /// The next reading goes back.
    var lies = false
    var isOk = true

    init(period: Int64) { self.period = period }

    /// Counts what flowed in a step. A sleep of hours is not counted.
    mutating func elapse(_ duration: Int64, factor: Int64) {
        guard duration < 1_000_000_000 else { return }
        rest += power * factor * (duration / 1_000)
        let unit: Int64 = 3_600_000_000
        register += rest / unit
        rest %= unit
    }
}

extension World {
    mutating func moveMeter() {
        let lost = isCaused(.meterLost)
        let distrusted = isCaused(.meterDistrusted)
        let isOk = !distrusted && !(lost && car.cable & 1 == 0)
        if isOk != meter.isOk {
            meter.isOk = isOk
            input.meterSince = MonotonicInstant(nanoseconds: now)
        }
        input.meter = distrusted ? .distrusted : isOk ? .ok : car.cable & 2 == 0 ? .lost : .refused
        guard now >= meter.nextAt else { return }
        meter.nextAt = now + meter.period
        if lost || isCaused(.meterSilent) || now < meter.withheldUntil { return }
        meter.readings += 1
        var imported = meter.register
        if meter.lies {
            meter.lies = false
            imported -= 1_000
        }
        let bits = random.next()
        input.energy = EnergySample(
            number: meter.readings, imported: MilliwattHours(imported),
            at: MonotonicInstant(nanoseconds: now - Int64(bits & 0x3F_FFFF)),
            elapsed: .milliseconds(5 + Int64((bits >> 32) & 63)))
    }
}
