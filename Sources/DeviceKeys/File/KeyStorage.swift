import SignedRecords

/// What the file vault asks of a directory, step by step, so that a test can stop it behind any of them.
///
/// Only `sync` makes a file's bytes durable and only `syncDirectory` its name.
protocol KeyStorage: Sendable {
    /// For messages.
    var path: String { get }
    /// Runs `body` while no other process is in such a body for this directory.
    func exclusively<Answer>(_ body: () throws(KeyStoreError) -> Answer) throws(KeyStoreError) -> Answer
    func names() throws(KeyStoreError) -> [String]
    /// At most `maximum` bytes and one more of a file of mode 0600, or nil where it does not exist.
    func read(_ name: String, maximum: Int) throws(KeyStoreError) -> [UInt8]?
    /// A new file of mode 0600; an error where the name is taken.
    func create(_ name: String, _ bytes: [UInt8]) throws(KeyStoreError)
    func sync(_ name: String) throws(KeyStoreError)
    func rename(_ name: String, to new: String) throws(KeyStoreError)
    /// Writes zeros over a file's bytes in place.
    func overwrite(_ name: String) throws(KeyStoreError)
    /// An absent file is no error.
    func remove(_ name: String) throws(KeyStoreError)
    func syncDirectory() throws(KeyStoreError)
}

extension KeyStorage {
    /// A file with these bytes under this name, whole or not at all, durable when this returns.
    func store(_ name: String, _ bytes: [UInt8]) throws(KeyStoreError) {
        let unfinished = "\(name).new"
        // What a stop left behind was never in force.
        try remove(unfinished)
        try create(unfinished, bytes)
        try sync(unfinished)
        try rename(unfinished, to: name)
        try syncDirectory()
    }

    /// Takes a file away for good: the change of its name commits, then its bytes are overwritten as well as a disk lets us.
    func destroy(_ name: String) throws(KeyStoreError) {
        guard try names().contains(name) else { return }
        try rename(name, to: "\(name).gone")
        try syncDirectory()
        try finishDestroying("\(name).gone")
    }

    /// What is left of `destroy` behind its commit.
    func finishDestroying(_ name: String) throws(KeyStoreError) {
        try overwrite(name)
        try sync(name)
        try remove(name)
        try syncDirectory()
    }
}
