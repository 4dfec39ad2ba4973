import ConfigurationText
import Quantities

/// Reads `[lock_motor]` and the two lines of its H-bridge, which come together.
struct LockMotorReader {
    let root: TomlTable

    private static let roles: [LineRole] = [.lockMotorClose, .lockMotorOpen]

    /// The motor's times; `nil` where there is none.
    func read(_ lines: [LineRole: GPIOLine]?) -> GPIOWiring.LockMotorTimes? {
        guard let table = root.table("lock_motor", required: false) else {
            for role in Self.roles where lines?[role] != nil {
                root.report(
                    "line", expected: "a table lock_motor for the line with role \"\(role.rawValue)\"", found: "none")
            }
            return nil
        }
        if let lines {
            for role in Self.roles where lines[role] == nil {
                root.report("lock_motor", expected: "a line with role \"\(role.rawValue)\"", found: "none")
            }
            if lines[.plugLock] != nil {
                root.report(
                    "lock_motor", expected: "no line with role \"\(LineRole.plugLock.rawValue)\" beside a motor",
                    found: "one")
            }
        }
        // Both fit into the second that the core gives an attempt to lock (docs/control-core.md).
        let pulse = table.integer("pulse_ms", in: 50...900)
        let pause = table.integer("pause_ms", in: 20...100)
        guard let pulse, let pause else { return nil }
        return GPIOWiring.LockMotorTimes(pulse: .milliseconds(pulse), pause: .milliseconds(pause))
    }
}
