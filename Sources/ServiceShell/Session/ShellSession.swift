/// The shell on one serial line: bytes of the technician in, bytes for the technician out.
///
/// It knows neither the line nor a clock. A line that begins with `{` is a request of a program and is answered with one
/// line of JSON, without echo and without prompt; any other is a command of a person. The two may alternate.
public struct ShellSession: Sendable {
    private static let prompt = "wattseal> "

    private let desk: any ServiceDesk
    private var editor = LineEditor()
    /// A person is shown the prompt before the first character of a line, a program never.
    private var promptIsDue = false

    /// A session that asks `desk`.
    public init(desk: any ServiceDesk) { self.desk = desk }

    /// What is shown when the line comes up.
    public mutating func greeting() -> [UInt8] {
        promptIsDue = false
        var lines = ["", "Wattseal service shell"]
        do throws(ServiceShellError) {
            let identity = try desk.identity()
            let names = "\(identity.product), serial \(identity.serial), firmware \(identity.firmwareVersion)"
            lines.append(PeopleRenderer.printable(names) + (identity.isBench ? ", BENCH" : ""))
        } catch {
            lines.append("error: \(PeopleRenderer.printable(error.description))")
        }
        lines.append("help lists the commands")
        return Self.show(lines) + Array(Self.prompt.utf8)
    }

    /// Takes what came over the line and answers it.
    public mutating func receive(_ symbols: some Sequence<LineSymbol>) -> [UInt8] {
        var output: [UInt8] = []
        for symbol in symbols { output += receive(symbol) }
        return output
    }

    /// Takes bytes that were all received well.
    public mutating func receive(_ bytes: [UInt8]) -> [UInt8] {
        receive(bytes.lazy.map { .byte($0) })
    }

    private mutating func receive(_ symbol: LineSymbol) -> [UInt8] {
        if symbol == .lineBreak {
            editor = LineEditor()
            return greeting()
        }
        let step = editor.receive(symbol)
        var output: [UInt8] = []
        if promptIsDue, !editor.isMachine, !step.echo.isEmpty {
            output += Self.prompt.utf8
            promptIsDue = false
        }
        output += step.echo
        switch step.event {
        case .none:
            break
        case .line(let text):
            output += Self.show(run(text)) + Self.prompt.utf8
        case .machineLine(let text):
            output += reply(to: text)
            promptIsDue = true
        case .refused(let error, let isMachine):
            if isMachine {
                output += Self.machineLine(JSONRenderer.failure(id: nil, error))
                promptIsDue = true
            } else {
                output += Self.show(["error: \(error)"]) + Self.prompt.utf8
            }
        case .interrupted:
            // A program that gives up a line wants no prompt; a person, whose ^C was shown, does.
            if !step.echo.isEmpty { output += Self.prompt.utf8 }
        }
        return output
    }

    private func run(_ line: String) -> [String] {
        let words = line.split(separator: " ").map(String.init)
        guard let name = words.first else { return [] }
        do throws(ServiceShellError) {
            let command = try ServiceCommand.named(name)
            return PeopleRenderer.lines(of: try command.answer(from: desk, arguments: Array(words.dropFirst())))
        } catch {
            return ["error: " + PeopleRenderer.printable(error.description)]
        }
    }

    private func reply(to line: String) -> [UInt8] {
        do throws(MachineRequest.Refusal) {
            let request = try MachineRequest(parsing: line)
            do throws(ServiceShellError) {
                let report = try request.command.answer(from: desk, arguments: request.arguments)
                return Self.machineLine(JSONRenderer.success(id: request.id, report))
            } catch {
                return Self.machineLine(JSONRenderer.failure(id: request.id, error))
            }
        } catch {
            return Self.machineLine(JSONRenderer.failure(id: error.id, error.error))
        }
    }

    private static func show(_ lines: [String]) -> [UInt8] {
        lines.flatMap { Array($0.utf8) + [.carriageReturn, .lineFeed] }
    }

    private static func machineLine(_ text: String) -> [UInt8] { Array(text.utf8) + [.lineFeed] }
}
