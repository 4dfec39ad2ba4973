internal import Quantities

/// What is asked of a meter before it is read: where its SunSpec models stand, its serial number, its model, and the
/// settings that its profile relies on. A pure value; it leaves behind the map by which the meter is read.
struct MeterIdentification: Sendable {
    private let profile: MeterProfile
    private let checks: [Check]
    private var stage = Stage.complete
    private var discovery = SunSpecDiscovery()
    /// What was found so far.
    private(set) var map = RegisterMap()
    /// As the meter told it; empty where it cannot.
    private(set) var serial = ""

    private enum Stage: Equatable {
        case discovering
        case checking(Int)
        case complete
    }

    private enum Check: Sendable {
        case serial(IdentityRegister)
        case model(IdentityRegister)
        case setting(GuardRegister)

        var span: RegisterSpan {
            switch self {
            case .serial(let register), .model(let register): register.span
            case .setting(let register): register.span
            }
        }
    }

    init(_ profile: MeterProfile) {
        self.profile = profile
        var checks: [Check] = []
        if let serial = profile.serial { checks.append(.serial(serial)) }
        if let model = profile.modelCode { checks.append(.model(model)) }
        self.checks = checks + profile.guards.map { .setting($0) }
    }

    /// Begins anew; which function codes the meter has is remembered.
    mutating func begin() {
        discovery = SunSpecDiscovery()
        map.chain = nil
        stage = profile.isSunSpec ? .discovering : checks.isEmpty ? .complete : .checking(0)
    }

    /// Another meter may be on the line.
    mutating func forgetMeter() { map = RegisterMap() }

    /// What to ask for now; `nil` once everything is known.
    var request: RegisterRequest? {
        switch stage {
        case .discovering: discovery.request
        case .checking(let index): checks[index].span.request(in: map)
        case .complete: nil
        }
    }

    var isComplete: Bool { stage == .complete }

    /// Takes the reply to `request`. Errors: it is not the meter that the profile describes.
    mutating func take(_ words: [UInt16]) throws(MeteringError) {
        switch stage {
        case .discovering: try advance(try discovery.take(words))
        case .checking(let index):
            try check(checks[index], words)
            stage = index + 1 < checks.count ? .checking(index + 1) : .complete
        case .complete: invariantBroken("a reply answers a request")
        }
    }

    /// Whether the identification goes on after an exception: a SunSpec chain may stand elsewhere, or end there.
    mutating func goesOn(afterException code: UInt8) throws(MeteringError) -> Bool {
        guard stage == .discovering, (2...3).contains(code) else { return false }
        try advance(try discovery.refuse())
        return true
    }

    /// Whether there are other function codes to try, which from now on are used; asked when the meter has not the ones in
    /// use.
    mutating func usesAlternatives() -> Bool {
        guard !map.usesAlternatives, hasAlternatives else { return false }
        map.usesAlternatives = true
        return true
    }

    private var hasAlternatives: Bool {
        checks.contains { $0.span.alternative != nil } || profile.blocks.contains { $0.span.alternative != nil }
    }

    private mutating func advance(_ step: SunSpecDiscovery.Step) throws(MeteringError) {
        guard step == .complete else { return }
        map.chain = discovery.chain
        for span in checks.map(\.span) + profile.blocks.map(\.span) { try requirePlace(span, discovery.chain) }
        stage = checks.isEmpty ? .complete : .checking(0)
    }

    private func requirePlace(_ span: RegisterSpan, _ chain: SunSpecChain) throws(MeteringError) {
        guard case .sunspec(let ids, _) = span.place, span.request(in: map) == nil else { return }
        guard let model = chain.first(of: ids) else { throw .sunspec(.noModel(ids)) }
        throw .sunspec(.shortModel(id: model.id, length: model.length))
    }

    private mutating func check(_ check: Check, _ words: [UInt16]) throws(MeteringError) {
        switch check {
        case .serial(let register):
            do throws(DecodingFault) {
                serial = try register.decodeSerial(words)
            } catch {
                throw .undecodable(field: "serial", error)
            }
        case .model(let register):
            let found: String
            do throws(DecodingFault) {
                found = try register.decode(words)
            } catch {
                throw .undecodable(field: "model", error)
            }
            guard register.expected.contains(found) else {
                throw .wrongModel(expected: register.expected, found: found)
            }
        case .setting(let register): try register.check(words)
        }
    }
}
