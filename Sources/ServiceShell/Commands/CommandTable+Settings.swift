// Settings that outlive a restart: staged, then put in force at once, on trial where that is wanted.
extension CommandTable {
    static let settings: [CommandRow] = [
        CommandRow(
            command: .settings, words: ["config"], role: .viewer,
            summary: "what technicians have set to stay: value, range, what is staged, what is on trial"),
        CommandRow(
            command: .settingsDifference, words: ["config", "diff"], role: .viewer,
            summary: "what config commit would change"),
        CommandRow(
            command: .stageLimit, words: ["config", "set", "limit"],
            arguments: [
                CommandArgument(
                    name: "current", kind: .thousandths(0...80_000, unit: "A", suffix: "_ma")), .connector,
            ], role: .service, effect: .changes, summary: "stages a limit per phase that stays over restarts"),
        CommandRow(
            command: .unstageLimit, words: ["config", "unset", "limit"], arguments: [.connector], role: .service,
            effect: .changes, summary: "stages that no such limit stands"),
        CommandRow(
            command: .stageService, words: ["config", "set", "service"],
            arguments: [CommandArgument(name: "state", kind: .choice(["in", "out"])), .connector], role: .service,
            effect: .changes, summary: "stages that a connector is in service, or out of it over restarts"),
        CommandRow(
            command: .commitSettings, words: ["config", "commit"], role: .service, effect: .changes,
            summary: "puts in force what is staged, at once and for good"),
        CommandRow(
            command: .trySettings, words: ["config", "commit", "confirmed"],
            arguments: [CommandArgument(name: "time", kind: .integer(10...3_600, unit: "s"))], role: .service,
            effect: .changes,
            summary: "the same on trial: without config confirm in time, or after a restart, what was before is back"),
        CommandRow(
            command: .confirmSettings, words: ["config", "confirm"], role: .service, effect: .changes,
            summary: "what is on trial stays"),
        CommandRow(
            command: .rollBackSettings, words: ["config", "rollback"], role: .service, effect: .changes,
            summary: "brings back what was before the trial; without one, forgets what is staged"),
    ]
}
