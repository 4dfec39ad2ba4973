import ChargerSamples
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// What a chain starts from, as JSON.
@Suite("Genesis")
struct GenesisTests {
    private static let members = (1...3).map { AccountID(hashing: [$0]) }
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private static func governance() throws -> Governance {
        try Governance(
            threshold: 2, members: members.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) },
            releaseAuthorities: [members[0]])
    }

    /// `app_state` with this governance in it, as text.
    private static func appState(_ governance: String) -> [UInt8] {
        let text = """
            {"accounts":{},"commission_bp":250,"evidence_window_s":"1814400","governance":\(governance),\
            "minimum_grant":"10000","platform":"\(AccountID(hashing: [7]).hex)","tolerance_ms":"10000"}
            """
        return Array(text.utf8)
    }

    @Test("governance stands in app_state, reads back, and becomes the state's first value")
    func governance() throws {
        let genesis = LedgerGenesis(platform: AccountID(hashing: [7]), governance: try Self.governance())
        let text = try RPCJSON.encode(genesis)
        #expect(try RPCJSON.decode(LedgerGenesis.self, from: text) == genesis)
        let written = try genesis.writes().first { $0.key == .governance }?.value
        #expect(written == (try Self.governance()).encoded())
        // Without it nothing is written, and the text is as it was.
        let plain = LedgerGenesis(platform: AccountID(hashing: [7]))
        #expect(try !plain.writes().contains { $0.key == .governance })
        #expect(try !String(decoding: RPCJSON.encode(plain), as: UTF8.self).contains("governance"))
        // The order of the accounts in the text says nothing.
        let shuffled = Self.appState(
            """
            {"members":["\(Self.members[2].hex)","\(Self.members[0].hex)","\(Self.members[1].hex)"],\
            "release_authorities":["\(Self.members[0].hex)"],"threshold":"2"}
            """)
        #expect(try RPCJSON.decode(LedgerGenesis.self, from: shuffled) == genesis)
    }

    @Test("a governance that makes none is refused, with the reason")
    func refusals() throws {
        let member = Self.members[0].hex
        for (text, reason) in [
            (#"{"members":[],"release_authorities":[],"threshold":"1"}"#, "1 to 32 members"),
            (#"{"members":["\#(member)"],"release_authorities":[],"threshold":"2"}"#, "threshold: expected 1 to 1"),
            (#"{"members":["\#(member)"],"release_authorities":[],"threshold":"0"}"#, "threshold: expected 1 to 1"),
            (#"{"members":["\#(member)","\#(member)"],"release_authorities":[],"threshold":"1"}"#, "each account once"),
            (#"{"members":["\#(member.dropLast())"],"release_authorities":[],"threshold":"1"}"#, "account"),
            (#"{"members":["\#(member)"],"release_authorities":[],"threshold":"one"}"#, "is no number"),
            (#"{"members":["\#(member)"],"threshold":"1"}"#, "release_authorities"),
        ] {
            let store = try LedgerStore(path: home.path + "/\(UUID().uuidString)")
            let application = try LedgerApplication(store: store, chainID: nil)
            let refusal = #expect(throws: LedgerNodeError.self, "\(text)") {
                try application.initChain(
                    InitChainRequest(
                        time: .unixEpoch, chainID: "wattseal-test", initialHeight: 1, appState: Self.appState(text)))
            }
            #expect(refusal?.description.contains(reason) == true, "\(text): \(refusal?.description ?? "")")
        }
    }

    @Test("a home keeps its governance: another one at the next start is refused")
    func home() async throws {
        var configuration = try home.configuration()
        configuration.governance = try Self.governance()
        let node = try await LedgerNode.start(configuration)
        let standing = try await Wallet(rpc: node.url).value(.governance, as: Governance.self)
        #expect(standing == configuration.governance)
        await node.stop()
        configuration.governance = try Governance(threshold: 1, members: [Self.members[0]], releaseAuthorities: [])
        await #expect(throws: LedgerNodeError.self) { _ = try await LedgerNode.start(configuration) }
        configuration.governance = nil
        let again = try await LedgerNode.start(configuration)
        await again.stop()
    }
}
