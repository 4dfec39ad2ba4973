internal import ConfigurationText
internal import Quantities

extension FirmwareConfiguration {
    /// Reads and checks a configuration file.
    ///
    /// - Throws: `FirmwareError.configuration` with every mistake of the file, each with line and column.
    public init(path: String) throws(FirmwareError) {
        do throws(ConfigurationError) {
            let document = try TomlDocument(path: path)
            let draft = Self.read(document.root, folder: Self.folder(of: path))
            try document.finish()
            guard let draft else { invariantBroken("a configuration without mistakes is complete") }
            self = draft
            content = document.contentLines
        } catch {
            throw .configuration(error.mistakes.isEmpty ? ["\(error)"] : error.mistakes.map(\.description))
        }
    }

    private static func read(_ root: TomlTable, folder: String) -> FirmwareConfiguration? {
        let schema = root.string("schema")
        if let schema, schema != "wattseald/1" {
            root.report("schema", expected: "\"wattseald/1\"", found: "\"\(schema)\"")
        }
        let home = root.string("home")
        // Every table is read before any of them is judged, so that one run names all mistakes.
        let device = root.table("device").flatMap(readDevice)
        let keys = readKeys(root, home: home, folder: folder)
        let ledger = root.table("ledger").flatMap { readLedger($0, folder: folder) }
        let limits = root.table("limits", required: false)
        let common = limits.map(readLimits) ?? Limits.unlimited
        let grid = limits?.table("grid", required: false)
        let relay = grid?.integer("relay_ma", in: 0...80_000, required: false)
        // What he says over the network; a relay alone needs no fail-safe, since a broken wire limits.
        let failSafe = grid?.integer("fail_safe_ma", in: 0...80_000, required: relay == nil)
        let mainsTable = root.table("mains", required: false)
        let mains = mainsTable.map { readMains($0, folder: folder) }
        var meters: [MeterEntry] = []
        let connectors = readConnectors(
            root, folder: folder, limits: common, hasMains: mainsTable != nil, meters: &meters)
        if let mainsTable, let choice = mains??.meter {
            meters.append(MeterEntry(name: "the mains meter", table: mainsTable, choice: choice))
        }
        checkSharedLines(meters)
        let supply = root.table("supply", required: false)
            .map { $0.integer("maximum_current_ma", in: 6_000...1_000_000) }
        let factor = root.table("simulation", required: false)?.integer("energy_factor", in: 1...1_000)
        let status = root.table("status", required: false)?.string("socket", length: 1...100)
        let control = root.table("control", required: false)?.string("socket", length: 1...100)
        let updater = root.table("updater", required: false)?.string("socket", length: 1...100)
        let shell = root.table("shell", required: false).map { readShell($0, folder: folder) } ?? Shell()
        let retention = root.table("journal", required: false)?.integer("retention_days", in: 1...36_500)
        let offline = readOffline(root, folder: folder)
        let readers = readReaders(root, folder: folder, connectors: connectors?.count ?? mostConnectors)
        let page = readPage(root)
        guard let home, let device, let keys, let ledger, let connectors, let offline else { return nil }
        return FirmwareConfiguration(
            home: resolve(home, in: folder), device: device, keys: keys, ledger: ledger, connectors: connectors,
            supply: supply?.map { Milliamps(Int32($0)) }, gridFailSafe: failSafe.map { Milliamps(Int32($0)) },
            gridRelay: relay.map { Milliamps(Int32($0)) },
            mains: mains ?? nil, energyFactor: UInt32(factor ?? 1),
            statusSocket: status.map { resolve($0, in: folder) },
            controlSocket: control.map { resolve($0, in: folder) },
            updaterSocket: updater.map { resolve($0, in: folder) }, shell: shell,
            content: [], retentionDays: Int(retention ?? 180), offline: offline,
            readers: readers, page: page)
    }

    private static func readDevice(_ table: TomlTable) -> Device? {
        let product = table.string("product", length: 1...64)
        let serial = table.string("serial", length: 1...64)
        let owner = hexadecimal("owner", in: table)
        guard let product, let serial, let owner else { return nil }
        return Device(product: product, serial: serial, owner: owner)
    }

    static func readBoard(_ table: TomlTable, folder: String) -> BoardChoice? {
        let profile = table.string("profile")
        let socket = table.string("plant_socket", length: 1...100, required: false)
        guard let profile else { return nil }
        return BoardChoice(profile: resolve(profile, in: folder), plantSocket: socket.map { resolve($0, in: folder) })
    }

    /// 32 bytes in hexadecimal, answered in lower case.
    static func hexadecimal(_ key: String, in table: TomlTable) -> String? {
        guard let text = table.string(key) else { return nil }
        guard text.utf8.count == 64, text.utf8.allSatisfy({ isHexadecimal($0) }) else {
            table.report(key, expected: "64 hexadecimal digits", found: "\"\(text)\"")
            return nil
        }
        return text.lowercased()
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func resolve(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
}
