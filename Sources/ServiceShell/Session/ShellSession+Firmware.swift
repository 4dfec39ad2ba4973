import FoundationEssentials

// A bundle's bytes. They change nothing that runs: what begins and what ends a transfer is on record, the pieces are not.
extension ShellSession {
    func put(_ invocation: Invocation) throws(ServiceShellError) -> Report {
        guard let offset = invocation.integer("offset"), let text = invocation.text("data"),
            let bytes = Data(base64Encoded: text), (1...CommandTable.mostPiece).contains(bytes.count)
        else {
            throw .arguments(
                command: invocation.row.machineName, expected: "data, 1 to \(CommandTable.mostPiece) bytes in Base64")
        }
        return try desk.put(Array(bytes), at: UInt64(offset)).report
    }
}
