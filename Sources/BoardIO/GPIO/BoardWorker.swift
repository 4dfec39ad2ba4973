import Quantities
import Synchronization

/// The board's own thread: takes the inputs, publishes them, and follows the outputs that may take long.
struct BoardWorker: Sendable {
    let devices: BoardDevices
    /// `nil` before the core's first word.
    let wanted: LatestValue<BoardOutputs?>
    let latest: LatestValue<BoardSample>
    let counts: BoardCounts
    let controlFaults: ControlFaults
    let interval: Nanoseconds

    private struct Memory {
        var pilot: PilotOutput? = .x1
        /// What the lamps say; `nil` where that is not known.
        var indication: Indication?
        var temperaturesHang = false
    }

    func run(until stopping: borrowing Atomic<Bool>) {
        var memory = Memory()
        var next = monotonicNow()
        while !stopping.load(ordering: .acquiring) {
            let outputsHold = follow(wanted.read(), &memory)
            var sample = take(&memory)
            sample.outputFault = !outputsHold || controlFaults.stand
            latest.publish(sample)
            // A late round is not made up, and one that took long leaves half an interval to whoever has a lower priority.
            next = max(next + interval, monotonicNow() + Nanoseconds(interval.rawValue / 2))
            sleep(until: next)
        }
    }

    /// Writes what differs from what stands; answers whether all of it stands.
    private func follow(_ wanted: BoardOutputs?, _ memory: inout Memory) -> Bool {
        let outputs = wanted ?? .safe
        var holds = true
        if memory.pilot != outputs.pilot {
            do throws(BoardError) {
                try devices.generator.generate(outputs.pilot)
                memory.pilot = outputs.pilot
            } catch {
                // What stands is unknown now, so it is written again on the next round.
                memory.pilot = nil
                counts.note(write: error)
                holds = false
            }
        }
        if holds, let error = devices.generator.failure {
            counts.note(write: error)
            holds = false
        }
        for written in [
            // A plug that the last run left locked may be live: only the core knows.
            wanted.map { devices.lock.write(locked: $0.lock) } ?? true,
            devices.lines.write(pilotConnected: outputs.pilotConnected),
            devices.lines.write(selfTest: outputs.residualSelfTest),
            devices.lines.write(ventilation: outputs.ventilation),
        ] where !written {
            counts.writeFailures.add(1, ordering: .relaxed)
            holds = false
        }
        if memory.indication != outputs.indication {
            let isWritten = devices.lines.write(indication: outputs.indication)
            memory.indication = isWritten ? outputs.indication : nil
            if !isWritten { counts.writeFailures.add(1, ordering: .relaxed) }
        }
        return holds
    }

    private func take(_ memory: inout Memory) -> BoardSample {
        var sample = BoardSample()
        sample.number = counts.samples.add(1, ordering: .relaxed).newValue
        takeContacts(&sample)
        do throws(BoardError) {
            sample.proximity = try devices.proximity?.resistance()
        } catch {
            counts.note(read: error)
        }
        takeTemperatures(&sample, &memory)
        // Last: it alone has a limit of age, and twenty system calls before it take long where the processor is slow.
        takePilot(&sample)
        return sample
    }

    private func takeTemperatures(_ sample: inout BoardSample, _ memory: inout Memory) {
        guard let temperatures = devices.temperatures else { return }
        let reading = temperatures.reading(at: sample.at)
        sample.boardTemperature = reading.board
        sample.plugTemperature = reading.plug
        let age = sample.at - reading.at
        let hang = age > TemperatureSampler.staleAfter
        // Once each time; the sensors' own failures are counted where they are read.
        if hang, !memory.temperaturesHang {
            counts.note(read: .staleTemperature(seconds: age.wholeMilliseconds / 1_000))
        }
        memory.temperaturesHang = hang
    }

    private func takePilot(_ sample: inout BoardSample) {
        // The moment before the reading: a reading that took long is old.
        sample.pilotAt = monotonicNow()
        do throws(BoardError) {
            let reading = try devices.sampler.readPilot()
            sample.pilotHigh = reading.high
            sample.pilotLow = reading.low
            if let at = reading.at { sample.pilotAt = min(at, sample.pilotAt) }
            sample.pilotValid = true
        } catch {
            counts.note(read: error)
        }
    }

    private func takeContacts(_ sample: inout BoardSample) {
        sample.at = monotonicNow()
        let lines = devices.lines
        sample.mirror = lines.mirrorContact()
        sample.secondMirror = lines.secondMirrorContact()
        sample.loadL1 = lines.loadVoltage(phase: 1)
        sample.loadL2 = lines.loadVoltage(phase: 2)
        sample.loadL3 = lines.loadVoltage(phase: 3)
        sample.lock = devices.lock.state()
        sample.gate = lines.gateState()
        sample.earth = lines.earth()
        sample.fanRuns = lines.fanRuns()
        sample.localReset = lines.resetIsPressed()
        sample.gridIsLimited = lines.gridIsLimited()
        let pressed = lines.isPressed()
        let direct = lines.trippedOnDirectCurrent()
        let alternating = lines.trippedOnAlternatingCurrent()
        let enclosure = lines.enclosureIsOpen()
        let supply = lines.supplyIsLow()
        sample.inputsValid =
            pressed != nil && direct != nil && alternating != nil && enclosure != nil && supply != nil
        if !sample.inputsValid { counts.readFailures.add(1, ordering: .relaxed) }
        sample.emergencyStop = pressed ?? true
        sample.residualDC = direct ?? true
        sample.residualAC = alternating ?? true
        sample.enclosureOpen = enclosure ?? true
        sample.supplyLow = supply ?? true
    }
}
