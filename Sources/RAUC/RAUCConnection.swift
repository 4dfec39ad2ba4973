import CRAUC
import FirmwareUpdate

/// RAUC's interface over a bus. A connection that has failed is given up, and made anew by the next call; whatever waits for an
/// answer waits 3 s at most.
final class RAUCConnection: RAUCInterface {
    private let address: String?
    private var rauc: OpaquePointer?

    /// - Parameter address: the bus's, as D-Bus writes it; nil is the system's bus.
    init(address: String?) { self.address = address }

    deinit { close() }

    private func close() {
        if let rauc { crauc_close(rauc) }
        rauc = nil
    }

    private func opened() throws(SystemInstallerFault) -> OpaquePointer {
        if let rauc { return rauc }
        var new: OpaquePointer?
        let code = crauc_open(address, &new)
        guard code == 0, let new else {
            throw code == CRAUC_NO_LIBRARY
                ? SystemInstallerFault.libraryMissing : .unreachable(String(cString: crauc_error(nil)))
        }
        rauc = new
        return new
    }

    private func call(_ body: (OpaquePointer) -> Int32) throws(SystemInstallerFault) {
        let rauc = try opened()
        let code = body(rauc)
        guard code != 0 else { return }
        let words = String(cString: crauc_error(rauc))
        // After a refusal the connection is as good as before; after anything else a late answer may still come over it.
        guard code != CRAUC_REFUSED else { throw .refused(words) }
        close()
        throw code == CRAUC_UNREACHABLE ? SystemInstallerFault.unreachable(words) : .unanswered(words)
    }

    func text(_ property: RAUCProperty) throws(SystemInstallerFault) -> String {
        var text = [CChar](repeating: 0, count: Int(CRAUC_TEXT))
        try call { crauc_text($0, property.rawValue, &text) }
        return Self.string(text)
    }

    func progress() throws(SystemInstallerFault) -> (percent: Int32, message: String) {
        var (percent, text) = (Int32(0), [CChar](repeating: 0, count: Int(CRAUC_TEXT)))
        try call { crauc_progress($0, &percent, &text) }
        return (percent, Self.string(text))
    }

    func install(_ path: String) throws(SystemInstallerFault) { try call { crauc_install($0, path) } }

    func completed() throws(SystemInstallerFault) -> Int32? {
        var (seen, result) = (Int32(0), Int32(0))
        try call { crauc_completed($0, &seen, &result) }
        return seen == 0 ? nil : result
    }

    func mark(_ state: String) throws(SystemInstallerFault) { try call { crauc_mark($0, state) } }

    func primary() throws(SystemInstallerFault) -> String {
        var text = [CChar](repeating: 0, count: Int(CRAUC_NAME))
        try call { crauc_primary($0, &text) }
        return Self.string(text)
    }

    func slots() throws(SystemInstallerFault) -> [RAUCSlot] {
        var found = [crauc_slot](repeating: crauc_slot(), count: Int(CRAUC_SLOTS))
        var count = 0
        try call { crauc_slots($0, &found, &count) }
        return found.prefix(count).map { slot in
            RAUCSlot(name: Self.string(of: slot.name), bootName: Self.string(of: slot.bootname))
        }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A C array of characters, which is a tuple here.
    private static func string<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
