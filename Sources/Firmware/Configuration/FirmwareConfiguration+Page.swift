internal import ConfigurationText
internal import StatusPage

extension FirmwareConfiguration {
    /// Reads `[page]`; nil without the table, or with mistakes.
    static func readPage(_ root: TomlTable) -> LoopbackAddress? {
        guard let table = root.table("page", required: false), let text = table.string("listen") else { return nil }
        do throws(StatusPageError) { return try LoopbackAddress(text) } catch {
            table.report("listen", expected: LoopbackAddress.expected, found: "\"\(text)\"")
            return nil
        }
    }
}
