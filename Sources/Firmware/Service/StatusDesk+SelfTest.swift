internal import BoardIO
internal import Crypto
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// The whole charger, part by part. What costs something is a handful of flushes and one signature; nothing is left changed.
extension StatusDesk {
    /// So many flushes tell a disk that works from one that does not.
    private static let probedFlushes = 5
    /// The flushes take no longer than that, and one more.
    private static let probePatience = Nanoseconds.seconds(1)

    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] {
        let report = board.current
        let samples = (try? samples()) ?? []
        let connectors = report.connectors.enumerated().flatMap { index, outlet -> [SelfTestAnswer] in
            guard let control = parts.connectors.first(where: { $0.chain.rawValue == outlet.number })?.control else {
                return []
            }
            let board = index < reach.boards.count ? reach.boards[index] : nil
            return ConnectorSelfTest(
                outlet: outlet, sample: samples.first { $0.number == outlet.number }, control: control,
                board: board.map { ($0.report(), $0.lineStates(), $0.profile.kind == .simulated) }
            ).rows
        }
        let device = DeviceSelfTest(
            report: shortened(report), storage: probeStorage(report.connectors), room: DiskRoom(of: reach.home),
            key: probeKey(), protection: parts.keyProtection, clock: reach.clock.read(), proven: reach.proven.floor,
            links: readLinks())
        return connectors + device.rows
    }

    /// Nothing that is told names a node's path.
    private func shortened(_ report: StatusReport) -> StatusReport {
        var report = report
        report.ledger.problem = reach.nodes.shortened(report.ledger.problem)
        return report
    }

    private func probeStorage(_ connectors: [StatusReport.Outlet]) -> DeviceSelfTest.Fact<[Int64]> {
        if let session = Self.openSession(connectors) { return .unknown(session) }
        let bench = DiskBench(path: reach.home + "/bench-io")
        do throws(FirmwareError) {
            return .known(
                try bench.run(flushes: Self.probedFlushes, within: Self.probePatience) {
                    Self.openSession(board.current.connectors)
                })
        } catch {
            if case .room(_, let session) = error { return .unknown(session) }
            return .failed("\(error)")
        }
    }

    /// A signature over a nonce that is new, verified with the public key.
    private func probeKey() -> DeviceSelfTest.Fact<Int64> {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<PossessionStatement.nonceBytes.lowerBound).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let began = SystemClock.now()
        do throws(ServiceShellError) {
            let proof = try proveKeys(nonce: nonce)
            guard let key = try? COSESign1.publicKey(proof.publicKey),
                key.isValidSignature(proof.signature, for: proof.statement)
            else { return .failed("the signature over a probe does not hold") }
            return .known((SystemClock.now() - began).wholeMicroseconds)
        } catch {
            return .failed("\(error)")
        }
    }

    private func readLinks() -> DeviceSelfTest.Fact<[LinkAnswer]> {
        do throws(ServiceShellError) { return .known(try links()) } catch { return .failed("\(error)") }
    }
}
