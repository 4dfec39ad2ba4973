import SignedRecords

/// A request of a program: `{"id":17,"cmd":"limit.set","args":{"current_ma":16000},"sum":"1d0f1f3a"}`.
struct MachineRequest: Equatable, Sendable {
    var id: Int64?
    var invocation: Invocation
    /// It carries a checksum, and the right one.
    var isSummed: Bool
    /// What the checksum is, or should be.
    var sum: String

    /// Why a request was refused, and its id as far as it could be read.
    struct Refusal: Error, Equatable {
        var id: Int64?
        var error: ServiceShellError
    }

    init(parsing line: String) throws(Refusal) {
        var id: Int64?
        do throws(ServiceShellError) {
            let (sum, found) = Self.sums(of: line)
            // Nothing of a line that was changed on its way is believed, not even its id.
            if let found, found != sum { throw .checksum(expected: sum, found: found) }
            guard case .object(let members) = try JSONText.parse(line) else {
                throw .syntax(offset: 0, expected: "an object")
            }
            id = try Self.id(in: members)
            let known = ["id", "cmd", "args"] + (found == nil ? [] : ["sum"])
            if let stranger = members.first(where: { !known.contains($0.name) }) {
                throw stranger.name == "sum"
                    ? .checksum(expected: sum, found: nil)
                    : .syntax(offset: 0, expected: "the members id, cmd, args and sum, not \"\(stranger.name)\"")
            }
            guard case .text(let name) = members.first(where: { $0.name == "cmd" })?.value else {
                throw .syntax(offset: 0, expected: "the member cmd, a string")
            }
            guard let row = CommandTable.rows.first(where: { $0.machineName == name }) else {
                throw .unknownCommand(name)
            }
            invocation = Invocation(row: row, values: try Self.values(of: row, in: members))
            self.id = id
            isSummed = found != nil
            self.sum = sum
        } catch {
            throw Refusal(id: id, error: error)
        }
    }

    /// The CRC-32C of what stands before `,"sum":"…"}` at the line's end, or of the line without its last brace where there is no
    /// such end; and the sum that the line names.
    static func sums(of line: String) -> (sum: String, found: String?) {
        let bytes = Array(line.utf8)
        let (mark, tail, digits) = (Array(",\"sum\":\"".utf8), Array("\"}".utf8), 8)
        let length = mark.count + digits + tail.count
        var covered = bytes.dropLast()
        var found: String?
        if bytes.count > length, bytes[(bytes.count - length)...].starts(with: mark), bytes.suffix(2) == tail[...] {
            covered = bytes[..<(bytes.count - length)]
            found = String(
                decoding: bytes[(bytes.count - tail.count - digits)..<(bytes.count - tail.count)], as: UTF8.self)
        }
        var sum: [UInt8] = []
        sum.appendBigEndian(CRC32C.checksum(covered))
        return (Hexadecimal.encode(sum), found)
    }

    private static func id(in members: [(name: String, value: JSONText)]) throws(ServiceShellError) -> Int64? {
        guard let member = members.first(where: { $0.name == "id" }) else { return nil }
        // Programs keep JSON numbers exactly only below 2^53 (RFC 8259 section 6).
        guard case .integer(let id) = member.value, (0..<(1 << 53)).contains(id) else {
            throw .syntax(offset: 0, expected: "the member id, an integer from 0 to 2^53 - 1")
        }
        return id
    }

    private static func values(
        of row: CommandRow, in members: [(name: String, value: JSONText)]
    ) throws(ServiceShellError) -> [String: ArgumentValue] {
        var given: [(name: String, value: JSONText)] = []
        if let member = members.first(where: { $0.name == "args" }) {
            guard case .object(let arguments) = member.value else {
                throw .arguments(command: row.machineName, expected: "args to be an object")
            }
            given = arguments
        }
        if let stranger = given.first(where: { member in !row.arguments.contains { $0.machineName == member.name } }) {
            throw .arguments(command: row.machineName, expected: "no argument \"\(stranger.name)\"")
        }
        var values: [String: ArgumentValue] = [:]
        for argument in row.arguments {
            guard let value = given.first(where: { $0.name == argument.machineName })?.value else {
                guard argument.isOptional else {
                    throw .arguments(command: row.machineName, expected: argument.machineExpectation)
                }
                continue
            }
            guard let value = argument.value(of: value) else {
                throw .arguments(command: row.machineName, expected: argument.machineExpectation)
            }
            values[argument.name] = value
        }
        return values
    }
}
