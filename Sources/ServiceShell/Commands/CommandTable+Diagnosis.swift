// What a technician looks deeper into: single lines and registers, records one by one, the store, the network.
extension CommandTable {
    static let diagnosis: [CommandRow] = [
        CommandRow(
            command: .lines, words: ["gpio"], role: .viewer,
            summary: "each line of the board: where it is, its direction, its level, how often that has changed"),
        CommandRow(
            command: .meterRaw, words: ["meter", "raw"],
            arguments: [
                CommandArgument(name: "register", kind: .integer(0...65_535, unit: "")),
                CommandArgument(name: "count", kind: .integer(1...125, unit: "registers"), isOptional: true),
                CommandArgument(name: "table", kind: .choice(["holding", "input"]), isOptional: true), .connector,
            ], role: .service,
            summary: "reads a meter's registers between two polls: request, reply, time; of connector 1 by default"
        ),
        CommandRow(
            command: .busScan, words: ["bus", "scan"],
            arguments: [
                CommandArgument(
                    name: "line", kind: .integer(0...8, unit: "(the connector; 0 the mains meter)"), isOptional: true),
                CommandArgument(name: "first", kind: .integer(1...247, unit: ""), isOptional: true),
                CommandArgument(name: "last", kind: .integer(1...247, unit: ""), isOptional: true),
            ], role: .service,
            summary:
                "which units answer on a meter's line, 1 to 32 or as asked; up to 45 s; not while a session is open"),
        CommandRow(
            command: .verifyJournal, words: ["journal", "verify"], arguments: range, role: .viewer,
            summary: "checks numbers, hashes and signatures of stored records; the newest 1000 of a chain, or a range"),
        CommandRow(
            command: .newestRecords, words: ["journal", "tail"],
            arguments: [
                CommandArgument(name: "records", kind: .integer(1...100, unit: "records"), isOptional: true)
            ], role: .viewer, summary: "the newest records, 10 or as many as asked for, and whether each is signed"),
        CommandRow(
            command: .exportRecords, words: ["journal", "export"], arguments: range, role: .service,
            summary: "signed records as they are stored, at most 50 at a time; says where to go on"),
        CommandRow(
            command: .proveKeys, words: ["key", "prove"],
            arguments: [CommandArgument(name: "nonce", kind: .hexadecimal(bytes: 16...64))], role: .viewer,
            summary: "the device key's signature over a nonce of yours: it is here, and now"),
        CommandRow(
            command: .makeArchive, words: ["bundle"], role: .service,
            summary: "makes a diagnostics archive, without secrets: its size, hash and the device's signature"),
        CommandRow(
            command: .readArchive, words: ["bundle", "read"],
            arguments: [CommandArgument(name: "offset", kind: .integer(0...999_999_999, unit: "bytes"))],
            role: .service, summary: "2048 bytes of the archive that was made last; says where to go on"),
        CommandRow(
            command: .links, words: ["net"], role: .viewer,
            summary: "network links, their addresses and error counters"),
        CommandRow(
            command: .benchStorage, words: ["bench", "io"],
            arguments: [
                CommandArgument(name: "flushes", kind: .integer(1...200, unit: "flushes"), isOptional: true)
            ], role: .service,
            summary: "how long the disk takes to make a sector durable; not while a session is open"),
        CommandRow(
            command: .setTime, words: ["time", "set"],
            arguments: [CommandArgument(name: "utc", kind: .instant)], role: .service, effect: .changes,
            summary: "sets the wall clock where no time source holds it; a step is put on record"),
        CommandRow(
            command: .restart, words: ["reboot"],
            arguments: [CommandArgument(name: "reason", kind: .words(longest: 80))], role: .service, effect: .changes,
            summary: "ends the firmware in order, for its supervisor to start it again; not while a session is open"),
    ]

    private static let range = [
        CommandArgument(name: "chain", kind: .integer(0...8, unit: "")),
        CommandArgument(name: "from", kind: .integer(1...999_999_999, unit: ""), isOptional: true),
        CommandArgument(name: "through", kind: .integer(1...999_999_999, unit: ""), isOptional: true),
    ]
}
