import ConfigurationText
import Metering

/// Reads where a meter is, as `--tcp` and `--rtu` say it.
enum MeterAddress {
    /// `HOST:PORT`.
    static func tcp(_ text: String) throws -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            colon > text.startIndex
        else { throw CommandError.argument(name: "--tcp", expected: "HOST:PORT", found: text) }
        return (String(text[..<colon]), port)
    }

    /// `DEVICE[,BAUD[,FORMAT]]`; what is left out is `nil`.
    static func rtu(_ text: String) throws -> (device: String, baud: Int?, format: String?) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), let device = parts.first, !device.isEmpty else {
            throw CommandError.argument(name: "--rtu", expected: "DEVICE[,BAUD[,FORMAT]]", found: text)
        }
        guard parts.count > 1 else { return (device, nil, nil) }
        guard let baud = Int(parts[1]) else {
            throw CommandError.argument(name: "--rtu", expected: "a baud rate", found: parts[1])
        }
        return (device, baud, parts.count > 2 ? parts[2] : nil)
    }
}

extension MeterProfile {
    /// Reads a profile; its mistakes become one error for the terminal, a line each.
    static func loaded(path: String) throws -> MeterProfile {
        do throws(ConfigurationError) {
            return try load(path: path)
        } catch {
            throw CommandError.refused(
                error.mistakes.isEmpty ? "\(error)" : error.mistakes.map(\.description).joined(separator: "\n"))
        }
    }
}
