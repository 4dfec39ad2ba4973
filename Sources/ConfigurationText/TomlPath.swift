/// Where a value stands in a TOML document: `block[1].field.import`.
public struct TomlPath: Hashable, Sendable, CustomStringConvertible {
    /// One step into a table or an array.
    public enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    public private(set) var steps: [Step]

    public init(_ steps: [Step] = []) { self.steps = steps }

    /// The document itself.
    public static let root = TomlPath()

    /// The path of a key in the table at this path.
    public func appending(_ key: String) -> TomlPath { TomlPath(steps + [.key(key)]) }

    /// The path of an element of the array at this path, counted from 0.
    public func appending(index: Int) -> TomlPath { TomlPath(steps + [.index(index)]) }

    /// The path of the table or array that holds this value; the root's parent is the root.
    public var parent: TomlPath { TomlPath(Array(steps.dropLast())) }

    /// As it would be written: keys that are not bare are quoted, elements are counted from 0.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key):
                if !text.isEmpty { text += "." }
                text += Self.isBare(key) ? key : "\"\(key)\""
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    private static func isBare(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
