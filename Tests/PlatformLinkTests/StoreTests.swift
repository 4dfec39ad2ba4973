import Foundation
import LedgerSamples
import LightClient
import Receipts
import SignedRecords
import Testing

@testable import PlatformLink

@Suite("The trusted store")
struct StoreTests {
    private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let folder = NSTemporaryDirectory() + "wattseal-store-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func chain() throws -> SampleChain {
        var chain = try SampleChain()
        try chain.append(appHash: [1])
        try chain.append(appHash: [2])
        return chain
    }

    @Test("gives back what it took, the newest only, in a file and a folder that only we can read")
    func roundTrip() throws {
        try withFolder { folder in
            let chain = try chain()
            let store = try TrustedStore(directory: folder)
            #expect(try store.load(chainID: "wattseal-test") == nil)
            for height in [1, 2] as [Int64] {
                let block = try #require(chain.blocks[height])
                try store.save(block)
                #expect(try TrustedStore(directory: folder).load(chainID: "wattseal-test") == block)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["trusted-block"])
            let file = try FileManager.default.attributesOfItem(atPath: folder + "/trusted-block")
            #expect(file[.posixPermissions] as? Int == 0o600)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test("refuses a file with any bit flipped or any byte missing; never falls back to nothing")
    func corrupt() throws {
        try withFolder { folder in
            let store = try TrustedStore(directory: folder)
            let block = try #require(try chain().newest)
            try store.save(block)
            let path = folder + "/trusted-block"
            let good = Array(try Data(contentsOf: URL(filePath: path)))
            var believed: [Int] = []
            for index in good.indices {
                var bad = good
                bad[index] ^= 1 << UInt8(index % 8)
                try Data(bad).write(to: URL(filePath: path))
                if let loaded = try? store.load(chainID: "wattseal-test") {
                    // The light check stops at two thirds: what it did not need is all that may differ.
                    #expect(loaded.header == block.header)
                    #expect(loaded.validators == block.validators)
                    believed.append(index)
                }
            }
            // At most the fourth signature, its time and its address.
            #expect(believed.count <= 64 + 20 + 12, "\(believed)")
            for length in stride(from: 0, to: good.count, by: 13) {
                try Data(good[..<length]).write(to: URL(filePath: path))
                #expect(throws: PlatformLinkError.self) { try store.load(chainID: "wattseal-test") }
            }
        }
    }

    @Test("refuses another chain's block, a folder in place of the file, and a file in place of the folder")
    func misplaced() throws {
        try withFolder { folder in
            let store = try TrustedStore(directory: folder)
            try store.save(try #require(try chain().newest))
            #expect(throws: PlatformLinkError.self) { try store.load(chainID: "another") }
            #expect(throws: PlatformLinkError.self) { try TrustedStore(directory: folder + "/trusted-block") }
            #expect(throws: PlatformLinkError.self) { try TrustedStore(directory: folder + "/no/such/parent") }
            try FileManager.default.removeItem(atPath: folder + "/trusted-block")
            try FileManager.default.createDirectory(
                atPath: folder + "/trusted-block", withIntermediateDirectories: false)
            #expect(throws: PlatformLinkError.self) { try store.load(chainID: "wattseal-test") }
            #expect(throws: PlatformLinkError.self) { try store.save(try #require(try chain().newest)) }
        }
    }

    @Test("keeps the old block when the new one cannot be written")
    func failedWrite() throws {
        try withFolder { folder in
            let chain = try chain()
            let store = try TrustedStore(directory: folder)
            try store.save(try #require(chain.blocks[1]))
            // What a crash between writing and renaming leaves, made unwritable: the next save fails before the rename.
            try FileManager.default.createDirectory(
                atPath: folder + "/.trusted-block.new", withIntermediateDirectories: false)
            #expect(throws: PlatformLinkError.self) { try store.save(try #require(chain.blocks[2])) }
            #expect(try store.load(chainID: "wattseal-test") == chain.blocks[1])
            try FileManager.default.removeItem(atPath: folder + "/.trusted-block.new")
            // A half-written leftover of a crash is written over.
            try Data([1, 2, 3]).write(to: URL(filePath: folder + "/.trusted-block.new"))
            try store.save(try #require(chain.blocks[2]))
            #expect(try store.load(chainID: "wattseal-test") == chain.blocks[2])
        }
    }

    @Test("with proofs beside it: names its sessions, refuses a tariff whose bytes were changed")
    func proofs() throws {
        try withFolder { folder in
            _ = try TrustedStore(directory: folder)
            let store = ProofStore(directory: folder)
            #expect(try store.sessions() == [])
            try store.prepare()
            let entry = ProvedEntry(key: [1], value: [2], proof: [3])
            let bundle = ProofBundle(settlement: entry, parameters: entry, block: try #require(try chain().newest))
            let session = SessionID(exactly: [UInt8](repeating: 0xAB, count: 16))
            try store.save(bundle, of: session)
            try store.save(tariff: [7, 7], as: TariffHash(hashing: [7, 7]))
            #expect(try store.sessions() == [session])
            #expect(try store.bundle(of: session) == bundle)
            #expect(try store.bundle(of: .zero) == nil)
            #expect(try store.tariff(TariffHash(hashing: [7, 7])) == [7, 7])
            let path = folder + "/proofs/tariff-\(TariffHash(hashing: [7, 7]).hex).cbor"
            try Data([7, 8]).write(to: URL(filePath: path))
            #expect(throws: PlatformLinkError.self) { try store.tariff(TariffHash(hashing: [7, 7])) }
        }
    }
}
