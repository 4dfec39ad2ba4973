import ConfigurationText
import Quantities

/// The format of `Board/profiles/*.toml`, schema `board/1`: this file owns it.
extension BoardProfile {
    /// The largest current that the pilot can offer: IEC 61851-1 table A.8.
    static let currentRange: ClosedRange<Int64> = 6_000...80_000

    /// Reads a profile.
    ///
    /// - Throws: `BoardError.profile` with every mistake in the file.
    public static func load(path: String) throws(BoardError) -> BoardProfile {
        try BoardProfile { () throws(ConfigurationError) in try TomlDocument(path: path) }
    }

    /// Reads a profile from the bytes of a file that mistakes call `file`.
    ///
    /// - Throws: `BoardError.profile` with every mistake in the text.
    public init(bytes: [UInt8], file: String) throws(BoardError) {
        try self.init { () throws(ConfigurationError) in try TomlDocument(bytes: bytes, file: file) }
    }

    private init(_ open: () throws(ConfigurationError) -> TomlDocument) throws(BoardError) {
        do throws(ConfigurationError) {
            let document = try open()
            let reader = BoardProfileReader(document)
            let profile = reader.read()
            try document.finish()
            guard let profile else { invariantBroken("a board profile without mistakes has every value") }
            self = profile
        } catch {
            throw .profile(error)
        }
    }
}
