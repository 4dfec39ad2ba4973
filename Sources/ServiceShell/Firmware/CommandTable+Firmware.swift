// The commands of updates (docs/updates.md). Each is spelled out, and each but the transfer's pieces is on record before it is done.
extension CommandTable {
    /// The most bytes of one piece of a transfer: as Base64, with all that goes with them, they fit a line.
    static let mostPiece = 640

    static let firmware: [CommandRow] = [
        CommandRow(
            command: .firmware, words: ["fw", "status"], role: .viewer,
            summary: "the firmware's slots, a transfer, and how a trial stands"),
        CommandRow(
            command: .receiveFirmware, words: ["fw", "recv"],
            arguments: [CommandArgument(name: "manifest", kind: .word(longest: 64))], role: .service, effect: .changes,
            summary: "begins to receive the bundle with this manifest hash, or goes on"),
        CommandRow(
            command: .receiveFirmwareFile, words: ["fw", "recv", "zmodem"], role: .service, effect: .handsOver,
            summary: "the same for a terminal's file transfer: sz, ZMODEM; people only"),
        CommandRow(
            command: .putFirmware, words: ["fw", "put"],
            arguments: [
                CommandArgument(name: "offset", kind: .integer(0...999_999_999, unit: "")),
                CommandArgument(name: "data", kind: .word(longest: (mostPiece + 2) / 3 * 4)),
            ], role: .service, effect: .transfers,
            summary: "the next bytes of a bundle, in Base64; programs only"),
        CommandRow(
            command: .verifyFirmware, words: ["fw", "verify"], role: .service, effect: .changes,
            summary: "checks what came in and unpacks it into the other slot; nothing starts because of it"),
        CommandRow(
            command: .activateFirmware, words: ["fw", "activate"], role: .service, effect: .changes,
            summary: "tries the other slot at the next start"),
        CommandRow(
            command: .overrideFirmware, words: ["fw", "activate", "override"], role: .commission, effect: .changes,
            summary: "the same without the ledger's proof, and in spite of a condition that fails already"),
        CommandRow(
            command: .confirmFirmware, words: ["fw", "confirm"], role: .service, effect: .changes,
            summary: "confirms a trial that has passed its gate, where that was not done by itself"),
        CommandRow(
            command: .rollBackFirmware, words: ["fw", "rollback"], role: .service, effect: .changes,
            summary: "gives a trial up; without one, tries the other slot again"),
    ]
}
