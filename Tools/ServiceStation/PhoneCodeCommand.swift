import ArgumentParser
import FoundationEssentials
import ServiceShell
import SignedRecords

/// `phone-code`: what the back office reads out to someone before a charger.
struct PhoneCodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phone-code", abstract: "Answers a charger's phone question, for looking alone.")

    @Option(help: "The file with the charger's phone key, 64 hexadecimal digits.")
    var key: String

    @Option(help: "The charger's device id, 64 hexadecimal digits.")
    var device: String

    @Argument(help: "The question that the charger shows, ten characters.")
    var question: String

    func run() throws {
        print(try answer(key: String(decoding: try Data(contentsOf: URL(filePath: key)), as: UTF8.self)))
    }

    func answer(key text: String) throws -> String {
        let digits = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard let key = Hexadecimal.decode(digits), key.count == 32 else {
            throw StationError.keyFile(path: key, expected: "64 hexadecimal digits")
        }
        guard let device = try? DeviceID(hex: device) else {
            throw StationError.option(name: "device", expected: "64 hexadecimal digits", found: device)
        }
        let asked = question.filter { $0 != "-" }
        guard asked.count == PhoneCode.length else {
            throw StationError.option(name: "question", expected: "\(PhoneCode.length) characters", found: question)
        }
        return PhoneCode.answer(to: asked, device: device.bytes, key: key)
    }
}
