import LightClient
public import Quantities
public import SignedRecords

// Owns the layout of the payload section (docs/receipt.md, "OCMF"): the fields, their order, and how each follows from the
// session's records. The same records, page number and decimal places give the same bytes, so that a verifier makes the
// payload again and compares; there is nothing to parse.

/// The payload section of a session's OCMF record: begin and end in one, ASCII, version 1.3 of the format.
public struct OCMFPayload: Hashable, Sendable {
    /// The exact bytes that are signed.
    public let bytes: [UInt8]

    /// Builds the payload from a session's records, which are taken as verified.
    ///
    /// - Parameters:
    ///   - records: The session's records, begin to end; a voucher acceptance before begin is passed over.
    ///   - genesis: The device's genesis.
    ///   - ledger: The ledger that the session's records are signed for.
    ///   - page: The number of this session among the ended ones of its connector's chain, from 1.
    ///   - decimals: Decimal places of the registers in kWh, 0 to 6.
    /// - Throws: `ocmf` where there is no begin or end, the register has more digits, or page is 0.
    public init(
        records: [SignedRecord], genesis: Genesis, ledger: LedgerChainID, page: UInt64, decimals: Int
    ) throws(ReceiptError) {
        let session = try OCMFSession(records)
        guard page > 0 else { throw .ocmf(reason: "page 0; the first is 1") }
        let begin = session.begin
        let first = session.first.record
        let statuses = OCMFStatuses(begin: begin, records: records, end: session.end, genesis: genesis)
        let times = try session.times()
        func register(_ reading: RegisterReading) throws(ReceiptError) -> String {
            guard let text = OCMFText.kilowattHours(reading.import, decimals: decimals) else {
                throw .ocmf(reason: "\(reading.import.rawValue) mWh is no kWh of \(decimals) decimal places")
            }
            return text
        }
        let text = OCMFText.string
        let connector = first.chain
        var payload = "{\"FV\":\"1.3\",\"GI\":\(text(genesis.product)),\"GS\":\(text("\(genesis.serial)/\(connector)"))"
        payload += ",\"GV\":\(text(begin.firmwareDigest.hex)),\"PG\":\"T\(page)\""
        payload += ",\"MV\":\(text(begin.meter.vendor)),\"MM\":\(text(begin.meter.model))"
        payload += ",\"MS\":\(text(begin.meter.serial))"
        payload +=
            ",\"IS\":true,\"IL\":\"VERIFIED\",\"IF\":[\"RFID_NONE\",\"OCPP_NONE\",\"ISO15118_NONE\",\"PLMN_NONE\"]"
        payload += ",\"IT\":\"CENTRAL_1\",\"ID\":\(text(begin.session.hex))"
        payload += ",\"TT\":\(text("tariff SHA-256 \(begin.tariff.hex)"))"
        payload += ",\"CT\":\"CBIDC\",\"CI\":\(text("\(genesis.serial) \(connector)"))"
        payload += ",\"RD\":[" + Self.reading(times.begin, "B", try register(begin.reading), statuses.begin)
        payload += ","
        payload += Self.reading(
            times.end, OCMFEnd(session.end.reason).rawValue, try register(session.end.reading), statuses.end)
        payload += "],\"U\":{\"device\":\(text(first.device.hex)),\"ledger\":\(text(ledger.text))"
        payload += ",\"chain\":\(connector),\"first\":\(first.sequence),\"last\":\(session.last.record.sequence)"
        payload += ",\"begin\":\(text(session.first.hash.hex)),\"end\":\(text(session.last.hash.hex))}}"
        bytes = Array(payload.utf8)
    }

    /// How many decimal places of a kWh the registers of a session deserve: those of the meter's step, and as many as the
    /// readings have, where they have more.
    ///
    /// - Parameter resolution: The step of the meter's import register, from its profile.
    public static func decimals(
        records: [SignedRecord], resolution: MilliwattHours
    ) throws(ReceiptError) -> Int {
        let session = try OCMFSession(records)
        return OCMFText.decimals(of: [resolution, session.begin.reading.import, session.end.reading.import])
    }

    private static func reading(
        _ time: OCMFSession.Time, _ reason: String, _ register: String, _ status: OCMFStatus
    ) -> String {
        // E: the energy of this reading is not to be billed. t: nothing is known of its time.
        let flags = (status == .good ? "" : "E") + (time.isKnown ? "" : "t")
        return "{\"TM\":\"\(time.text)\",\"TX\":\"\(reason)\",\"RV\":\(register),\"RI\":\"01-00:01.08.00*FF\""
            + ",\"RU\":\"kWh\",\"RT\":\"AC\",\"EF\":\"\(flags)\",\"ST\":\"\(status.rawValue)\"}"
    }
}

/// A session's first and last record.
struct OCMFSession {
    let first: SignedRecord
    let begin: Begin
    let last: SignedRecord
    let end: End

    /// A reading's TM.
    struct Time: Equatable {
        let text: String
        /// Whether it is a wall time.
        let isKnown: Bool
    }

    init(_ records: [SignedRecord]) throws(ReceiptError) {
        var found: (SignedRecord, Begin)?
        for signed in records {
            if case .begin(let body) = signed.record.body {
                found = (signed, body)
                break
            }
        }
        guard let found, let last = records.last, case .end(let end) = last.record.body, end.session == found.1.session
        else { throw .ocmf(reason: "the records are not one session from begin to end") }
        (first, begin) = found
        self.last = last
        self.end = end
    }

    /// Both times as the records state them. Where one has no wall time, or they contradict each other, none is invented:
    /// both count from 1970-01-01, quality U and flagged: by milliseconds since boot, or, across boots, not at all.
    func times() throws(ReceiptError) -> (begin: Time, end: Time) {
        let (begin, end) = (first.record.time, last.record.time)
        if let from = begin.utc, let to = end.utc, from <= to,
            let fromText = OCMFText.time(from.rawValue, quality: begin.quality),
            let toText = OCMFText.time(to.rawValue, quality: end.quality)
        {
            return (Time(text: fromText, isKnown: true), Time(text: toText, isKnown: true))
        }
        let isOneBoot = begin.boot == end.boot && begin.monotonic <= end.monotonic
        func relative(_ time: RecordTime) throws(ReceiptError) -> Time {
            guard let milliseconds = Int64(exactly: isOneBoot ? time.monotonic : 0),
                let text = OCMFText.time(milliseconds, quality: .unknown)
            else { throw .ocmf(reason: "\(time.monotonic) ms since boot is beyond the calendar") }
            return Time(text: text, isKnown: false)
        }
        return (try relative(begin), try relative(end))
    }
}
