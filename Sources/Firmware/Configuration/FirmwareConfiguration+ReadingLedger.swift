internal import ConfigurationText
internal import PlatformLink
internal import Quantities

extension FirmwareConfiguration {
    /// Reads `[ledger]`; nil with mistakes.
    static func readLedger(_ table: TomlTable, folder: String) -> LedgerChoice? {
        let chainID = table.string("chain_id", length: 1...50)
        let rpc = table.string("rpc")
        if let rpc, !rpc.hasPrefix("http://"), !rpc.hasPrefix("https://") {
            table.report("rpc", expected: "a URL with http:// or https://", found: "\"\(rpc)\"")
        }
        let witnesses = readWitnesses(table, rpc: rpc)
        let height = table.integer("trust_height", in: 1...Int64.max)
        let hash = hexadecimal("trust_hash", in: table)
        // DECISIONS: two thirds of an evidence window of 21 days, never longer.
        let period = table.integer("trusting_period_s", in: 60...1_209_600, required: false) ?? 1_209_600
        let drift = table.integer("clock_drift_s", in: 1...60, required: false) ?? 10
        let movedFrom = table.string("moved_from", length: 1...50, required: false)
        if let movedFrom, movedFrom == chainID {
            table.report("moved_from", expected: "another ledger than chain_id", found: "\"\(movedFrom)\"")
        }
        let events = table.boolean("events", required: false)
        let clock = table.choice("clock", of: Clock.self, required: false)
        let client = readClient(table, addresses: [rpc].compactMap(\.self) + (witnesses ?? []), folder: folder)
        guard let chainID, let rpc, let witnesses, let height, let hash, let client else { return nil }
        return LedgerChoice(
            chainID: chainID, rpc: rpc, witnesses: witnesses, trustHeight: height, trustHash: hash,
            trustingPeriod: .seconds(period),
            clockDrift: .seconds(drift), movedFrom: movedFrom, events: events ?? false,
            needsSynchronisedClock: clock == .synchronised, client: client)
    }

    /// What a clock needs to be gone by (docs/decisions/0018).
    private enum Clock: String, CaseIterable {
        case set, synchronised
    }

    /// The client certificate; outer nil with mistakes, inner nil where none is named. It needs TLS to be shown over.
    private static func readClient(
        _ table: TomlTable, addresses: [String], folder: String
    ) -> LedgerChoice.Client?? {
        let certificate = table.string("client_certificate", required: false)
        let key = table.string("client_key", required: false)
        guard table.has("client_certificate") || table.has("client_key") else { return .some(nil) }
        if !table.has("client_key") {
            table.report(
                "client_certificate", expected: "client_key beside it", found: table.words("client_certificate"))
        }
        if !table.has("client_certificate") {
            table.report("client_key", expected: "client_certificate beside it", found: table.words("client_key"))
        }
        if !addresses.isEmpty, !addresses.contains(where: { $0.hasPrefix("https://") }) {
            table.report("client_certificate", expected: "a node with https://", found: "none")
        }
        guard let certificate, let key else { return nil }
        return .some(LedgerChoice.Client(certificate: resolve(certificate, in: folder), key: resolve(key, in: folder)))
    }

    /// The nodes that confirm what `rpc` says. One that is listed twice, or is `rpc` itself, would be no second opinion.
    private static func readWitnesses(_ table: TomlTable, rpc: String?) -> [String]? {
        guard table.has("witnesses") else { return [] }
        guard let witnesses = table.strings("witnesses", count: 0...8, required: false) else { return nil }
        var seen = [rpc.flatMap { try? RPCEndpoint($0) }]
        for (index, text) in witnesses.enumerated() {
            do throws(PlatformLinkError) {
                let endpoint = try RPCEndpoint(text)
                guard !seen.contains(endpoint) else {
                    table.report(
                        "witnesses", at: index, expected: "a node other than rpc and the ones before",
                        found: "\"\(endpoint)\"")
                    continue
                }
                seen.append(endpoint)
            } catch {
                table.report(
                    "witnesses", at: index, expected: "a URL with http:// or https://", found: "\"\(text)\"")
            }
        }
        return witnesses
    }
}
