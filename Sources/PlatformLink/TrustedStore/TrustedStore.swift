public import LightClient
import Receipts
import SignedRecords

// Format of the file `trusted-block` (version 1): deterministic CBOR array
//   [ "wattseal-trusted-block/1", light block as canonical protobuf (tendermint.types.LightBlock) ]
// The light block is header, commit, and the validators OF that height, without proposer priorities, which are in no
// hash. One file, replaced whole, so that header, commit and set are always of one height.

/// The newest trusted block on disk.
public struct TrustedStore: Sendable {
    static let format = "wattseal-trusted-block/1"
    static let sizeLimit = 4 << 20

    let directory: String
    private var path: String { "\(directory)/trusted-block" }

    /// The store in a folder; the folder is made when it is missing.
    public init(directory: String) throws(PlatformLinkError) {
        try DurableFile.makeFolder(directory)
        self.directory = directory
    }

    /// The stored block, checked by itself: well formed, of this chain, signed by more than two thirds of its own set.
    ///
    /// - Returns: nil when nothing is stored.
    /// - Throws: `storeMalformed`; never silently falls back to the anchor, which would be an older trust.
    public func load(chainID: String) throws(PlatformLinkError) -> LightBlock? {
        guard let bytes = try DurableFile.read(path, limit: Self.sizeLimit) else { return nil }
        do {
            let limits = CBORLimits(maximumBytes: Self.sizeLimit, maximumDepth: 2)
            guard let items = try CBOR.decode(bytes, limits: limits).arrayValue, items.count == 2,
                items[0] == .text(Self.format), let message = items[1].bytesValue
            else {
                throw PlatformLinkError.storeMalformed(path: path, reason: "expected [\"\(Self.format)\", light block]")
            }
            let block = try LightBlock(protobuf: message)
            try Verifier.verifyCommit(block, chainID: chainID)
            return block
        } catch let error as PlatformLinkError {
            throw error
        } catch {
            throw .storeMalformed(path: path, reason: "\(error)")
        }
    }

    /// Replaces the stored block; it is durable when this returns.
    public func save(_ block: LightBlock) throws(PlatformLinkError) {
        let item = CBOR.array([.text(Self.format), .bytes(block.withoutUnauthenticatedParts.protobuf)])
        try DurableFile.write(item.encode(), to: path)
    }
}
