import ArgumentParser
import LightClient
import Receipts

/// `wattseal render`: a receipt's file for people.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Verifies a session receipt offline and writes it as one printed sheet (HTML) or as plain text.")

    @Argument(help: "The receipt.")
    var receipt: String

    @Option(help: "A light block (JSON) that you trust, as with verify.")
    var anchor: String?

    @OptionGroup var rendering: RenderingOptions

    func validate() throws {
        if rendering.isEmpty { throw ValidationError("expected --html or --text") }
        try rendering.check()
    }

    func run() throws {
        let trusted = try anchor.map { path in try LightBlockFile.read(path) }
        try rendering.write(try Receipt.verify(bytes: FileBytes.read(receipt), anchor: trusted))
    }
}
