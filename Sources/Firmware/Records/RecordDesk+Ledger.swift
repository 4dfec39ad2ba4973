import ChargeControl
import Journal
import Ledger
import LightClient
import Logging
import PlatformLink
import Quantities
import SignedRecords

extension RecordDesk {
    /// Takes in what the platform link has proved.
    func handle(_ event: PlatformEvent) {
        switch event {
        case .provedHead(let chain, let head): proved(chain, head)
        case .registration(let registration):
            self.registration = registration
            provedAt = SystemClock.now()
            status.update { $0.ledger.registered = registration != nil }
        case .tariff(let tariff): self.tariff = tariff
        case .access(let chain, let access): connector(chain)?.access = access
        case .grant(let chain, let proved): connector(chain)?.take(proved)
        case .voucherUse(let voucher, let use): proved(voucher, use)
        case .release(let proved): releases?.told(proved)
        case .acknowledged:
            discardRetiredKeys()
            reportRecords()
        case .settlement(let chain, let session, let settlement):
            status.update(chain) {
                guard $0.connector.session == session.hex else { return }
                $0.settled = true
                $0.paidMicro = settlement.paid.rawValue
                $0.commissionMicro = settlement.commission.rawValue
            }
        case .rollbackDetected(let chain, let proved, _, let height):
            noteRollback(of: chain, to: proved, height: height)
        case .equivocation(let chain, let proved, _):
            raise(.equivocation(chain: chain, sequence: proved.sequence))
        case .refused(let error), .unreachable(let error):
            status.update {
                $0.ledger.reachable = false
                $0.ledger.problem = "\(error)"
            }
        case .halted(let halt):
            // As when it is out of reach: the offline policy decides, and nothing that a node says counts.
            status.update {
                $0.ledger.reachable = false
                $0.ledger.problem = "\(halt)"
            }
        case .status(let link):
            isLedgerReachable = link.isReachable
            ledgerTime = link.headerTime.map { UTCMilliseconds($0.unixMilliseconds) }
            if let ledgerTime { proven.raise(to: ledgerTime.rawValue) }
            status.update {
                $0.ledger.height = link.height
                $0.ledger.headerUTCMS = link.headerTime?.unixMilliseconds ?? 0
                $0.ledger.reachable = link.isReachable
                $0.ledger.problem = link.lastError.map { "\($0)" } ?? ""
            }
            if link.height > 0, let hash = link.headerHash {
                trustedBlock = TrustedBlock(height: UInt64(link.height), hash: ContentHash(exactly: hash.bytes))
            }
            noteFacts()
            if link.isReachable {
                lookedAt = SystemClock.now()
                provedAt = lookedAt
                for connector in connectors { connector.considerOffer(at: link) }
            }
        }
    }

    /// DECISIONS: after every boot nothing is signed on a chain before its head on the ledger has been proved once.
    private func proved(_ chain: ChainNumber, _ head: ChainHeadState?) {
        guard bar == nil, provedChains.insert(chain).inserted else { return }
        if chain == .device, head == nil, journal.head(of: .device) == nil {
            do { try start(keysAreNew: true) } catch { return }
        }
        noteFacts()
        connector(chain)?.headIsProved()
    }
}
