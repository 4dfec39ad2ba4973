import ArgumentParser
import Firmware

/// `wattseal key`: the public side of the device's keys, from its running signer.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Shows a device's public keys and proves that it has the private ones.",
        subcommands: [Show.self, Enrol.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the public keys in force, their epoch and how they are protected.")

        @Option(help: "The daemon's configuration.")
        var config: String

        func run() throws {
            let signer = try SignerInquiry(try FirmwareConfiguration(path: config))
            let lines = [
                "fingerprint \(signer.fingerprint)", "epoch \(signer.epoch)", "protection \(signer.protection)",
                "ed25519 \(signer.ed25519)", "p256 \(signer.p256)",
            ]
            try FileBytes.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: "-")
        }
    }

    struct Enrol: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has the device prove that it has its private keys.",
            discussion: "Prints the statement's parts and the Ed25519 signature over them (docs/format.md).")

        @Option(help: "The daemon's configuration.")
        var config: String

        @Option(help: "32 to 128 hexadecimal digits from whoever wants the proof.")
        var nonce: String

        func run() throws {
            let configuration = try FirmwareConfiguration(path: config)
            let signer = try SignerInquiry(configuration)
            let device = configuration.device
            let signature = try signer.prove(product: device.product, serial: device.serial, nonce: nonce)
            let lines = [
                "product \(device.product)", "serial \(device.serial)", "nonce \(nonce.lowercased())",
                "ed25519 \(signer.ed25519)", "p256 \(signer.p256)", "epoch \(signer.epoch)", "signature \(signature)",
            ]
            try FileBytes.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: "-")
        }
    }
}
