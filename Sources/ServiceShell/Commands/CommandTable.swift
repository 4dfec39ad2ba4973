import Quantities

/// Every command of the shell, once. Help, completion, both parsers and the roles come from here.
enum CommandTable {
    static let rows = shell + reading + diagnosis + changing + serviceMode + calibration + settings + firmware

    /// The row of a command.
    static func row(of command: ServiceCommand) -> CommandRow {
        guard let row = rows.first(where: { $0.command == command }) else {
            invariantBroken("every command has its row")
        }
        return row
    }

    /// Whether a command is about the shell and whose it is, and needs nothing of a charger.
    static func isShells(_ row: CommandRow) -> Bool { shell.contains { $0.command == row.command } }

    private static let shell: [CommandRow] = [
        CommandRow(
            command: .help, words: ["help"],
            arguments: [CommandArgument(name: "command", kind: .words(longest: 32), isOptional: true)], role: .none,
            summary: "lists the commands and what forbids them now, or tells about one"),
        CommandRow(
            command: .ident, words: ["ident"], role: .none, summary: "product, serial, device id, firmware, uptime"),
        CommandRow(
            command: .login, words: ["login"],
            arguments: [CommandArgument(name: "answer", kind: .word(longest: 400), isOptional: true)], role: .none,
            effect: .shell, isSecret: true,
            summary: "asks for a challenge; with an answer of service-station, logs in"),
        CommandRow(
            command: .loginCode, words: ["login", "code"],
            arguments: [CommandArgument(name: "code", kind: .word(longest: 20))], role: .none, effect: .shell,
            isSecret: true, summary: "logs in to look, with the code that the back office reads out"),
        CommandRow(
            command: .logout, words: ["logout"], role: .none, effect: .shell, summary: "ends the login; so does BREAK"),
        CommandRow(
            command: .whoami, words: ["whoami"], role: .none,
            summary: "name, role, certificate, how long the login holds"),
        CommandRow(
            command: .confirm, words: ["confirm"],
            arguments: [CommandArgument(name: "token", kind: .word(longest: 4))], role: .service, effect: .shell,
            isSecret: true, summary: "does what was asked for, within 20 s; people only"),
        CommandRow(
            command: .term, words: ["term"],
            arguments: [
                CommandArgument(name: "kind", kind: .choice(["ansi", "dumb"])),
                CommandArgument(name: "length", kind: .integer(0...200, unit: "lines"), isOptional: true),
            ], role: .none, effect: .shell,
            summary: "what the terminal can do, and how many lines it shows; 0 for no paging"),
        CommandRow(
            command: .baud, words: ["baud"],
            arguments: [
                CommandArgument(
                    name: "rate",
                    kind: .choice([
                        "9600", "19200", "38400", "57600", "115200", "230400", "460800", "921600",
                    ]))
            ], role: .none, effect: .shell,
            summary: "another speed for this serial line; without a command at it within 5 s the old one is back"),
    ]

    private static let reading: [CommandRow] = [
        CommandRow(
            command: .status, words: ["status"], role: .viewer,
            summary: "each connector: pilot, contactor, current and why not more, session, time"),
        CommandRow(
            command: .watch, words: ["watch"],
            arguments: [
                CommandArgument(name: "period", kind: .integer(200...60_000, unit: "ms"), isOptional: true)
            ], role: .viewer, effect: .shell,
            summary: "pilot, power, current and energy of each connector as they change, until a key; people only"),
        CommandRow(
            command: .subscribe, words: ["subscribe"], role: .viewer, effect: .shell,
            summary: "an event for each change of a connector's state; programs only"),
        CommandRow(
            command: .unsubscribe, words: ["unsubscribe"], role: .viewer, effect: .shell,
            summary: "no events any more; programs only"),
        CommandRow(
            command: .pilot, words: ["pilot"], role: .viewer,
            summary: "the pilot's voltages now and over the last minute, what it offers"),
        CommandRow(
            command: .proximity, words: ["pp"], role: .viewer, summary: "the proximity contact and the cable's rating"),
        CommandRow(
            command: .meter, words: ["meter"], role: .viewer,
            summary: "each meter: identity, registers, age of the reading, what was refused"),
        CommandRow(
            command: .residual, words: ["rcd"], role: .viewer, summary: "the residual-current monitor's trips"),
        CommandRow(
            command: .contactor, words: ["contactor"], role: .viewer,
            summary: "what it is told, its feedback pole by pole, how often it has closed"),
        CommandRow(command: .earth, words: ["pe"], role: .viewer, summary: "the protective conductor"),
        CommandRow(
            command: .temperatures, words: ["temps"], role: .viewer,
            summary: "temperatures of electronics and plug, and what heat leaves of the current"),
        CommandRow(command: .lock, words: ["lock"], role: .viewer, summary: "the plug's lock"),
        CommandRow(
            command: .power, words: ["power"], role: .viewer,
            summary: "the board's own supply, the coil gate, the mains voltages"),
        CommandRow(
            command: .faults, words: ["faults"], role: .viewer,
            summary: "faults that stand or are latched, and what clears them"),
        CommandRow(
            command: .session, words: ["session"], role: .viewer,
            summary: "each connector's session, the running or the last: energy, what was paid"),
        CommandRow(
            command: .limit, words: ["limit"], role: .viewer, summary: "every limit on the current, and which one binds"
        ),
        CommandRow(
            command: .time, words: ["time"], role: .viewer, summary: "wall clock and its quality, boot, time since"),
        CommandRow(
            command: .journal, words: ["journal"], role: .viewer,
            summary: "signed records: chains, heads, what is acknowledged, room left"),
        CommandRow(
            command: .ledger, words: ["ledger"], role: .viewer,
            summary: "endpoint, trusted height, backlog, last error"),
        CommandRow(
            command: .keys, words: ["key"], role: .viewer,
            summary: "the device's public keys, their epoch and what protects the private ones"),
        CommandRow(
            command: .bus, words: ["bus"], role: .viewer, summary: "what happened on each meter's Modbus line"),
        CommandRow(
            command: .log, words: ["log"],
            arguments: [
                CommandArgument(name: "lines", kind: .integer(1...500, unit: "lines"), isOptional: true)
            ], role: .viewer, summary: "the firmware's newest log lines, 20 or as many as asked for"),
        CommandRow(
            command: .selfTest, words: ["selftest"], role: .viewer,
            summary: "the whole charger part by part: numbers, limits, and what is bad or not known; changes nothing"),
    ]

    private static let changing: [CommandRow] = [
        CommandRow(
            command: .clearFault, words: ["faults", "clear"],
            arguments: [CommandArgument(name: "code", kind: .integer(1...65_535, unit: "")), .connector],
            role: .service, effect: .changes, summary: "resets a latched fault whose cause is gone"),
        CommandRow(
            command: .stop, words: ["stop"], arguments: [.connector], role: .service, effect: .changes,
            summary: "nothing is charged until start; a running session ends"),
        CommandRow(
            command: .start, words: ["start"], arguments: [.connector], role: .service, effect: .changes,
            summary: "takes back stop; charging still needs its grant"),
        CommandRow(
            command: .setLimit, words: ["limit", "set"],
            arguments: [
                CommandArgument(
                    name: "current", kind: .thousandths(0...80_000, unit: "A", suffix: "_ma")), .connector,
            ], role: .service, effect: .changes,
            summary: "a limit by hand, per phase; holds until limit free or a restart"),
        CommandRow(
            command: .liftLimit, words: ["limit", "free"], arguments: [.connector], role: .service, effect: .changes,
            summary: "takes back limit set"),
        CommandRow(
            command: .testResidual, words: ["rcd", "test"], arguments: [.connector], role: .service,
            effect: .changes,
            summary: "tests the residual-current monitor: time to trip, limit, verdict; the contactor stays open"),
        CommandRow(
            command: .rotateKeys, words: ["key", "rotate"], role: .vendor, effect: .changes,
            summary: "new device keys, signed by the old ones"),
        CommandRow(
            command: .destroyKeys, words: ["key", "destroy"],
            arguments: [CommandArgument(name: "device", kind: .hexadecimal(bytes: 4...32))], role: .vendor,
            effect: .changes,
            summary: "destroys the device's private keys for good: it sells nothing any more; names the device"),
    ]
}
