internal import ConfigurationText

/// What the rescue shell reads of the charger's configuration.
///
/// It comes from the operating system and may be older than the firmware that the file was written for: what it does not know is no
/// mistake to it, and what it does not need may be wrong.
public struct RescueConfiguration: Sendable {
    let home: String
    let product: String
    let serial: String
    /// The ledger's id; empty where it is not there.
    let chain: String
    /// Path of the first board's profile; nil where none is named.
    let boardProfile: String?
    let energyFactor: UInt32
    let updaterSocket: String
    let shell: FirmwareConfiguration.Shell

    /// - Throws: `FirmwareError` where the file cannot be read, or has no home, no updater, or no shell, or shuts technicians out in a way
    ///   that is not understood.
    public init(path: String) throws(FirmwareError) {
        let document: TomlDocument
        do throws(ConfigurationError) { document = try TomlDocument(path: path) } catch {
            throw .configuration(error.mistakes.isEmpty ? ["\(error)"] : error.mistakes.map(\.description))
        }
        let (root, folder) = (document.root, FirmwareConfiguration.folder(of: path))
        guard let home = root.string("home") else {
            throw .room("rescue", reason: "\(path): expected a home, found none")
        }
        guard let updater = root.table("updater", required: false)?.string("socket", length: 1...100) else {
            throw .room("rescue", reason: "\(path): expected an updater, found none")
        }
        let table = root.table("shell", required: false)
        let shell = table.map { FirmwareConfiguration.readShell($0, folder: folder) }
        guard let table, let shell, shell.device != nil || shell.socket != nil else {
            throw .room("rescue", reason: "\(path): expected a shell, found none")
        }
        // Whoever is shut out stays so: a list that is not understood is not an empty one.
        guard !table.has("denied") || table.integers("denied", in: 0...Int64.max, count: 0...1_000) != nil else {
            throw .room("rescue", reason: "\(path): shell.denied: expected numbers, found \(table.words("denied"))")
        }
        self.home = FirmwareConfiguration.resolve(home, in: folder)
        updaterSocket = FirmwareConfiguration.resolve(updater, in: folder)
        self.shell = shell
        let device = root.table("device", required: false)
        product = device?.string("product") ?? ""
        serial = device?.string("serial") ?? ""
        chain = root.table("ledger", required: false)?.string("chain_id") ?? ""
        let connector = root.holdsArray("connector") ? root.tables("connector")?.first : root
        boardProfile = connector?.table("board", required: false)?.string("profile").map {
            FirmwareConfiguration.resolve($0, in: folder)
        }
        let factor = root.table("simulation", required: false)?.integer("energy_factor", in: 1...1_000)
        energyFactor = UInt32(factor ?? 1)
    }
}
