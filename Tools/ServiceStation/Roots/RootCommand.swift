import ArgumentParser
import FirmwareUpdate

/// `root`: whom devices trust.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root", abstract: "Makes, changes, signs and shows roots: whom devices trust, and for what.",
        discussion: """
            A root is a file root.N. The first is signed by a threshold of its own root keys; each later one also by a threshold \
            of those before it.
            """,
        subcommands: [RootNewCommand.self, RootRotateCommand.self, RootSignCommand.self, RootShowCommand.self])
}

/// `root sign`: one more signature.
struct RootSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Adds signatures to a root, in place.")

    @Argument(help: "The root's file.")
    var root: String

    @Option(name: .customLong("key"), help: ArgumentHelp(stringLiteral: SigningKey.help))
    var keys: [String]

    @Option(help: "The root before it, whose keys must sign, too; without it only this root's own are looked at.")
    var after: String?

    func run() throws {
        var signed = try RootFile.read(root)
        for key in keys { signed = try signed.signed(by: try SigningKey.open(key)) }
        try RootFile.write(signed, to: root)
        try RootFile.report(signed, after: try after.map { try RootFile.read($0) })
    }
}

/// `root show`: what a root says, and whether it is signed.
struct RootShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Says what a root says, and whether enough have signed it.")

    @Argument(help: "The root's file.")
    var root: String

    @Option(help: "The root before it, whose keys must have signed, too.")
    var after: String?

    func run() throws {
        let signed = try RootFile.read(root)
        for line in RootFile.lines(of: signed.root) { print(line) }
        try RootFile.report(signed, after: try after.map { try RootFile.read($0) })
    }
}
