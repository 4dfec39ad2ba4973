// Owns the second wall of defence. A third of the validators can sign a second chain that convinces a light client; only
// someone else's view of the same height shows it. Nothing is believed here but verified chains: a witness that merely
// says something else is led along the primary's trace and has to prove it.
//
// Order on a proved divergence: halt first (durable), then the evidence; a power cut between the two loses evidence, never
// the halt.

/// Compares a verified header with witnesses, and proves an attack where there is one. Pure: (state, event, now) → state
/// and the next thing to do.
public struct Detector: Sendable {
    /// Who is asked or told something.
    public enum Provider: Hashable, Sendable {
        /// The node whose headers were verified.
        case primary
        /// One of the others, by its name.
        case witness(String)
    }

    /// What to do next.
    public enum Step: Equatable, Sendable {
        /// Ask these witnesses, all at once, for the signed header of a height, then ``Detector/answered(_:)``.
        case ask(height: Int64, witnesses: [String])
        /// Ask these for their newest signed header, then ``Detector/answered(_:)``.
        case askNewest(witnesses: [String])
        /// Let so much time pass, then ``Detector/waited()``.
        case wait(Duration)
        /// Fetch a light block, then ``Detector/fetched(_:now:)`` or ``Detector/fetchFailed(_:)``.
        case fetch(height: Int64, from: Provider)
        /// There are two chains: make the halt durable, then ``Detector/halted()``.
        case halt(Divergence)
        /// Send evidence, then ``Detector/reported(now:)``, whether it arrived or not.
        case report(AttackEvidence, to: Provider)
        /// The comparison is over.
        case done(Outcome)
    }

    /// How a comparison ends.
    public enum Outcome: Equatable, Sendable {
        /// The header may be stored.
        case confirmed
        /// No witness has the same header: nothing may be stored.
        case unconfirmed
        /// No witness is left: nothing may be stored.
        case noWitness
        /// Two chains: nothing may be trusted any more.
        case diverged(Divergence)
        /// A witness has another block at the height where trust begins.
        case anchorContradicted(witness: String, found: Hash)
    }

    private enum Phase: Sendable {
        case comparing
        /// The witness's block that conflicts is on its way as a whole.
        case fetchingConflict(String)
        /// The witness's chain is held against the primary's trace.
        case examining(String, TraceExamination)
        /// A divergence is proved: what is to be said to the witness, and the chain that it showed.
        case proved(Divergence, AttackEvidence, way: [LightBlock])
        /// The primary's chain is held against the witness's.
        case examiningPrimary(Divergence, TraceExamination)
        /// The last evidence is under way.
        case reporting(Divergence)
        case over
    }

    /// How long a witness may lag behind the primary, beside twice the clock drift.
    public static let lag = Duration.seconds(10)
    /// A wait is cut into pieces so long, and the witness asked again after each: who was one block behind is not waited for
    /// longer than needed. What is concluded is the same as after one long wait.
    static let waitPiece = Duration.seconds(2)

    /// What to do next.
    public private(set) var step: Step = .done(.noWitness)
    /// How each witness stands, in the order in which they were given.
    public private(set) var standings: [(witness: String, standing: WitnessStanding)]

    private let chainID: String
    private let options: TrustOptions
    /// The primary's verified way, the block trusted before first; a single block is an anchor.
    private let trace: [LightBlock]
    private var phase = Phase.comparing
    private var patience: Duration
    /// The headers of those that conflict.
    private var conflicts: [String: SignedHeader] = [:]
    /// Witnesses that said once that they are above the height.
    private var claimed: Set<String> = []

    /// A comparison of the last block of `trace`, which was verified along it, with what witnesses have.
    public init(trace: [LightBlock], witnesses: [String], chainID: String, options: TrustOptions) {
        self.trace = trace
        self.chainID = chainID
        self.options = options
        standings = witnesses.map { ($0, .unheard) }
        patience = options.drift * 2 + Self.lag
        advance()
    }

    private var target: SignedHeader? { trace.last?.signedHeader }
    private var isAnchor: Bool { trace.count == 1 }

    /// How a witness stands.
    public func standing(of witness: String) -> WitnessStanding? {
        standings.first { $0.witness == witness }?.standing
    }

    // MARK: Comparing

    /// The witnesses that were asked have answered; one that is missing did not.
    public mutating func answered(_ answers: [String: WitnessAnswer]) {
        switch step {
        case .ask(let height, let asked):
            for witness in asked { judge(witness, answers[witness], height: height) }
        case .askNewest(let asked):
            for witness in asked { judge(witness, answers[witness], height: nil) }
        default: return
        }
        advance()
    }

    /// The time has passed.
    public mutating func waited() {
        guard case .wait(let piece) = step else { return }
        patience -= piece
        for (index, entry) in standings.enumerated() {
            if case .behind = entry.standing { standings[index].standing = .notYet }
        }
        advance()
    }

    /// One answer; `height` nil where the newest header was asked for.
    private mutating func judge(_ witness: String, _ answer: WitnessAnswer?, height: Int64?) {
        guard let target else { return }
        switch answer {
        case nil: set(witness, .ignored("no answer"))
        case .none(let reason)?: set(witness, .ignored(reason))
        case .notYet?:
            if height == nil {
                set(witness, .ignored("it has no newest header"))
            } else if claimed.contains(witness) {
                // Several nodes behind one address may say so; asking on would not end.
                set(witness, .ignored("it says that it is above height \(target.header.height) and that it is not"))
            } else {
                set(witness, isAnchor ? .ignored("it does not have the height yet") : .notYet)
            }
        case .header(let header)?:
            do throws(LightClientError) {
                try header.checkStructure(chainID: chainID)
            } catch {
                return set(witness, .dropped("\(error)"))
            }
            if let height, header.header.height != height {
                return set(witness, .dropped("asked for height \(height), got \(header.header.height)"))
            }
            compare(witness, header, with: target)
        }
    }

    private mutating func compare(_ witness: String, _ theirs: SignedHeader, with target: SignedHeader) {
        let height = theirs.header.height
        if height > target.header.height {
            // It has caught up meanwhile, and can be asked for the height itself.
            claimed.insert(witness)
            set(witness, .unheard)
        } else if height == target.header.height {
            let isSame = theirs.header.hash() == target.header.hash()
            if !isSame { conflicts[witness] = theirs }
            set(witness, isSame ? .equal : .conflicting)
        } else if theirs.header.time >= target.header.time {
            // Time rises with height: a lower block that is not earlier cannot be of the same chain.
            conflicts[witness] = theirs
            set(witness, .conflicting)
        } else {
            set(witness, .behind(newest: height))
        }
    }

    private mutating func set(_ witness: String, _ standing: WitnessStanding) {
        guard let index = standings.firstIndex(where: { $0.witness == witness }) else { return }
        standings[index].standing = standing
    }

    private func witnesses(where matches: (WitnessStanding) -> Bool) -> [String] {
        standings.filter { matches($0.standing) }.map(\.witness)
    }

    /// Chooses what is next while headers are compared.
    private mutating func advance() {
        guard let target else { return finish(.noWitness) }
        let unheard = witnesses { $0 == .unheard }
        guard unheard.isEmpty else {
            step = .ask(height: target.header.height, witnesses: unheard)
            return
        }
        let lagging = witnesses { $0 == .notYet }
        guard lagging.isEmpty else {
            step = .askNewest(witnesses: lagging)
            return
        }
        if let witness = witnesses(where: { $0 == .conflicting }).first, let header = conflicts[witness] {
            if isAnchor, let found = header.header.hash() {
                return finish(.anchorContradicted(witness: witness, found: found))
            }
            phase = .fetchingConflict(witness)
            step = .fetch(height: header.header.height, from: .witness(witness))
            return
        }
        let behind = witnesses { if case .behind = $0 { true } else { false } }
        if !behind.isEmpty {
            guard patience <= .zero else {
                step = .wait(min(Self.waitPiece, patience))
                return
            }
            for witness in behind { set(witness, .ignored("it stays behind")) }
        }
        conclude()
    }

    private mutating func conclude() {
        // Trust in the anchor is a person's: who does not have that block any more cannot shake it.
        if isAnchor || !witnesses(where: { $0 == .equal }).isEmpty { return finish(.confirmed) }
        let left = witnesses { if case .dropped = $0 { false } else { true } }
        finish(left.isEmpty ? .noWitness : .unconfirmed)
    }

    private mutating func finish(_ outcome: Outcome) {
        phase = .over
        step = .done(outcome)
    }

    // MARK: Proving

    /// The light block that was asked for has come.
    public mutating func fetched(_ block: LightBlock, now: Timestamp) {
        guard case .fetch(let height, _) = step else { return }
        switch phase {
        case .fetchingConflict(let witness):
            guard block.height == height else {
                return drop(witness, "asked for height \(height), got \(block.height)")
            }
            follow(
                TraceExamination(trace: trace, target: block, options: options, now: now), of: witness)
        case .examining(let witness, var examination):
            examination.fetched(block, now: now)
            follow(examination, of: witness)
        case .examiningPrimary(let divergence, var examination):
            examination.fetched(block, now: now)
            followPrimary(examination, divergence)
        case .comparing, .proved, .reporting, .over: return
        }
    }

    /// The light block that was asked for does not come.
    public mutating func fetchFailed(_ reason: String) {
        guard case .fetch = step else { return }
        switch phase {
        case .fetchingConflict(let witness): drop(witness, reason)
        case .examining(let witness, var examination):
            examination.fetchFailed(reason)
            follow(examination, of: witness)
        case .examiningPrimary(let divergence, var examination):
            examination.fetchFailed(reason)
            followPrimary(examination, divergence)
        case .comparing, .proved, .reporting, .over: return
        }
    }

    private mutating func drop(_ witness: String, _ reason: String) {
        set(witness, .dropped(reason))
        phase = .comparing
        advance()
    }

    private mutating func follow(_ examination: TraceExamination, of witness: String) {
        switch examination.step {
        case .fetch(let height):
            phase = .examining(witness, examination)
            step = .fetch(height: height, from: .witness(witness))
        case .failed(let reason): drop(witness, "it cannot verify its own chain: \(reason)")
        case .diverged(let way, let conflicting):
            guard let common = way.first, let truth = way.last,
                let evidence = try? AttackEvidence(conflicting: conflicting, trusted: truth, common: common),
                let divergence = Divergence(evidence: evidence, common: common, truth: truth, witness: witness)
            else { return drop(witness, "its blocks make no evidence") }
            phase = .proved(divergence, evidence, way: way)
            step = .halt(divergence)
        }
    }

    /// The halt is durable.
    public mutating func halted() {
        guard case .halt = step, case .proved(let divergence, let evidence, _) = phase else { return }
        step = .report(evidence, to: .witness(divergence.witness))
    }

    /// The evidence has been sent, or cannot be.
    public mutating func reported(now: Timestamp) {
        guard case .report = step else { return }
        switch phase {
        case .proved(let divergence, let evidence, let way):
            // The lie may be the witness's: now its way is the trace, and the primary has to show its own.
            followPrimary(
                TraceExamination(trace: way, target: evidence.conflicting, options: options, now: now), divergence)
        case .reporting(let divergence): finish(.diverged(divergence))
        case .comparing, .fetchingConflict, .examining, .examiningPrimary, .over: return
        }
    }

    private mutating func followPrimary(_ examination: TraceExamination, _ divergence: Divergence) {
        switch examination.step {
        case .fetch(let height):
            phase = .examiningPrimary(divergence, examination)
            step = .fetch(height: height, from: .primary)
        case .failed: finish(.diverged(divergence))
        case .diverged(let way, let conflicting):
            guard let common = way.first, let truth = way.last,
                let evidence = try? AttackEvidence(conflicting: conflicting, trusted: truth, common: common)
            else { return finish(.diverged(divergence)) }
            phase = .reporting(divergence)
            step = .report(evidence, to: .primary)
        }
    }
}
