// What moves a part of the charger: only in service mode, for so long and no longer, and the control core's own clock ends it.
extension CommandTable {
    static let serviceMode: [CommandRow] = [
        CommandRow(
            command: .enterService, words: ["service", "enter"], arguments: [.connector], role: .service,
            effect: .changes,
            summary:
                "service mode for at most 10 minutes: nothing is sold, tests may run; a car ends it, and the login's end"
        ),
        CommandRow(
            command: .leaveService, words: ["service", "leave"], arguments: [.connector], role: .service,
            effect: .changes, summary: "ends service mode, and a test that runs"),
        CommandRow(
            command: .testContactor, words: ["contactor", "test"],
            arguments: [CommandArgument(name: "ms", kind: .integer(100...2_000, unit: "ms")), .connector],
            role: .service, effect: .changes,
            summary: "closes the contactor for so long: how long closing and opening take, and whether a pole is welded"
        ),
        CommandRow(
            command: .testLock, words: ["lock", "test"], arguments: [.connector], role: .service, effect: .changes,
            summary: "locks and unlocks the empty socket within 5 s: how long each takes, and how many tries"),
        CommandRow(
            command: .testLamps, words: ["led", "test"],
            arguments: [
                CommandArgument(
                    name: "pattern", kind: .choice(ServiceTestWish.Pattern.allCases.map(\.rawValue))),
                CommandArgument(name: "seconds", kind: .integer(1...60, unit: "s")), .connector,
            ], role: .service, effect: .changes, summary: "the lamps show a pattern for so long"),
    ]
}
