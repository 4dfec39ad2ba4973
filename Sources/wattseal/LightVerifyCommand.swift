import ArgumentParser
import LightClient

/// `wattseal light verify`: one verification step.
struct LightVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "One verification step: success (0), not-enough-trust (2), expired (3), invalid: REASON (4).")

    @Option(help: "The trusted light block (JSON).")
    var trusted: String

    @Option(help: "The light block to judge (JSON).")
    var untrusted: String

    @Option(help: "The time to judge at, RFC 3339.")
    var now: String

    @Option(help: "The trusting period in seconds.")
    var period: Int64

    @Option(help: "How far a header's time may lie ahead, in seconds.")
    var drift: Int64 = 10

    @Option(help: "The share of the trusted power that must have signed, N/D.")
    var trustLevel = "1/3"

    func run() throws {
        let options = try TrustOptions(
            period: .seconds(period), drift: .seconds(drift), trustLevel: level())
        let moment = try Timestamp(rfc3339: now)
        let (trustedBytes, untrustedBytes) = (try FileBytes.read(trusted), try FileBytes.read(untrusted))
        let verdict: Verdict
        do throws(LightClientError) {
            verdict = Verifier.verify(
                trusted: try RPCJSON.decode(LightBlockDocument.self, from: trustedBytes),
                untrusted: try RPCJSON.decode(LightBlockDocument.self, from: untrustedBytes), now: moment,
                options: options)
        } catch {
            throw LightExit.refuse(error)
        }
        print(verdict)
        switch verdict {
        case .success: return
        case .notEnoughTrust: throw LightExit.notEnoughTrust
        case .expired: throw LightExit.expired
        case .invalid: throw LightExit.invalid
        }
    }

    private func level() throws -> TrustLevel {
        let parts = trustLevel.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let numerator = Int64(parts[0]), let denominator = Int64(parts[1]) else {
            throw CommandError.argument(name: "--trust-level", expected: "N/D", found: trustLevel)
        }
        return try TrustLevel(numerator, denominator)
    }
}
