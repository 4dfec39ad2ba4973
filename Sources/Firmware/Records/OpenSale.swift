import ChargeControl
import Quantities
import SignedRecords

/// A session between its begin and its end record.
///
/// Each of its records is held against those before it by the verifier's own rules before it is signed: what an auditor
/// would refuse is never written.
struct OpenSale: Equatable, Sendable {
    /// The slot under which the control core knows the grant.
    let slot: UInt32
    /// What the grant had paid before this session, by proof.
    let spentBefore: Microunits
    /// It began on a voucher: no grant on the ledger says whether it goes on.
    let isOnVoucher: Bool
    /// Who pays; nil for a session of an earlier start.
    let payer: AccountID?
    /// What it costs so far; nil for a session of an earlier start, which only ends.
    var bill: SaleBill?
    /// How far the session has come, by its records.
    private(set) var progress: SessionProgress
    /// The reading in its newest record that has one.
    private(set) var newest: RegisterReading

    /// Its meter was distrusted in it: what was not recorded before that is nobody's bill.
    private(set) var isDistrusted = false

    /// A gap was recorded since the last tick: energy passed unseen.
    private(set) var isRecovered = false

    /// A session whose begin record is durable.
    init(
        _ begin: Begin, at head: ChainHead, slot: UInt32, spentBefore: Microunits, isOnVoucher: Bool = false,
        payer: AccountID? = nil, bill: SaleBill? = nil
    ) {
        self.payer = payer
        self.bill = bill
        self.slot = slot
        self.isOnVoucher = isOnVoucher
        self.spentBefore = spentBefore
        progress = SessionProgress(begin: begin, at: head)
        newest = begin.reading
    }

    var session: SessionID { begin.session }
    var begin: Begin { progress.begin }
    /// The register in the newest record.
    var lastImport: MilliwattHours { newest.import }

    /// Takes in the session's next record, or throws the rule that it breaks.
    mutating func take(_ body: RecordBody) throws(ChainFault) {
        _ = try progress.accept(body)
        switch body {
        case .tick(let tick):
            newest = tick.reading
            isRecovered = false
        case .gap(let gap):
            newest = gap.reading
            isRecovered = true
        case .rollover(let rollover): newest = rollover.reading
        case .reset(let reset): newest = reset.reading
        case .event(.faultLatched(let fault)) where fault.code == FaultCode.meterDistrusted.rawValue:
            isDistrusted = true
        default: break
        }
    }

    /// The energy since the begin, were the next record to name this register.
    func energy(at register: MilliwattHours) -> MilliwattHours { progress.energy + (register - lastImport) }
}
