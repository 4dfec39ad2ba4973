public import ConfigurationText
import Quantities

/// The boards of one machine. Each has to have for itself what it drives and reads, since a channel that two name shows one the
/// other's car, and moves the other's pilot: the kernel keeps nobody from it.
public struct BoardSet: Sendable {
    /// One of them.
    public struct Member: Sendable {
        /// Whose it is, such as `connector 2`.
        public var owner: String
        /// The profile's file, as mistakes name it.
        public var file: String
        public var profile: BoardProfile

        /// A board and whose it is.
        public init(owner: String, file: String, profile: BoardProfile) {
            self.owner = owner
            self.file = file
            self.profile = profile
        }
    }

    private let members: [Member]

    /// Boards of one machine, in the order of its connectors.
    public init(_ members: [Member]) { self.members = members }

    /// Each part that a board names although one before it has it, where the later one's profile names it.
    ///
    /// Names and numbers of the kernel's devices are compared as this machine has them now, where it has them. That a PWM channel is
    /// exported already says nothing: it may be the last run's of the same daemon.
    public func mistakes(sysfsRoot: String = "/sys") -> [ConfigurationMistake] {
        var mistakes: [ConfigurationMistake] = []
        var taken: [(owner: String, wired: WiredPart)] = []
        for member in members {
            guard let wiring = member.profile.wiring else { continue }
            let document = Self.document(member)
            for wired in wiring.wiredParts + Self.lines(wiring, document) {
                let part = wired.part.resolved(sysfsRoot: sysfsRoot)
                let first = taken.first { earlier in
                    earlier.wired.part.isSame(as: part) && !(earlier.wired.isShareable && wired.isShareable)
                }
                if let first {
                    mistakes.append(
                        ConfigurationMistake(
                            file: member.file, position: document.position(of: wired.path),
                            key: wired.path.description, expected: "\(wired.part.kind) of \(member.owner)'s own",
                            found: "\(wired.part.words), which \(first.owner) has as \(first.wired.path)"))
                }
                taken.append((member.owner, WiredPart(wired.path, part, isShareable: wired.isShareable)))
            }
        }
        return mistakes
    }

    /// The file that the profile was read from, for the places in it.
    private static func document(_ member: Member) -> TomlDocument {
        do throws(ConfigurationError) {
            return try TomlDocument(bytes: member.profile.fileBytes, file: member.file)
        } catch { invariantBroken("a profile's bytes are those that it was read from") }
    }

    private static func lines(_ wiring: GPIOWiring, _ document: TomlDocument) -> [WiredPart] {
        (document.root.tables("line", required: false) ?? []).compactMap { table in
            guard let role = table.choice("role", of: LineRole.self), let line = wiring.lines[role] else { return nil }
            let key = table.has("name") ? "name" : "offset"
            return WiredPart(table.path.appending(key), .line(chip: line.chip, place: line.place))
        }
    }
}
