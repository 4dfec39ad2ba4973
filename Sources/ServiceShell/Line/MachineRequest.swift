/// A request of a program: `{"id":17,"cmd":"meter","args":{}}`.
struct MachineRequest: Equatable, Sendable {
    var id: Int64?
    var command: ServiceCommand
    var arguments: [String]

    /// Why a request was refused, and its id as far as it could be read.
    struct Refusal: Error, Equatable {
        var id: Int64?
        var error: ServiceShellError
    }

    init(parsing line: String) throws(Refusal) {
        var id: Int64?
        do throws(ServiceShellError) {
            guard case .object(let members) = try JSONText.parse(line) else {
                throw .syntax(offset: 0, expected: "an object")
            }
            id = try Self.id(in: members)
            if let stranger = members.first(where: { !["id", "cmd", "args"].contains($0.name) }) {
                throw .syntax(offset: 0, expected: "the members id, cmd and args, not \"\(stranger.name)\"")
            }
            guard case .text(let name) = members.first(where: { $0.name == "cmd" })?.value else {
                throw .syntax(offset: 0, expected: "the member cmd, a string")
            }
            let command = try ServiceCommand.named(name)
            self.arguments = try Self.arguments(of: command, in: members)
            self.command = command
            self.id = id
        } catch {
            throw Refusal(id: id, error: error)
        }
    }

    private static func id(in members: [(name: String, value: JSONText)]) throws(ServiceShellError) -> Int64? {
        guard let member = members.first(where: { $0.name == "id" }) else { return nil }
        // Programs keep JSON numbers exactly only below 2^53 (RFC 8259 section 6).
        guard case .integer(let id) = member.value, (0..<(1 << 53)).contains(id) else {
            throw .syntax(offset: 0, expected: "the member id, an integer from 0 to 2^53 - 1")
        }
        return id
    }

    private static func arguments(
        of command: ServiceCommand, in members: [(name: String, value: JSONText)]
    ) throws(ServiceShellError) -> [String] {
        guard let member = members.first(where: { $0.name == "args" }) else { return [] }
        guard case .object(let arguments) = member.value else {
            throw .arguments(command: command.rawValue, expected: "args to be an object")
        }
        if let stranger = arguments.first(where: { !command.parameters.contains($0.name) }) {
            throw .arguments(command: command.rawValue, expected: "no argument \"\(stranger.name)\"")
        }
        var texts: [String] = []
        for name in command.parameters {
            guard let value = arguments.first(where: { $0.name == name })?.value else { break }
            guard case .text(let text) = value else {
                throw .arguments(command: command.rawValue, expected: "\(name) to be a string")
            }
            texts.append(text)
        }
        return texts
    }
}
