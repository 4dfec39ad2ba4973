internal import ChargeControl
internal import Crypto
internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// What the charger's state means for a switch to other firmware, and for a trial. What cannot be told does not hold.
extension StatusDesk {
    /// So long for the record thread or the signer: two looks at a trial are at most 5 s apart.
    private static let patience = Nanoseconds.seconds(2)

    /// The state at the moment of a switch.
    func activationRequest(overriddenBy name: String?) -> ActivationRequest {
        let (report, samples) = (board.current, knownSamples)
        let states = report.connectors.map(\.connector.state)
        let isCar: Bool? =
            states.contains { "BCDEF".contains($0.first ?? "B") }
            ? true : states.allSatisfy { $0.hasPrefix("A") } ? false : nil
        let isClosed: Bool? =
            report.connectors.contains { $0.connector.contactorClosed || $0.connector.isEnabled }
                || samples?.contains { Self.mayBeClosed($0.contactor) } ?? false
            ? true : samples == nil ? nil : false
        return ActivationRequest(
            isSessionOpen: report.connectors.contains { $0.connector.isSessionOpen }, isContactorClosed: isClosed,
            isCarConnected: isCar, isTestPending: isTestPending, areTicksDurable: areRecordsDurable,
            holding: conditions(isKeyUsable: isKeyUsable, isPunctual: reach.updates?.isPunctual ?? false),
            countsLateness: countsLateness, overriddenBy: name)
    }

    /// Whether somebody has the charger: a session, a car, a closed contactor, a technician's test. A trial's time stands still
    /// then, and it is not given up.
    ///
    /// Only what is known counts. A charger that cannot tell, or whose pilot is at fault (E, F), serves nobody; that is what a trial is
    /// given up for, and waiting for it to get better would keep a bad release for ever.
    var isInUse: Bool {
        let connectors = board.current.connectors.map(\.connector)
        return isTestPending
            || connectors.contains {
                $0.isSessionOpen || $0.contactorClosed || $0.isEnabled || "BCD".contains($0.state.first ?? "A")
            }
    }

    /// Whether a late loop counts against a trial; on a simulated or emulated board it says nothing about the firmware.
    var countsLateness: Bool { parts.connectors.contains { !$0.control.simulatedBoard } }

    /// The confirm conditions that hold now.
    func conditions(isKeyUsable: Bool, isPunctual: Bool) -> ConfirmConditions {
        let report = board.current
        var holding: ConfirmConditions = []
        func note(_ condition: ConfirmConditions, _ holds: Bool) { if holds { holding.insert(condition) } }
        let connectors = report.connectors.map(\.connector)
        note(.outputsOff, !connectors.isEmpty && connectors.allSatisfy { !$0.isEnabled })
        note(
            .contactorOpen,
            connectors.allSatisfy { !$0.contactorClosed }
                && knownSamples?.allSatisfy { Self.isOpen($0.contactor) } ?? false)
        note(.pilotIdle, !connectors.isEmpty && connectors.allSatisfy { $0.state.hasPrefix("A") })
        note(.keyUsable, isKeyUsable)
        note(.journalDurable, report.records.total > 0 && areRecordsDurable)
        note(.punctual, isPunctual)
        note(.meterAnswers, report.connectors.allSatisfy { $0.meter.accepted >= 3 && !$0.meter.isLost })
        note(.networkUp, report.ledger.reachable)
        note(.ledgerReached, report.ledger.reachable && report.ledger.height > 0 && report.ledger.problem.isEmpty)
        return holding
    }

    /// Whether the keys sign: a proof of possession over a nonce of this moment, held against the public key.
    var isKeyUsable: Bool {
        let identity = parts.identity
        var random = SystemRandomNumberGenerator()
        let nonce = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let keys = reach.keys.publicKeys
        guard
            let signature = try? reach.keys.provePossession(
                product: identity.product, serial: identity.serial, nonce: nonce),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: keys.ed25519)
        else { return false }
        return key.isValidSignature(
            signature,
            for: EnrolmentStatement.signedBytes(
                product: identity.product, serial: identity.serial, nonce: nonce, keys: keys, epoch: reach.keys.epoch))
    }

    /// Whether everything that the record thread was given is durable: it comes round, and nothing keeps it from writing.
    private var areRecordsDurable: Bool {
        guard board.current.records.problem.isEmpty else { return false }
        return (try? reach.records.ask(within: min(Self.patience, reach.patience)) { (_) throws(FirmwareError) in })
            != nil
    }

    /// One of each connector; nil where one is missing.
    private var knownSamples: [ConnectorSample]? {
        guard let found = try? samples(), !found.isEmpty, found.count == board.current.connectors.count else {
            return nil
        }
        return found
    }

    private static func contacts(_ contactor: ConnectorSample.Contactor) -> [ConnectorStatus.Contact] {
        [contactor.mirror, contactor.secondMirror] + contactor.loads
    }

    private static func mayBeClosed(_ contactor: ConnectorSample.Contactor) -> Bool {
        contactor.isEnabled || contacts(contactor).contains(.closed)
    }

    /// Feedback says so: no contact is closed, and one at least is seen open.
    private static func isOpen(_ contactor: ConnectorSample.Contactor) -> Bool {
        !mayBeClosed(contactor) && contacts(contactor).contains(.open)
    }
}
