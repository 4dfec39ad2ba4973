internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords

/// What the shell has of the updater: its questions and changes, in the shell's errors. Whoever asks has put it on record before.
struct UpdaterAccess: Sendable {
    static let patience = Nanoseconds.seconds(5)

    let client: UpdaterClient
    /// Where files come in; nil where none can.
    let transfers: TransferFolder?

    func status() throws(ServiceShellError) -> UpdaterStatus {
        switch try ask(.status, within: Self.patience) {
        case .status(let status): return status
        case .refused(let refusal): throw .unavailable(refusal.words)
        case .transfer: throw .unavailable("the updater answered something else")
        }
    }

    /// Begins the transfer of the bundle with a manifest hash of 32 bytes.
    func begin(_ manifest: [UInt8]) throws(ServiceShellError) {
        guard manifest.count == 32 else {
            throw .interlock("expected the bundle's manifest hash, 64 hexadecimal digits")
        }
        try change(.begin(ContentHash(exactly: manifest)), within: Self.patience)
    }

    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        switch try ask(.put(bytes, at: offset), within: Self.patience) {
        case .transfer(let progress):
            return TransferAnswer(next: progress.next, length: progress.length, isWhole: progress.isWhole)
        case .refused(let refusal):
            if let next = refusal.next { throw .transferOffset(expected: next, found: offset) }
            throw .interlock(refusal.words)
        case .status: throw .unavailable("the updater answered something else")
        }
    }

    /// Has what came in checked, and unpacked into the other slot.
    func stage() throws(ServiceShellError) {
        try change(.stage, within: FirmwareUpdates.patienceForStaging)
    }

    /// The release in the slot that is not the active one.
    static func otherSlot(_ record: BootRecord) throws(ServiceShellError) -> Image {
        guard case .bootable(let image) = record[record.inactive] else {
            throw .interlock("slot \(record.inactive.name) holds no release that starts")
        }
        return image
    }

    func change(_ request: UpdaterRequest, within patience: Nanoseconds) throws(ServiceShellError) {
        if case .refused(let refusal) = try ask(request, within: patience) { throw .interlock(refusal.words) }
    }

    func ask(
        _ request: UpdaterRequest, within patience: Nanoseconds
    ) throws(ServiceShellError) -> UpdaterReply {
        do throws(UpdaterFault) { return try client.ask(request, within: patience) } catch {
            switch error {
            case .unreachable: throw .unavailable("\(error)")
            case .unanswered: throw .unfinished("\(error)")
            }
        }
    }
}
