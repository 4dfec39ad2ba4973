import BoardIO
import Glibc
import Quantities

/// What the line adapter does on the kernel's simulated chip (gpio-sim), call by call, as lines that do not depend on the time:
/// two builds over two versions of libgpiod must print the same but for the version, in the line that begins with #.
///
///     gpio-trace /dev/gpiochipN /sys/devices/platform/gpio-sim.0/gpiochipN
///
/// The chip has eight lines of which 0 to 6 are named OUT, DRAIN, IN, LOW, EDGE, BOUNCE, BUSY.
@main
struct GPIOTrace {
    let chip: String
    let simulation: String
    let lines = CharacterDeviceLines()

    static func main() {
        guard CommandLine.arguments.count == 3 else {
            print("usage: gpio-trace CHIP SIMULATION")
            exit(2)
        }
        print("# libgpiod \(CharacterDeviceLines.version)")
        let trace = GPIOTrace(chip: CommandLine.arguments[1], simulation: CommandLine.arguments[2])
        do throws(BoardError) {
            try trace.outputs()
            try trace.inputs()
            try trace.edges()
            try trace.debouncing()
            trace.refusals()
            try trace.release()
        } catch {
            print("failed: \(error)")
            exit(1)
        }
    }

    private func line(_ name: String) -> GPIOLine { GPIOLine(chip: chip, name: name) }

    // MARK: Outputs

    private func outputs() throws(BoardError) {
        let out = try lines.requestOutput(line("OUT"), initially: false)
        say("OUT requested low: wire \(value(0))")
        say("OUT written high: \(lines.write(true, to: out)), wire \(value(0)), reads \(lines.read(out))")
        say("OUT written low: \(lines.write(false, to: out)), wire \(value(0)), reads \(lines.read(out))")
        var drain = line("DRAIN")
        drain.drive = .openDrain
        drain.activeLow = true
        let wire = try lines.requestOutput(drain, initially: true)
        say("DRAIN requested active (low): wire \(value(1))")
        say("DRAIN written inactive: \(lines.write(false, to: wire)), reads \(lines.read(wire))")
        let high = try lines.requestOutput(GPIOLine(chip: chip, place: .offset(7)), initially: true)
        say("offset 7 requested high: wire \(value(7)), written low: \(lines.write(false, to: high)), wire \(value(7))")
    }

    // MARK: Inputs

    private func inputs() throws(BoardError) {
        pull(2, up: false)
        let input = try lines.requestInput(line("IN"))
        say("IN pulled down: \(lines.read(input))")
        pull(2, up: true)
        say("IN pulled up: \(lines.read(input))")
        var inverted = line("LOW")
        inverted.activeLow = true
        inverted.bias = .pullUp
        let low = try lines.requestInput(inverted)
        say("LOW with its pull-up: \(lines.read(low))")
        pull(3, up: false)
        say("LOW pulled down: \(lines.read(low))")
        var edge = LineEdge(at: MonotonicInstant(nanoseconds: 0), isActive: false)
        say("an edge of a line that keeps none: \(lines.nextEdge(input, &edge) == 1 ? "found" : "none")")
    }

    private func edges() throws(BoardError) {
        pull(4, up: false)
        var kept = line("EDGE")
        kept.keepsEdges = true
        let before = now()
        let handle = try lines.requestInput(kept)
        var edge = LineEdge(at: MonotonicInstant(nanoseconds: 0), isActive: false)
        say("EDGE at rest: \(lines.nextEdge(handle, &edge))")
        // On a PREEMPT_RT kernel a thread of its own makes an edge of a pull, and two pulls before its turn are one edge.
        for up in [true, false, true] {
            pull(4, up: up)
            sleep(milliseconds: 50)
        }
        say("EDGE moved three times: reads \(lines.read(handle))")
        var last = before
        for _ in 0..<4 {
            let code = lines.nextEdge(handle, &edge)
            let order = edge.at >= last && edge.at <= now() ? "in order" : "out of order"
            say("EDGE takes \(code)" + (code == 1 ? ": \(edge.isActive ? "active" : "inactive"), \(order)" : ""))
            if code == 1 { last = edge.at }
        }
    }

    private func debouncing() throws(BoardError) {
        pull(5, up: false)
        var bouncing = line("BOUNCE")
        bouncing.debounce = .milliseconds(20)
        let handle = try lines.requestInput(bouncing)
        sleep(milliseconds: 60)
        say("BOUNCE at rest: \(lines.read(handle))")
        pull(5, up: true)
        say("BOUNCE just up: \(lines.read(handle))")
        sleep(milliseconds: 200)
        say("BOUNCE up for long: \(lines.read(handle))")
    }

    // MARK: What is refused

    private func refusals() {
        refused("a line that is not there", line("NOWHERE"))
        refused("an offset behind the last", GPIOLine(chip: chip, place: .offset(200)))
        checked("an offset behind the last", GPIOLine(chip: chip, place: .offset(200)))
        checked("the last offset", GPIOLine(chip: chip, place: .offset(7)))
        checked("a line that is held", line("OUT"))
        refused("the same line again", line("OUT"))
        refused("a chip that is not there", GPIOLine(chip: "/dev/gpiochip-none", name: "OUT"))
        // Version 1 says ENOTTY, version 2 ENODEV.
        refused("a file that is no chip", GPIOLine(chip: "/dev/null", name: "OUT"), upTo: ": cannot be opened")
    }

    private func refused(_ what: String, _ line: GPIOLine, upTo last: String? = nil) {
        do throws(BoardError) {
            _ = try CharacterDeviceLines().requestInput(line)
            say("\(what): taken")
        } catch {
            let text = words("\(error)")
            let end = last.flatMap { last in text.indices.first { text[$0...].hasPrefix(last) } } ?? text.endIndex
            say("\(what): \(text[..<end])")
        }
    }

    private func checked(_ what: String, _ line: GPIOLine) {
        do throws(BoardError) {
            try CharacterDeviceLines().check(line)
            say("\(what), looked for: there")
        } catch {
            say("\(what), looked for: \(words("\(error)"))")
        }
    }

    /// Chips have the numbers that the kernel gave them.
    private func words(_ text: String) -> String {
        text.split(separator: " ").map { $0.hasPrefix(chip) ? "CHIP" : String($0) }.joined(separator: " ")
    }

    private func release() throws(BoardError) {
        lines.releaseAll()
        say("released, a write: \(lines.write(true, to: LineHandle(index: 0)))")
        let again = CharacterDeviceLines()
        _ = try again.requestOutput(line("OUT"), initially: true)
        say("OUT requested again, high: wire \(value(0))")
        again.releaseAll()
    }

    // MARK: The wires

    private func say(_ text: String) { print(text) }

    /// What an output drives.
    private func value(_ offset: Int) -> String {
        let path = "\(simulation)/sim_gpio\(offset)/value"
        guard let file = fopen(path, "r") else { return "\(path) unreadable" }
        defer { fclose(file) }
        let character = fgetc(file)
        return character == EOF ? "empty" : String(UnicodeScalar(UInt8(truncatingIfNeeded: character)))
    }

    /// What an input is pulled to from outside.
    private func pull(_ offset: Int, up: Bool) {
        let path = "\(simulation)/sim_gpio\(offset)/pull"
        guard let file = fopen(path, "w") else { return say("\(path) cannot be written") }
        fputs(up ? "pull-up" : "pull-down", file)
        if fclose(file) != 0 { say("\(path) was not taken") }
    }

    /// The clock of the kernel's edges.
    private func now() -> MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private func sleep(milliseconds: UInt32) { usleep(milliseconds * 1_000) }
}
