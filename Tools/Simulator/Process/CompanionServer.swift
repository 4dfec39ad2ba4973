import ChargeControl
import Glibc
import Quantities
import Simulator

/// The companion microcontroller on a pseudo-terminal that a path is linked to: it measures the plant's pilot and sends.
final class CompanionServer {
    private let terminal: PseudoTerminal
    private var unit: CompanionUnit
    private var due: MonotonicInstant

    /// Two periods of the pilot; a frame takes 1.1 ms at 115 200 bits a second.
    private static let frameInterval = Nanoseconds.milliseconds(2)

    init(link: String, at now: MonotonicInstant) throws(ProcessError) {
        terminal = try PseudoTerminal(link: link)
        unit = CompanionUnit(at: now)
        due = now
    }

    var frames: Int64 { unit.frames }
    var fault: CompanionUnit.Fault? { unit.fault }

    /// `ok` or `faulty` and what is wrong, as the control socket has it.
    func run(_ words: [Substring]) -> String? {
        guard words.count == 2, words[0] == "companion" else { return nil }
        if words[1] == "ok" {
            unit.fault = nil
            return "ok"
        }
        guard let fault = CompanionUnit.Fault(rawValue: String(words[1])) else { return nil }
        unit.fault = fault
        return "ok"
    }

    /// Measures up to now, and sends when a frame is due. What the line does not take is lost, as on a wire.
    func service(_ plant: Plant, now: MonotonicInstant) {
        let peaks = plant.pilotSample
        // A pilot that nobody samples is none that stands still: no reading comes.
        if peaks.at == plant.now { unit.advance(to: now, peaks: peaks, under: plant.drive.pilot) }
        guard now >= due else { return }
        due = max(due + Self.frameInterval, now)
        let bytes = unit.bytes(at: now)
        if !bytes.isEmpty { _ = write(terminal.master, bytes, bytes.count) }
    }

    func shut() { terminal.shut() }
}
