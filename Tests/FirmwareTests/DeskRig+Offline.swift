import ChargeControl
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

/// A charger that sells without the ledger.
extension DeskRig {
    /// What one session, and all that are not settled, may cost.
    static let offlineLimits = VoucherLimits(session: Microunits(3_000_000), unsettled: Microunits(5_000_000))

    /// Registered, with all proved that there is; then the ledger goes out of reach.
    func proveAndLoseLedger() throws -> DeskLedger {
        let ledger = try DeskLedger(self)
        try ledger.prove()
        try ledger.tellRegistration()
        try look()
        loseLedger()
        _ = told()
        return ledger
    }

    /// The ledger goes out of reach.
    func loseLedger() {
        desk.handle(
            .status(
                PlatformStatus(
                    height: 5, headerTime: try? DeskRig.headerTime(), headerHash: nil, backlog: 0, lastError: nil,
                    isReachable: false)))
    }

    /// A session from the offer to its end, of so many milliwatt-hours behind a register.
    func charge(_ energy: Int64 = 600_000, from number: UInt64, register: Int64) throws {
        let slot = try #require(first.offered).slot
        read(number...number, register)
        order(
            .begin(DeskRig.mark(slot, number: number, register: register, energy: 0)), DeskRig.reading(number, register)
        )
        let last = register + energy
        read(number + 1...number + 1, last)
        order(
            .end(
                DeskRig.mark(slot, number: number + 1, register: last, energy: energy), reason: .car, fault: nil,
                ticks: 0, isFinalReading: true),
            DeskRig.reading(number + 1, last))
    }
}
