// Three notes beside what the boot record says. Its format knows none of them, and a launcher or an updater that does not know them,
// since the operating system went back to it, reads the record as before.
extension SlotFolder {
    private static let schema = "schema"
    /// The most bytes of the schema's note: ten digits and the end of the line.
    private static let mostSchemaBytes = 11

    /// The note's place; emptying the slot removes it.
    static func unconfirmed(_ slot: Slot) -> String { "\(slot.name)/unconfirmed" }

    /// The same for a release that came in where nothing started.
    static func unasked(_ slot: Slot) -> String { "\(slot.name)/unasked" }

    public func isNotedUnasked(_ slot: Slot) throws(FirmwareUpdateError) -> Bool {
        try disk.status(of: Self.unasked(slot)) != nil
    }

    /// Somebody has asked for the slot's release. Comes before the boot record's write, which says it for good.
    func noteAsked(_ slot: Slot) throws(FirmwareUpdateError) {
        guard try isNotedUnasked(slot) else { return }
        try disk.remove(Self.unasked(slot))
        try disk.flushFolder(slot.name)
    }

    public func isNotedUnconfirmed(_ slot: Slot) throws(FirmwareUpdateError) -> Bool {
        try disk.status(of: Self.unconfirmed(slot)) != nil
    }

    /// The slot's image has passed a trial here. Comes behind the boot record's write: a note that a cut leaves costs the image
    /// no more than being tried again, should it ever have to stand in for the other one.
    func noteConfirmed(_ slot: Slot) throws(FirmwareUpdateError) {
        guard try isNotedUnconfirmed(slot) else { return }
        try disk.remove(Self.unconfirmed(slot))
        try disk.flushFolder(slot.name)
    }

    /// What is damaged notes nothing: the slots' manifests still say what they say.
    public func notedSchema() throws(FirmwareUpdateError) -> UInt32? {
        guard try disk.status(of: Self.schema) != nil else { return nil }
        // A byte more than the longest note has: what is longer does not read back the same.
        let text = String(decoding: try disk.read(Self.schema, at: 0, count: Self.mostSchemaBytes + 1), as: UTF8.self)
        guard let number = UInt32(text.dropLast()), "\(number)\n" == text else { return nil }
        return number
    }

    /// Notes the highest data schema that may stand on the device from now on; durable when it returns.
    func note(schema: UInt32) throws(FirmwareUpdateError) {
        let new = "\(Self.schema).new"
        try disk.remove(new)
        try disk.create(new, isExecutable: false)
        try disk.write(Array("\(schema)\n".utf8)[...], to: new, at: 0)
        try disk.flush(new)
        try disk.rename(new, to: Self.schema)
        try disk.flushFolder("")
    }
}
