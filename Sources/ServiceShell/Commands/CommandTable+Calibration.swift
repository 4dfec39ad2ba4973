// What counts of the board's converters are in volts: looked at by everybody, changed against a meter in service mode.
extension CommandTable {
    static let calibration: [CommandRow] = [
        CommandRow(
            command: .calibration, words: ["calib", "show"], arguments: [.connector], role: .viewer,
            summary: "gain and offset of each converter channel, where they come from, what waits for a restart"),
        CommandRow(
            command: .calibrate, words: ["calib", "run"],
            arguments: [
                channel, CommandArgument(name: "millivolts", kind: .integer(1...30_000, unit: "mV at its terminal")),
                .connector,
            ], role: .commission, effect: .changes,
            summary: "reads a channel against what your meter shows: one point the offset, a second one the gain, too"),
        CommandRow(
            command: .resetCalibration, words: ["calib", "reset"], arguments: [channel, .connector], role: .commission,
            effect: .changes, summary: "the board profile's gain and offset again, from the next start"),
    ]

    private static let channel = CommandArgument(
        name: "channel", kind: .choice(CalibrationWish.Channel.allCases.map(\.rawValue)))
}
