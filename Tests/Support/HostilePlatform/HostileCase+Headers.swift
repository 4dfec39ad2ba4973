internal import LedgerSamples
internal import LightClient

extension HostileCase {
    /// Whether the answer is about the newest block; the ones before are told honestly.
    private static func commit(
        _ name: String, says words: [String], needsKeys: Bool = false, secondsLater: Int64 = 0,
        _ change: @escaping @Sendable (inout SignedHeader) throws -> Void
    ) -> HostileCase {
        HostileCase(name, on: "commit", says: words, needsKeys: needsKeys, secondsLater: secondsLater) {
            try $0.signedHeader(change)
        }
    }

    /// A commit by the sample chain's own validators, who have gone bad.
    private static func resigned(_ signed: inout SignedHeader) throws {
        let chain = SampleChain(members: try (1...4).map { try SampleChain.Member(seed: $0) }, time: signed.header.time)
        let set = try ValidatorSet(try chain.members.map { try $0.validator })
        signed.commit = try chain.commit(to: signed.header, by: set)
    }

    private static func resignedByStrangers(_ signed: inout SignedHeader) throws {
        let chain = SampleChain(
            members: try (41...44).map { try SampleChain.Member(seed: $0) }, time: signed.header.time)
        let set = try ValidatorSet(try chain.members.map { try $0.validator })
        signed.header.validatorsHash = set.hash()
        signed.header.nextValidatorsHash = set.hash()
        signed.commit = try chain.commit(to: signed.header, by: set)
    }

    /// Forged and replayed headers.
    static let headers: [HostileCase] = [
        commit("a forged header", says: ["is not the one its commit signs"]) { $0.header.appHash[3] ^= 1 },
        commit("a header of another chain", says: ["is of another chain: other"]) { $0.header.chainID = "other" },
        commit("a header without its validators' hash", says: ["validators_hash"]) { $0.header.validatorsHash = nil },
        commit("another block protocol", says: ["version"]) { $0.header.version = Header.Version(block: 12, app: 1) },
        HostileCase("a header and validators of strangers", says: ["next validators hash to"]) { exchange in
            switch exchange.method {
            case "commit": return .body(try exchange.signedHeader(resignedByStrangers))
            case "validators":
                let strangers = try (41...44).map { try SampleChain.Member(seed: $0).validator }
                return .body(
                    try exchange.answering(
                        ValidatorsResult(
                            blockHeight: exchange.height, validators: try ValidatorSet(strangers).validators, total: 4))
                )
            default: return nil
            }
        },
        commit("a header from the future", says: ["ahead of our clock"], needsKeys: true) {
            $0.header.time = $0.header.time.advanced(byNanoseconds: 3_600_000_000_000) ?? $0.header.time
            try resigned(&$0)
        },
        commit("a header time that does not rise", says: ["is not after the trusted header's time"], needsKeys: true) {
            $0.header.time = $0.header.time.advanced(byNanoseconds: -86_400_000_000_000) ?? $0.header.time
            try resigned(&$0)
        },
        HostileCase(
            "an old header in place of the new one", on: "commit", says: ["replayed old header", "was asked for"]
        ) {
            guard let first = $0.first else { return nil }
            return try $0.answering(with: first)
        },
        HostileCase(
            "a header of a height that was not asked for", .start, on: "commit", says: ["commit: asked for height"]
        ) {
            try $0.answering(with: try await $0.ask("commit", ["height": "2"]))
        },
        HostileCase("no header at all", on: "commit", says: ["the node gave no header"]) {
            Array(#"{"jsonrpc":"2.0","id":\#($0.id),"result":{"signed_header":null,"canonical":false}}"#.utf8)
        },
        HostileCase("another block at the anchor's height", .start, on: "commit", says: ["is not the anchor"]) {
            try $0.signedHeader { try resignedByStrangers(&$0) }
        },
    ]

    /// Commits that do not carry their header.
    static let commits: [HostileCase] = [
        commit("one signature changed", says: ["commit signature invalid"]) {
            $0.commit.signatures[0].signature[9] ^= 1
        },
        commit("signatures withheld", says: ["is signed by power"]) {
            for index in 0..<(($0.commit.signatures.count + 2) / 2) { $0.commit.signatures[index] = .absent }
        },
        commit("a commit for another height", says: ["commit is for height"]) { $0.commit.height -= 1 },
        commit("a commit for no block", says: ["commit field block_id"]) { $0.commit.blockID = .zero },
        commit("an entry too many", says: ["commit entries"]) { $0.commit.signatures.append(.absent) },
        commit("a commit without entries", says: ["commit field signatures"]) { $0.commit.signatures = [] },
        commit("a negative round", says: ["commit field round"]) { $0.commit.round = -1 },
        commit("an absent entry with a signature", says: ["commit entry 0", "absent"]) {
            $0.commit.signatures[0].flag = .absent
        },
        commit("an entry by a stranger", says: ["expected validator"]) {
            let stranger = try SampleChain.Member(seed: 99).validator.address
            $0.commit.signatures[0].validatorAddress = stranger
        },
        HostileCase("an unknown flag", on: "commit", says: ["block_id_flag"]) {
            try $0.setting("result.signed_header.commit.signatures.0.block_id_flag", "7")
        },
        HostileCase(
            "a signature that is not canonical base64", on: "commit", says: ["signatures[0].signature", "base64"]
        ) {
            try $0.with("result.signed_header.commit.signatures.0.signature") { "\($0)=" }
        },
        HostileCase("a hash of half a byte", on: "commit", says: ["header.app_hash"]) {
            try $0.with("result.signed_header.header.app_hash") { "\($0)A" }
        },
        HostileCase("a height as a number", on: "commit", says: ["header.height"]) {
            try $0.setting("result.signed_header.header.height", "7")
        },
        HostileCase("a time that is none", on: "commit", says: ["header.time"]) {
            try $0.setting("result.signed_header.header.time", #""2026-13-01T00:00:00Z""#)
        },
        HostileCase("a proposer's address of 21 bytes", on: "commit", says: ["header.proposer_address"]) {
            try $0.with("result.signed_header.header.proposer_address") { "\($0)AA" }
        },
    ]

    /// What a status can say.
    static let statuses: [HostileCase] = [
        HostileCase("a status that goes back", on: "status", says: ["newest height is below the trusted one"]) {
            try $0.setting("result.sync_info.latest_block_height", #""1""#)
        },
        HostileCase("a status of another chain", on: "status", says: ["wrong chain id: elsewhere"]) {
            try $0.setting("result.node_info.network", #""elsewhere""#)
        },
        HostileCase(
            "a chain without an end", on: "status", says: ["height 9223372036854775807 is not available"]
        ) { try $0.setting("result.sync_info.latest_block_height", #""9223372036854775807""#) },
        HostileCase("a negative height", on: "status", says: ["-5 is not a height"]) {
            try $0.setting("result.sync_info.latest_block_height", #""-5""#)
        },
        HostileCase("a height over 64 bits", on: "status", says: ["9223372036854775808 is not a height"]) {
            try $0.setting("result.sync_info.latest_block_height", #""9223372036854775808""#)
        },
        HostileCase("a height with a leading zero", on: "status", says: ["007 is not a height"]) {
            try $0.setting("result.sync_info.latest_block_height", #""007""#)
        },
        HostileCase("a status without its chain", on: "status", says: ["node_info", "missing"]) {
            Array(#"{"jsonrpc":"2.0","id":\#($0.id),"result":{}}"#.utf8)
        },
        HostileCase("blocks withheld", on: "status", says: ["its state is not the present one"], secondsLater: 400) {
            try $0.with("result.sync_info.latest_block_height") { $0 }
        },
    ]

    private static func validators(
        _ name: String, says words: [String], _ path: String, _ value: String
    ) -> HostileCase {
        HostileCase(name, .start, on: "validators", says: words) { try $0.setting(path, value) }
    }

    /// Validator sets that are none, or not the header's.
    static let validators: [HostileCase] = [
        validators("a negative power", says: ["has negative power"], "result.validators.0.voting_power", #""-1""#),
        validators(
            "a power of zero", says: ["validators of height 1: validators hash to"], "result.validators.0.voting_power",
            #""0""#),
        validators(
            "powers over the cap", says: ["total voting power exceeds"], "result.validators.0.voting_power",
            #""1152921504606846976""#),
        validators(
            "a power over 64 bits", says: ["voting_power", "64-bit"], "result.validators.0.voting_power",
            #""99999999999999999999""#),
        HostileCase("a validator twice", .start, on: "validators", says: ["stands twice in the set"]) {
            var result = try $0.result(ValidatorsResult.self)
            result.validators.append(result.validators[0])
            return try $0.answering(
                ValidatorsResult(
                    blockHeight: result.blockHeight, validators: result.validators, total: result.total + 1))
        },
        validators(
            "an address that is not the key's", says: ["is not that of its key"], "result.validators.0.address",
            #""00000000000000000000000000000000000000AA""#),
        validators(
            "a key of an unknown kind", says: ["unsupported public key type"], "result.validators.0.pub_key.type",
            #""tendermint/PubKeyNone""#),
        validators(
            "a short key", says: ["public key: expected 32 bytes"], "result.validators.0.pub_key.value", #""AAAA""#),
        HostileCase("a list of validators without an end", .start, on: "validators", says: ["more than 100 pages"]) {
            // Every page is the first one.
            var parameters = $0.parameters
            parameters["page"] = "1"
            let first = try $0.answering(with: try await $0.ask("validators", parameters))
            return try $0.changed(first, "result.total", #""1099511627776""#)
        },
        HostileCase("a page of 200 validators", .start, on: "validators", says: ["has 200 validators"]) {
            let strangers = try (0..<200).map { try SampleChain.Member(name: [0x48, UInt8($0)]).validator }
            return try $0.answering(ValidatorsResult(blockHeight: $0.height, validators: strangers, total: 200))
        },
        HostileCase("no validators", .start, on: "validators", says: ["has 0 validators"]) {
            try $0.answering(ValidatorsResult(blockHeight: $0.height, validators: [], total: 0))
        },
        validators(
            "validators of another height", says: ["validators: asked for height"], "result.block_height", #""77""#),
    ]
}
