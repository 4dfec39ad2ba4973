import Crypto
import Foundation
import Quantities
import RecordSamples
import SignedRecords
import Testing

@testable import Receipts

@Suite("An OCMF record that was changed")
struct OCMFVerificationTests {
    @Test("is refused: every bit of every byte, one at a time")
    func everyBit() throws {
        let sample = try SampleOCMF()
        let bytes = sample.record.encode()
        _ = try OCMFRecord(decoding: bytes + [0x0A]).verify(against: sample.evidence)
        var believed: [String] = []
        for index in bytes.indices {
            for bit in UInt8(0)..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                // Not found by the comparison with the records alone: the signature is checked, too.
                guard let record = try? OCMFRecord(decoding: changed) else { continue }
                if (try? record.verifySignature(key: sample.device.publicKeys.p256)) != nil {
                    believed.append("\(index)/\(bit)")
                }
            }
        }
        #expect(believed == [])
        for cut in [0, 1, 5, bytes.count - 1] {
            #expect(throws: ReceiptError.self) { try OCMFRecord(decoding: Array(bytes[..<cut])) }
        }
        #expect(throws: ReceiptError.self) { try OCMFRecord(decoding: bytes + [0x0A, 0x0A]) }
        #expect(throws: ReceiptError.self) { try OCMFRecord(decoding: bytes + Array("|00".utf8)) }
    }

    @Test("is refused where the device itself signed what its records do not say")
    func contradiction() throws {
        let sample = try SampleOCMF()
        let text = String(decoding: sample.payload.bytes, as: UTF8.self)
        for (old, new) in [
            ("\"RV\":8.300", "\"RV\":8.301"), ("\"RV\":7.000", "\"RV\":6.000"), ("\"PG\":\"T1\"", "\"PG\":\"T0\""),
            ("\"PG\":\"T1\"", "\"PG\":\"T01\""), ("\"ST\":\"G\"", "\"ST\":\"T\""), ("\"last\":3", "\"last\":4"),
            ("\"RV\":7.000", "\"RV\":7.00"), ("wattseal-test\"", "wattseal-tess\""),
        ] {
            let changed = text.replacingOccurrences(of: old, with: new)
            try #require(changed != text)
            let signature = try sample.device.p256.signature(for: Array(changed.utf8))
            let hex = Hexadecimal.encode(Array(signature.derRepresentation))
            let line =
                "OCMF|\(changed)|{\"SA\":\"ECDSA-secp256r1-SHA256\",\"SE\":\"hex\",\"SM\":\"application/x-der\",\"SD\":\"\(hex)\"}"
            let record = try OCMFRecord(decoding: Array(line.utf8))
            try record.verifySignature(key: sample.device.publicKeys.p256)
            #expect(throws: ReceiptError.self, "\(new)") { try record.verify(against: sample.evidence) }
        }
    }

    @Test("is refused by another device's key, and by the key of another epoch")
    func keys() throws {
        let sample = try SampleOCMF()
        let other = try SampleDevice(seed: 2)
        #expect(throws: ReceiptError.self) { try sample.record.verifySignature(key: other.publicKeys.p256) }
        #expect(throws: ReceiptError.self) { try sample.record.verifySignature(key: [4, 1]) }
        // After a key change the new P-256 key signs, and the first one does no longer.
        var changed = try SampleReceipt(keyChange: true)
        let receipt = try changed.receipt()
        guard case .genesis(let genesis) = receipt.genesis.record.body else { return }
        let payload = try OCMFPayload(
            records: receipt.records, genesis: genesis, ledger: genesis.ledger, page: 1, decimals: 3)
        let newKey = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 9, count: 32))
        func signed(_ key: P256.Signing.PrivateKey) throws -> OCMFRecord {
            try OCMFRecord(payload, signature: Array(try key.signature(for: payload.bytes).rawRepresentation))
        }
        _ = try signed(newKey).verify(against: receipt.evidence)
        let old = changed.device.p256
        #expect(throws: ReceiptError.self) { try signed(old).verify(against: receipt.evidence) }
    }

    @Test("of a session behind a move names the ledger that it was sold under")
    func moved() throws {
        var sample = try SampleReceipt(ledgers: ["b"])
        let receipt = try sample.receipt()
        guard case .genesis(let genesis) = receipt.genesis.record.body else { return }
        func record(_ ledger: LedgerChainID) throws -> OCMFRecord {
            let payload = try OCMFPayload(
                records: receipt.records, genesis: genesis, ledger: ledger, page: 1, decimals: 3)
            return try OCMFRecord(
                payload, signature: Array(try sample.device.p256.signature(for: payload.bytes).rawRepresentation))
        }
        _ = try record(try LedgerChainID("b")).verify(against: receipt.evidence)
        #expect(throws: ReceiptError.self) { try record(genesis.ledger).verify(against: receipt.evidence) }
    }
}

/// Programs that others wrote.
@Suite("Independent tools")
struct OCMFPeerTests {
    static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wattseal-ocmf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Peers/check_ocmf.py").path

    struct Judgement: Decodable {
        let valid: Bool
        let errors: [String]
        let warnings: [String]
        let page: String
        let registers: [String]
        let status: [String]
        let reasons: [String]
        let times: [String]
        let gateway: String
        let meter: String
    }

    @Test(
        "pyocmf accepts the records in strict mode, finds a good one compliant, and a doubtful one not",
        .enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no python with pyocmf"))
    func accepted() throws {
        let python = try #require(Self.python)
        try inFolder { folder in
            let samples =
                [try SampleOCMF(page: 7)] + (try OCMFTests.doubts.map { try SampleOCMF(bodies: $0.2) })
            var files: [String] = []
            for (index, sample) in samples.enumerated() {
                let file = folder.appending(path: "\(index).ocmf")
                try Data(sample.record.encode()).write(to: file)
                files.append(file.path)
            }
            let result = try run(python, [Self.script, samples[0].spki] + files)
            try #require(result.status == 0)
            let judgements = try result.output.split(separator: "\n").map {
                try JSONDecoder().decode(Judgement.self, from: Data($0.utf8))
            }
            try #require(judgements.count == samples.count)
            #expect(judgements.filter { !$0.valid }.isEmpty)
            #expect(judgements[0].errors.isEmpty)
            #expect(judgements[0].warnings.isEmpty)
            #expect(judgements[0].page == "T7")
            #expect(judgements[0].registers == ["7.000", "8.300"])
            #expect(judgements[0].reasons == ["B", "L"])
            for (doubt, judgement) in zip(OCMFTests.doubts, judgements.dropFirst()) {
                #expect(judgement.status == doubt.1, "\(doubt.0)")
                #expect(judgement.errors.isEmpty == (doubt.1 == ["G", "G"]), "\(doubt.0): \(judgement.errors)")
            }
        }
    }

    @Test(
        "pyocmf finds every changed byte of the payload and of the signature's value",
        .enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no python with pyocmf"))
    func flipped() throws {
        let python = try #require(Self.python)
        try inFolder { folder in
            let sample = try SampleOCMF()
            let file = folder.appending(path: "one.ocmf")
            try Data(sample.record.encode()).write(to: file)
            let result = try run(python, [Self.script, "--flip", sample.spki, file.path])
            struct Flips: Decodable {
                let tried: Int
                let believed: [String]
            }
            let flips = try JSONDecoder().decode(Flips.self, from: Data(result.output.utf8))
            #expect(flips.tried == sample.payload.bytes.count + sample.record.signature.count)
            #expect(flips.believed == [])
        }
    }

    @Test("openssl verifies the signature over the payload's bytes")
    func openssl() throws {
        try inFolder { folder in
            let sample = try SampleOCMF()
            let (key, signature, payload) = (
                folder.appending(path: "key.der"), folder.appending(path: "signature"),
                folder.appending(path: "payload")
            )
            try sample.device.p256.publicKey.derRepresentation.write(to: key)
            try Data(sample.record.signature).write(to: signature)
            try Data(sample.payload.bytes).write(to: payload)
            let arguments = [
                "dgst", "-sha256", "-keyform", "DER", "-verify", key.path, "-signature", signature.path, payload.path,
            ]
            #expect(try run("/usr/bin/openssl", arguments).status == 0)
            try Data(sample.payload.bytes + [0x20]).write(to: payload)
            #expect(try run("/usr/bin/openssl", arguments).status != 0)
        }
    }
}
