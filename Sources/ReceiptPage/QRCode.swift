import CQREncode

/// A QR code (ISO/IEC 18004) as rows of modules, without the quiet zone.
public struct QRCode: Hashable, Sendable {
    /// Rows from the top; true is dark.
    public let rows: [[Bool]]

    /// Modules on a side.
    public var size: Int { rows.count }

    /// The smallest code that holds a text, with a quarter of it redundant (level Q): it may be printed and folded.
    ///
    /// - Returns: nil where the text does not fit, or holds a zero byte.
    public init?(_ text: String) {
        guard !text.utf8.contains(0), let code = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1) else {
            return nil
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        // Bit 0 of each module says whether it is dark.
        rows = (0..<width).map { row in (0..<width).map { code.pointee.data[row * width + $0] & 1 == 1 } }
    }

    /// The code as one SVG path of unit squares, a run of dark modules in a row at a time.
    var path: String {
        var path = ""
        for (row, modules) in rows.enumerated() {
            var column = 0
            while column < modules.count {
                guard modules[column] else {
                    column += 1
                    continue
                }
                let start = column
                while column < modules.count, modules[column] { column += 1 }
                path += "M\(start) \(row)h\(column - start)v1h-\(column - start)z"
            }
        }
        return path
    }
}
