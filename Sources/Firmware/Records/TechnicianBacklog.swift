import Journal
import Quantities
import SignedRecords

/// What technicians did while the device's chain could not be written to: kept durably beside the journal until it can, in room that
/// is set aside beforehand.
///
/// A line each: certificate, role, outcome, boot and milliseconds since it, digest; name, action and subject in hexadecimal. What
/// is no such line is refused: the file is this type's own.
struct TechnicianBacklog {
    /// So many wait at most; the next is refused, and what it is about is not done.
    static let most = 64
    /// So many of them may be logins that were refused: anyone at the cable can make those, and must not shut out who may log in.
    static let mostRefusedLogins = 8
    /// A line is at most 562 bytes long.
    private static let mostBytes = most * 768

    /// So many more wait while no firmware runs, which alone can put them on record: a technician who comes again and again to such
    /// a charger is not shut out.
    static let mostInRescue = 256
    private static let mostBytesInRescue = mostInRescue * 768

    /// nil for memory alone.
    private var file: TwoCopyFile?
    /// What was kept while no firmware ran.
    private var rescueFile: TwoCopyFile?
    private let isRescue: Bool
    private var own: [TechnicianAction]
    private var rescued: [TechnicianAction] = []
    /// How many of the own ones were there before those of the rescue shell.
    private var before: Int

    /// What waits, in the order in which it was done.
    var actions: [TechnicianAction] { own[..<before] + rescued + own[before...] }

    /// Nothing waits, and nothing outlasts the process.
    init() { (own, before, isRescue) = ([], 0, false) }

    /// Takes up what waits from before the start, from a folder of its own in the folder of everything that the device keeps.
    ///
    /// - Parameter isRescue: whether no firmware runs.
    init(home: String, isRescue: Bool = false) throws(FirmwareError) {
        let folder = home + "/technicians-waiting"
        let storage: FileStorage
        do throws(StorageFault) { storage = try FileStorage.writer(directory: folder) } catch {
            throw .system(call: "\(error.operation.rawValue) \(folder)", errno: error.errno)
        }
        try self.init(on: storage, isRescue: isRescue)
    }

    init(on storage: any JournalStorage, isRescue: Bool = false) throws(FirmwareError) {
        var file = TwoCopyFile("waiting", capacity: Self.mostBytes, on: storage)
        var rescueFile = TwoCopyFile("rescue", capacity: Self.mostBytesInRescue, on: storage)
        // The rescue shell only adds to its own: what is wrong with the other is for the firmware to say.
        own = isRescue ? [] : try Self.actions(in: String(decoding: try file.content(), as: UTF8.self))
        rescued = try Self.actions(in: String(decoding: try rescueFile.content(), as: UTF8.self))
        before = own.count
        (self.file, self.rescueFile, self.isRescue) = (file, rescueFile, isRescue)
    }

    static func actions(in text: String) throws(FirmwareError) -> [TechnicianAction] {
        var actions: [TechnicianAction] = []
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let action = Self.action(line) else {
                throw .room(
                    "records", reason: "what waits for its record, line \(number + 1): expected a technician's action")
            }
            actions.append(action)
        }
        return actions
    }

    /// Keeps an action; durable when it returns.
    mutating func keep(_ action: TechnicianAction) throws(FirmwareError) {
        let (kept, most) = isRescue ? (rescued, Self.mostInRescue) : (own, Self.most)
        guard kept.count < most else {
            throw .room("records", reason: "\(most) actions of technicians wait for their record")
        }
        guard !Self.isRefusedLogin(action) || kept.count(where: Self.isRefusedLogin) < Self.mostRefusedLogins else {
            throw .room("records", reason: "\(Self.mostRefusedLogins) refused logins wait for their record")
        }
        if isRescue {
            try rescueFile?.keep(Self.bytes(of: rescued + [action]))
            rescued.append(action)
        } else {
            try file?.keep(Self.bytes(of: own + [action]))
            own.append(action)
        }
    }

    /// All of them are on record.
    mutating func clear() throws(FirmwareError) {
        // Those of the rescue shell first: a stop between the two leaves what is found on record all the same.
        if !rescued.isEmpty { try rescueFile?.keep([]) }
        rescued = []
        if !own.isEmpty { try file?.keep([]) }
        (own, before) = ([], 0)
    }

    private static func bytes(of actions: [TechnicianAction]) -> [UInt8] {
        Array(actions.map { line($0) + "\n" }.joined().utf8)
    }

    private static func isRefusedLogin(_ action: TechnicianAction) -> Bool {
        action.action == "login" && action.shell?.outcome == .refused
    }

    static func line(_ action: TechnicianAction) -> String {
        guard let act = action.shell else { invariantBroken("an action of the shell says what the shell knows") }
        let texts = [act.name, action.action, action.subject].map { "x" + Hexadecimal.encode($0.utf8) }
        let numbers = [
            action.technician.hex, "\(act.role.rawValue)", "\(act.outcome.rawValue)", act.boot.hex, "\(act.sinceBoot)",
            act.arguments.hex,
        ]
        return (numbers + texts).joined(separator: " ")
    }

    private static func action(_ line: Substring) -> TechnicianAction? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 9, let technician = try? ContentHash(hex: words[0]),
            let role = UInt8(words[1]).flatMap({ ShellAct.Role(rawValue: $0) }),
            let outcome = UInt8(words[2]).flatMap({ ShellAct.Outcome(rawValue: $0) }),
            let boot = try? BootID(hex: words[3]), let sinceBoot = UInt64(words[4]),
            let arguments = try? ContentHash(hex: words[5]),
            let name = text(words[6]), let action = text(words[7]), let subject = text(words[8])
        else { return nil }
        return TechnicianAction(
            technician: technician, action: action, subject: subject, succeeded: outcome == .done,
            shell: ShellAct(
                role: role, name: name, arguments: arguments, outcome: outcome, boot: boot, sinceBoot: sinceBoot))
    }

    /// A text behind its `x`: an empty one is a word, too.
    private static func text(_ word: String) -> String? {
        guard word.hasPrefix("x"), let bytes = Hexadecimal.decode(String(word.dropFirst())) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
