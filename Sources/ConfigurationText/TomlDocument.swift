internal import Glibc
internal import TOMLKit

/// A parsed TOML file that collects every mistake its reader finds, so that one run reports them all.
///
/// A reader walks it by hand: it asks `root` and the tables below it for the keys it knows. Whatever it never asks for is an
/// unknown key. `finish()` throws all mistakes in the order of the lines. Not for sharing between threads.
public final class TomlDocument {
    /// The file as it was named to us.
    public let file: String
    /// The file's bytes as they were read, for a hash over them.
    public let bytes: [UInt8]

    let content: TomlValue
    private let locator: TomlLocator
    private var mistakes: [ConfigurationMistake] = []
    /// The keys that the reader asked each opened table for, in that order.
    private var asked: [TomlPath: [String]] = [:]
    /// Tables whose keys are the user's own names.
    private var ownNames: Set<TomlPath> = []

    /// The largest file that is read. Ours are a few kilobytes.
    public static let sizeLimit = 1 << 20

    /// Parses a text.
    ///
    /// Errors: one mistake with its place when the text is not UTF-8, holds a NUL, is too large, or is not TOML.
    public init(bytes: [UInt8], file: String) throws(ConfigurationError) {
        self.file = file
        self.bytes = bytes
        func refusal(_ position: TextPosition, _ expected: String, _ found: String) -> ConfigurationError {
            .mistakes([
                ConfigurationMistake(file: file, position: position, key: "", expected: expected, found: found)
            ])
        }
        guard bytes.count <= Self.sizeLimit else {
            throw refusal(.start, "at most \(Self.sizeLimit) bytes", "\(bytes.count) bytes")
        }
        let locator = TomlLocator(bytes)
        self.locator = locator
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = locator.position(ofByte: Self.firstInvalidByte(bytes))
            throw refusal(line, "UTF-8 text", "other bytes")
        }
        // The parser's strings end at a NUL; one that is written out or escaped would silently cut a value short.
        if let offset = bytes.firstIndex(of: 0) ?? Self.offset(ofEscapedNUL: bytes) {
            throw refusal(locator.position(ofByte: offset), "text without NUL", "a NUL character")
        }
        if let offset = locator.keylessHeader {
            throw refusal(locator.position(ofByte: offset), "the key of a table", "another character")
        }
        do {
            content = TomlValue(try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            let position = TextPosition(line: max(begin.line, 1), column: max(begin.column, 1))
            throw refusal(position, "valid TOML", error.description)
        } catch {
            throw refusal(.start, "valid TOML", "\(error)")
        }
    }

    /// Reads and parses a file.
    public convenience init(path: String) throws(ConfigurationError) {
        try self.init(bytes: try Self.readFile(path), file: path)
    }

    /// The document's outermost table.
    public var root: TomlTable {
        guard case .table(let entries) = content else { return TomlTable(document: self, path: .root, entries: [:]) }
        return TomlTable(document: self, path: .root, entries: entries)
    }

    /// Whether any mistake was found so far (unknown keys are found only by `finish`).
    public var hasMistakes: Bool { !mistakes.isEmpty }

    /// Notes a mistake at the value with this path; where there is none, at the nearest table around it.
    public func report(at path: TomlPath, expected: String, found: String) {
        note(path, position(locator.values, path), expected, found)
    }

    /// Ends the reading: adds the keys nobody asked for, and throws everything that is wrong.
    public func finish() throws(ConfigurationError) {
        noteOpened(.root)
        for (path, known) in asked where !ownNames.contains(path) {
            for key in keys(ofTableAt: path) where !known.contains(key) {
                let at = path.appending(key)
                let expected = known.isEmpty ? "no key here" : "one of \(known.sorted().joined(separator: ", "))"
                note(at, position(locator.keys, at), expected, "an unknown key")
            }
        }
        asked = [:]
        guard mistakes.isEmpty else {
            let ordered = mistakes.enumerated().sorted { left, right in
                (left.element.position, left.offset) < (right.element.position, right.offset)
            }
            throw .mistakes(ordered.map(\.element))
        }
    }

    /// The place of a value, or of the nearest table around it.
    public func position(of path: TomlPath) -> TextPosition { position(locator.values, path) }

    // MARK: for TomlTable

    func noteAsked(_ key: String, of path: TomlPath) {
        if asked[path]?.contains(key) != true { asked[path, default: []].append(key) }
    }

    func noteOpened(_ path: TomlPath) {
        if asked[path] == nil { asked[path] = [] }
    }

    func noteOwnNames(_ path: TomlPath) { ownNames.insert(path) }

    func reportMissing(_ key: String, in path: TomlPath, expected: String) {
        note(path.appending(key), position(locator.keys, path), expected, "nothing")
    }

    // MARK: inside

    private func note(_ path: TomlPath, _ position: TextPosition, _ expected: String, _ found: String) {
        let mistake = ConfigurationMistake(
            file: file, position: position, key: path.description, expected: expected, found: found)
        if !mistakes.contains(mistake) { mistakes.append(mistake) }
    }

    private func position(_ map: [TomlPath: TextPosition], _ path: TomlPath) -> TextPosition {
        var path = path
        while !path.steps.isEmpty {
            if let position = map[path] { return position }
            path = path.parent
        }
        return .start
    }

    private func keys(ofTableAt path: TomlPath) -> [String] {
        var value = content
        for step in path.steps {
            switch (step, value) {
            case (.key(let key), .table(let entries)):
                guard let next = entries[key] else { return [] }
                value = next
            case (.index(let index), .array(let elements)):
                guard elements.indices.contains(index) else { return [] }
                value = elements[index]
            default: return []
            }
        }
        guard case .table(let entries) = value else { return [] }
        return entries.keys.sorted()
    }

    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
    }

    private static func offset(ofEscapedNUL bytes: [UInt8]) -> Int? {
        for offset in bytes.indices where bytes[offset] == UInt8(ascii: "\\") {
            let rest = bytes[(offset + 1)...]
            if rest.starts(with: "u0000".utf8) || rest.starts(with: "U00000000".utf8) { return offset }
        }
        return nil
    }

    private static func readFile(_ path: String) throws(ConfigurationError) -> [UInt8] {
        func refusal(_ number: Int32) -> ConfigurationError {
            .unreadable(file: path, reason: String(cString: strerror(number)))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refusal(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: path, reason: "not a regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= sizeLimit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw refusal(errno)
            }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
