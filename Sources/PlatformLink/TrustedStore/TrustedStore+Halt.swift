import LightClient

extension TrustedStore {
    private static let noteLimit = 1 << 20

    private var haltPath: String { "\(directory)/halt" }
    private var anchorsPath: String { "\(directory)/anchors" }

    /// The halt that stands; nil where none does.
    ///
    /// - Throws: `storeMalformed` for a file that is none of this chain; it counts as a halt that nobody can read.
    public func halt(chainID: String) throws(PlatformLinkError) -> TrustHalt? {
        guard let bytes = try DurableFile.read(haltPath, limit: Self.noteLimit) else { return nil }
        guard let halt = TrustHalt(decoding: bytes, chainID: chainID) else {
            throw .storeMalformed(path: haltPath, reason: "expected [\"\(TrustHalt.format)\", \"\(chainID)\", …]")
        }
        return halt
    }

    /// Notes a halt; it is durable when this returns.
    func save(_ halt: TrustHalt, chainID: String) throws(PlatformLinkError) {
        try DurableFile.write(halt.encoded(chainID: chainID), to: haltPath)
    }

    /// Keeps evidence for a person, as /broadcast_evidence takes it.
    func save(_ evidence: AttackEvidence) throws(PlatformLinkError) {
        guard let hash = evidence.conflicting.header.hash(), let text = try? RPCJSON.encode(evidence) else { return }
        try DurableFile.write(text, to: "\(directory)/evidence-\(hash.hex).json")
    }

    /// Every new anchor that this store was given after its first, oldest first.
    public func reanchorings(chainID: String) throws(PlatformLinkError) -> [Reanchoring] {
        guard let bytes = try DurableFile.read(anchorsPath, limit: Self.noteLimit) else { return [] }
        guard let list = Reanchoring.decode(bytes, chainID: chainID) else {
            throw .storeMalformed(
                path: anchorsPath, reason: "expected [\"\(Reanchoring.format)\", \"\(chainID)\", […]]")
        }
        return list
    }

    /// Begins trust anew at a verified anchor: notes it, replaces the trusted block, then takes the halt away. A power cut
    /// between two of these leaves the old trust ended and the work to be done again.
    func begin(at block: LightBlock, _ reanchoring: Reanchoring, chainID: String) throws(PlatformLinkError) {
        let list = try reanchorings(chainID: chainID) + [reanchoring]
        try DurableFile.write(Reanchoring.encode(list, chainID: chainID), to: anchorsPath)
        try save(block)
        try DurableFile.remove(haltPath)
    }
}
