import LightClient
import PlatformLink

/// One line of `wattseal light sync`: an event with what belongs to it.
struct SyncLine: Encodable {
    var event: String
    var from: String?
    var to: String?
    var height: Int64?
    var hash: String?
    var time: String?
    var trusted: Int64?
    var untrusted: Int64?
    var verdict: String?
    var witness: String?
    var result: String?
    var reason: String?
    var kind: String?
    var commonHeight: Int64?
    var oldHeight: Int64?
    var oldHash: String?
    var accepted: Bool?
    var evidence: AttackEvidence?

    private enum CodingKeys: String, CodingKey {
        case event, from, to, height, hash, time, trusted, untrusted, verdict, witness, result, reason, kind, accepted
        case evidence
        case commonHeight = "common_height"
        case oldHeight = "old_height"
        case oldHash = "old_hash"
    }

    private init(_ event: String) { self.event = event }

    /// An event about a block.
    init(_ event: String, _ block: LightBlock, from: String? = nil) {
        self.event = event
        self.from = from
        height = block.height
        hash = block.header.hash()?.hex
        time = block.header.time.rfc3339
    }

    /// The end of a run that did not get through.
    init(_ error: PlatformLinkError) {
        switch error {
        case .trustExpired: event = "expired"
        case .trustHalted: event = "halted"
        default: event = error.isRefusedAnswer ? "refused" : "failed"
        }
        reason = "\(error)"
    }

    /// What a synchroniser did.
    init(_ progress: SyncProgress) {
        switch progress {
        case .fetched(let block, let source): self.init("fetched", block, from: source)
        case .trusted(let block): self.init("trusted", block)
        case .decided(let step):
            self.init("verdict")
            trusted = step.trusted
            untrusted = step.untrusted
            verdict = "\(step.verdict)"
        case .compared(let name, let compared, let standing):
            self.init("compared")
            witness = name
            height = compared
            (result, reason) = Self.words(standing)
        case .primaryReplaced(let old, let new, let error):
            self.init("primary-replaced")
            from = old
            to = new
            reason = "\(error)"
        case .halted(let halt):
            self.init("divergence")
            kind = halt.divergence.kind.rawValue
            commonHeight = halt.divergence.commonHeight
            height = halt.divergence.primaryHeight
            hash = halt.divergence.primaryHash.hex
            from = halt.primary
            witness = halt.divergence.witness
            reason = "\(halt)"
        case .reported(let piece, let receiver, let refusal):
            self.init("evidence")
            to = receiver
            kind = piece.kind.rawValue
            commonHeight = piece.commonHeight
            height = piece.conflicting.height
            hash = piece.conflicting.header.hash()?.hex
            accepted = refusal == nil
            reason = refusal.map { "\($0)" }
            evidence = piece
        case .reanchored(let reanchoring):
            self.init("re-anchored")
            oldHeight = reanchoring.old.height
            oldHash = reanchoring.old.hash.hex
            height = reanchoring.new.height
            hash = reanchoring.new.hash.hex
            time = reanchoring.time.rfc3339
            reason = reanchoring.reason.rawValue
        }
    }

    private static func words(_ standing: WitnessStanding) -> (String, String?) {
        switch standing {
        case .unheard: ("unheard", nil)
        case .notYet: ("behind", nil)
        case .behind(let newest): ("behind", "its newest height is \(newest)")
        case .equal: ("equal", nil)
        case .conflicting: ("conflicting", nil)
        case .ignored(let reason): ("ignored", reason)
        case .dropped(let reason): ("dropped", reason)
        }
    }

    /// Writes the line to standard output at once.
    func print() {
        guard let bytes = try? RPCJSON.encode(self) else { return }
        try? FileBytes.write(bytes + [UInt8(ascii: "\n")], to: "-")
    }
}
