internal import BoardIO
internal import ConfigurationText
internal import Metering

/// Validates configuration files: the daemon's, board profiles and meter profiles.
public enum ConfigurationCheck {
    /// Checks one file by what its `schema` says it is. A daemon configuration is checked together with the profiles that
    /// it names.
    ///
    /// - Parameters:
    ///   - onBoard: this machine is the board: what its profile names is looked for, too, and nothing is driven.
    ///   - benchAllowed: `--bench`, without which no daemon starts on a configuration that names a bench board.
    /// - Returns: what there is to say of a good file; empty for nothing.
    /// - Throws: `FirmwareError.configuration` with every mistake, each with its place.
    @discardableResult
    public static func run(
        path: String, onBoard: Bool = false, benchAllowed: Bool = false
    ) throws(FirmwareError) -> String {
        let schema: String
        do {
            schema = try TomlDocument(path: path).root.string("schema", required: false) ?? ""
        } catch {
            throw .configuration(error.mistakes.isEmpty ? ["\(error)"] : error.mistakes.map(\.description))
        }
        switch schema {
        case "wattseald/1":
            let configuration = try FirmwareConfiguration(path: path)
            var mistakes: [String] = []
            let profiles =
                configuration.connectors.flatMap { [$0.board.profile, $0.meter.profile] }
                + (configuration.mains.map { [$0.meter.profile] } ?? [])
            for profile in Set(profiles).sorted() {
                do { try run(path: profile, onBoard: onBoard) } catch {
                    guard case .configuration(let found) = error else { throw error }
                    mistakes += found
                }
            }
            if !mistakes.isEmpty { throw .configuration(mistakes) }
            try checkTogether(configuration, benchAllowed: benchAllowed)
        case "board/1":
            try checkBoard(path, onBoard: onBoard)
        case "meter/1":
            do { return try MeterProfile.load(path: path).summary } catch {
                throw .configuration(error.mistakes.isEmpty ? ["\(error)"] : error.mistakes.map(\.description))
            }
        default:
            throw .configuration([
                "\(path):1:1: schema: expected \"wattseald/1\", \"board/1\" or \"meter/1\", found \"\(schema)\""
            ])
        }
        return ""
    }

    private static func checkBoard(_ path: String, onBoard: Bool) throws(FirmwareError) {
        var missing: [String] = []
        do throws(BoardError) {
            let profile = try BoardProfile.load(path: path)
            if onBoard, profile.kind == .gpio { missing = try GPIOBoard(profile: profile).missingParts() }
        } catch {
            throw .configuration(["\(error)"])
        }
        if !missing.isEmpty { throw .configuration(missing.map { "\(path): \($0)" }) }
    }
}
