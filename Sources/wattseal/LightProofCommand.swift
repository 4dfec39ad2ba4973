import ArgumentParser
import LightClient

/// `wattseal light proof`: an ICS-23 commitment proof under a specification that the caller names.
struct LightProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "An ICS-23 CommitmentProof: valid (0) or invalid: REASON (4). Without --value it must prove absence.")

    /// The specifications that can be asked for.
    enum Specification: String, ExpressibleByArgument, CaseIterable {
        case iavl, tendermint, smt

        var spec: ProofSpec {
            switch self {
            case .iavl: .iavl
            case .tendermint: .tendermint
            case .smt: .smt
            }
        }
    }

    @Option(help: "The tree's specification.")
    var spec: Specification

    @Option(help: "The root, hex.")
    var root: String

    @Option(help: "The key, hex.")
    var key: String

    @Option(help: "The value, hex; absent for a proof of absence.")
    var value: String?

    @Option(help: "The CommitmentProof in protobuf, hex.")
    var proof: String

    func run() throws {
        let root = try Hex.decode(root, kind: "--root")
        let key = try Hex.decode(key, kind: "--key")
        let value = try value.map { try Hex.decode($0, kind: "--value") }
        let bytes = try Hex.decode(proof, kind: "--proof")
        do throws(LightClientError) {
            let proof = try CommitmentProof(protobuf: bytes)
            if let value {
                try proof.verifyMembership(spec: spec.spec, root: root, key: key, value: value)
            } else {
                try proof.verifyNonMembership(spec: spec.spec, root: root, key: key)
            }
        } catch {
            throw LightExit.refuse(error)
        }
        print("valid")
    }
}
