public import CardReader
internal import ConfigurationText

extension FirmwareConfiguration {
    /// A card reader.
    public struct Reader: Sendable, Equatable {
        /// Where it is.
        public var address: ReaderAddress
        /// The connector that its cards are for; nil where the car that is plugged in tells.
        public var connector: UInt32?

        /// A reader from its parts.
        public init(address: ReaderAddress, connector: UInt32?) {
            self.address = address
            self.connector = connector
        }
    }

    /// Reads `[reader]` or `[[reader]]`; what has mistakes is left out.
    static func readReaders(_ root: TomlTable, folder: String, connectors: Int) -> [Reader] {
        let tables: [TomlTable]
        if root.holdsArray("reader") {
            tables = root.tables("reader", count: 1...8) ?? []
        } else {
            tables = root.table("reader", required: false).map { [$0] } ?? []
        }
        var readers: [Reader] = []
        for table in tables {
            guard let reader = readReader(table, folder: folder, connectors: connectors) else { continue }
            if readers.contains(where: { "\($0.address)" == "\(reader.address)" }) {
                let key = table.has("device") ? "device" : "socket"
                table.report(key, expected: "another than the readers before", found: table.words(key))
            }
            readers.append(reader)
        }
        return readers
    }

    private static func readReader(_ table: TomlTable, folder: String, connectors: Int) -> Reader? {
        let device = table.string("device", length: 1...4_096, required: !table.has("socket"))
        let socket = table.string("socket", length: 1...100, required: false)
        let baud = table.integer("baud", oneOf: ReaderAddress.bauds, required: false)
        let connector = table.integer("connector", in: 1...Int64(max(1, connectors)), required: false)
        if device != nil, socket != nil {
            table.report("socket", expected: "either device or socket", found: table.words("socket"))
        }
        if socket != nil, table.has("baud") {
            table.report("baud", expected: "nothing with a socket", found: table.words("baud"))
        }
        let address: ReaderAddress
        if let device {
            address = .serial(path: resolve(device, in: folder), baud: Int(baud ?? 9_600))
        } else if let socket {
            address = .socket(path: resolve(socket, in: folder))
        } else {
            return nil
        }
        return Reader(address: address, connector: connector.map { UInt32($0) })
    }
}
