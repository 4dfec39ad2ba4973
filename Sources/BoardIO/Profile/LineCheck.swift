import ConfigurationText

/// Holds a GPIO board's lines against what the rest of its profile promises.
struct LineCheck {
    let root: TomlTable
    let wiring: GPIOWiring

    /// Notes each line that is missing, at the key that promised what it is for.
    func check(needed: [LineRole], ventilation: Bool, switching: Bool) {
        for role in needed { require(role, of: root, "line") }
        // Two senses tell a weld from a lost feedback; one is the least with which any weld can be seen.
        if wiring.lines[.contactorAuxiliary] == nil, wiring.lines[.loadVoltage] == nil {
            root.report(
                "line", expected: "a line with role \"contactor-auxiliary\" or \"load-voltage\"", found: "neither")
        }
        // Closed to limit: with that contact alone a broken wire would lift the limit.
        if wiring.lines[.gridLimit] != nil { require(.gridRelease, of: root, "line") }
        if !wiring.pilot.hasPeakDetectors {
            for role in [LineRole.pilotHighReset, .pilotLowReset] where wiring.lines[role] != nil {
                root.report(
                    "line", expected: "no line with role \"\(role.rawValue)\" without peak detectors", found: "one")
            }
        }
        if ventilation {
            require(.ventilation, of: root, "ventilation")
            require(.fanFeedback, of: root, "ventilation")
        }
        if switching, let contactor = root.table("contactor") { checkSwitching(contactor) }
    }

    /// Phases are switched only while every pole is proven open, so each pole has a sense of its own.
    private func checkSwitching(_ contactor: TomlTable) {
        require(.phaseRelay, of: contactor, "phase_switching")
        if wiring.lines[.secondAuxiliary] == nil,
            wiring.lines[.loadVoltageL2] == nil || wiring.lines[.loadVoltageL3] == nil
        {
            contactor.report(
                "phase_switching",
                expected: "a line with role \"second-contactor-auxiliary\", or with \"load-voltage-l2\" and one with "
                    + "\"load-voltage-l3\"", found: "neither")
        }
    }

    private func require(_ role: LineRole, of table: TomlTable, _ key: String) {
        if wiring.lines[role] == nil {
            table.report(key, expected: "a line with role \"\(role.rawValue)\"", found: "none")
        }
    }
}

extension GPIOWiring {
    /// Whether each of these poles has a mirror contact and a sense of the voltage behind it.
    func hasBothFeedbacks(phases: Int, switching: Bool) -> Bool {
        var roles: [LineRole] = [.contactorAuxiliary, .loadVoltage]
        if switching { roles.append(.secondAuxiliary) }
        if phases == 3 { roles += [.loadVoltageL2, .loadVoltageL3] }
        return roles.allSatisfy { lines[$0] != nil }
    }
}

extension GPIOWiring.PilotSource {
    fileprivate var hasPeakDetectors: Bool {
        if case .peakDetectors = self { true } else { false }
    }
}
