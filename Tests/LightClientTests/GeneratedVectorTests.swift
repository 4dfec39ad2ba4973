import Foundation
import LightClient
import Testing

/// Values computed by the Go implementation.
struct GeneratedVectorTests {
    private struct HeaderRow: Decodable {
        let name: String
        let hash: String
        let header: Header
    }

    @Test func headerHashes() throws {
        let rows = try Vectors.table([HeaderRow].self, "generated/header-hash.json")
        #expect(rows.count == 16)
        for row in rows {
            #expect((row.header.hash()?.hex ?? "") == row.hash, "\(row.name)")
            #expect(try Header(protobuf: row.header.protobuf) == row.header, "\(row.name)")
            let json = try RPCJSON.encode(row.header)
            #expect(try RPCJSON.decode(Header.self, from: json) == row.header, "\(row.name)")
        }
    }

    /// Every one of the 14 items is under the hash.
    @Test func everyHeaderFieldCounts() throws {
        let header = try #require(
            try Vectors.table([HeaderRow].self, "generated/header-hash.json").first
        ).header
        let other = Hash.sha256([1])
        let changes: [(inout Header) -> Void] = [
            { $0.version.block = 12 }, { $0.version.app += 1 }, { $0.chainID += "x" }, { $0.height += 1 },
            { $0.time = $0.time.advanced(byNanoseconds: 1) ?? $0.time }, { $0.lastBlockID.hash = other },
            { $0.lastBlockID.parts.total += 1 }, { $0.lastBlockID.parts.hash = other },
            { $0.lastCommitHash = other }, { $0.dataHash = other }, { $0.validatorsHash = other },
            { $0.nextValidatorsHash = other }, { $0.consensusHash = other }, { $0.appHash[0] ^= 1 },
            { $0.lastResultsHash = other }, { $0.evidenceHash = other }, { $0.proposerAddress = nil },
            { $0.lastCommitHash = nil }, { $0.appHash.append(0) },
        ]
        var seen: Set<Hash?> = [header.hash()]
        for (index, change) in changes.enumerated() {
            var changed = header
            change(&changed)
            #expect(seen.insert(changed.hash()).inserted, "change \(index)")
        }
    }

    private struct VoteRow: Decodable {
        let blockID: BlockID?
        let chainID: String
        let height: String
        let round: Int32
        let timestamp: Timestamp
        let type: UInt64
        let signBytes: String

        private enum CodingKeys: String, CodingKey {
            case height, round, timestamp, type
            case blockID = "block_id"
            case chainID = "chain_id"
            case signBytes = "sign_bytes"
        }
    }

    @Test func voteSignBytes() throws {
        let rows = try Vectors.table([VoteRow].self, "generated/vote-sign-bytes.json")
        #expect(rows.count == 12)
        for row in rows {
            let bytes = Vote.signBytes(
                chainID: row.chainID, height: try #require(Int64(row.height)), round: row.round, blockID: row.blockID,
                timestamp: row.timestamp, type: try #require(Vote.Kind(rawValue: row.type)))
            #expect(Hex.encode(bytes) == row.signBytes)
        }
        let zero = Vote.signBytes(
            chainID: "c", height: 1, round: 0, blockID: .zero, timestamp: .unixEpoch)
        let none = Vote.signBytes(chainID: "c", height: 1, round: 0, blockID: nil, timestamp: .unixEpoch)
        #expect(zero == none)
    }

    private struct MerkleRow: Decodable {
        struct Proof: Decodable {
            let aunts: [String]
            let index: Int64
            let leafHash: String
            let total: Int64

            private enum CodingKeys: String, CodingKey {
                case aunts, index, total
                case leafHash = "leaf_hash"
            }
        }
        let items: [String]
        let proofs: [Proof]
        let root: String
    }

    @Test func merkleTrees() throws {
        let rows = try Vectors.table([MerkleRow].self, "generated/merkle.json")
        #expect(rows.count == 21)
        for row in rows {
            let items = try row.items.map { try Hex.decode($0) }
            let root = try Hash(hex: row.root)
            #expect(MerkleTree.root(of: items) == root)
            let (sameRoot, ours) = MerkleTree.proofs(of: items)
            #expect(sameRoot == root)
            let proofs = try row.proofs.map {
                MerkleProof(
                    total: $0.total, index: $0.index, leafHash: try Hash(hex: $0.leafHash),
                    aunts: try $0.aunts.map { try Hash(hex: $0) })
            }
            #expect(ours == proofs)
            for (item, proof) in zip(items, proofs) {
                try proof.verify(root: root, item: item)
                #expect(try MerkleProof(protobuf: proof.protobuf) == proof)
                checkTampered(proof, root: root, item: item)
            }
        }
    }

    private func checkTampered(_ proof: MerkleProof, root: Hash, item: [UInt8]) {
        func refused(_ what: String, _ change: (inout MerkleProof) -> Void) {
            var changed = proof
            change(&changed)
            #expect(throws: LightClientError.self, "\(what) of \(proof.index)/\(proof.total)") {
                try changed.verify(root: root, item: item)
            }
        }
        #expect(throws: LightClientError.self) { try proof.verify(root: root, item: item + [7]) }
        #expect(throws: LightClientError.self) { try proof.verify(root: .sha256([9]), item: item) }
        refused("leaf") { $0.leafHash = .sha256([9]) }
        refused("a surplus aunt") { $0.aunts.append(.sha256([9])) }
        refused("a surplus first aunt") { $0.aunts.insert(.sha256([9]), at: 0) }
        refused("total 0") { $0.total = 0 }
        refused("negative total") { $0.total = -1 }
        refused("index at total") { $0.index = $0.total }
        refused("negative index") { $0.index = -1 }
        refused("100 aunts and more") { $0.aunts += [Hash](repeating: .sha256([9]), count: 101) }
        refused("the largest total") { $0.total = .max }
        if !proof.aunts.isEmpty { refused("a missing aunt") { $0.aunts.removeLast() } }
        for place in proof.aunts.indices { refused("aunt \(place)") { $0.aunts[place] = .sha256([9]) } }
        if proof.aunts.count > 1 { refused("aunts turned round") { $0.aunts.reverse() } }
    }
}
