internal import Quantities
internal import SignedRecords

extension Transition {
    /// Lets devices install an image, changes what is said of it, or withdraws it. A product's newest release and least counter
    /// never go back.
    mutating func releaseFirmware(_ release: FirmwareRelease, sender: AccountID) throws(LedgerError) {
        guard try governance().releaseAuthorities.contains(sender) else {
            throw .notPermitted(what: "firmware release", reason: "\(sender) is no release authority")
        }
        let known = try read(.firmware(release.digest), as: FirmwareRelease.self)
        if let known {
            guard known.product == release.product, known.securityCounter == release.securityCounter else {
                throw .exists(what: "firmware \(release.digest) of \(known.product), counter \(known.securityCounter)")
            }
            // What was withdrawn once is not trusted again under the same digest.
            guard !known.isWithdrawn, release.isWithdrawn else {
                throw .exists(what: "firmware \(release.digest)\(known.isWithdrawn ? ", withdrawn" : "")")
            }
        }
        write(.firmware(release.digest), release)
        guard !release.isWithdrawn else { return }
        let key = StateKey.product(release.product)
        var product =
            try read(key, as: ProductFirmware.self) ?? ProductFirmware(newest: release.digest, minimumCounter: 0)
        guard release.securityCounter >= product.minimumCounter else {
            throw .refused(
                what: "security counter", expected: "at least \(product.minimumCounter)",
                found: "\(release.securityCounter)")
        }
        product = ProductFirmware(newest: release.digest, minimumCounter: release.securityCounter)
        write(key, product)
    }

    /// Counts a member's vote; with enough of them the new rules hold from the next transaction on.
    mutating func vote(_ proposal: Proposal, sender: AccountID) throws(LedgerError) {
        let governance = try governance()
        guard governance.members.contains(sender) else {
            throw .notPermitted(what: "vote", reason: "\(sender) is no member of the governance")
        }
        try check(proposal, governance)
        let key = StateKey.votes(proposal.hash)
        var votes = try read(key, as: Votes.self) ?? Votes(members: [])
        guard !votes.members.contains(sender) else { throw .exists(what: "a vote of \(sender)") }
        votes.members.append(sender)
        // Who is no member any more does not count.
        votes.members.removeAll { !governance.members.contains($0) }
        votes.members.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        guard votes.members.count >= Int(governance.threshold) else { return write(key, votes) }
        state.write(key, nil)
        if let parameters = proposal.parameters { write(.parameters, parameters) }
        if let governance = proposal.governance { write(.governance, governance) }
    }

    /// New rules follow the ones in force: a vote for rules that were overtaken has no effect.
    private func check(_ proposal: Proposal, _ governance: Governance) throws(LedgerError) {
        guard proposal.parameters != nil || proposal.governance != nil else {
            throw .refused(what: "proposal", expected: "new parameters or a new governance", found: "neither")
        }
        if let rules = proposal.parameters {
            guard rules.revision == parameters.revision &+ 1, rules.revision > 0 else {
                throw .refused(
                    what: "parameters", expected: "revision \(parameters.revision &+ 1)", found: "\(rules.revision)")
            }
            guard rules.firstCommission == parameters.firstCommission else {
                throw .refused(
                    what: "first commission", expected: "\(parameters.firstCommission.rawValue), it never changes",
                    found: "\(rules.firstCommission.rawValue)")
            }
        }
        if let board = proposal.governance, board.revision != governance.revision &+ 1 {
            throw .refused(
                what: "governance", expected: "revision \(governance.revision &+ 1)", found: "\(board.revision)")
        }
    }

    private func governance() throws(LedgerError) -> Governance {
        guard let governance = try read(.governance, as: Governance.self) else {
            throw .unknown(what: "governance of this ledger")
        }
        return governance
    }
}
