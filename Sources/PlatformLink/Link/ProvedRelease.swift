public import Ledger
public import SignedRecords

/// What somebody wants to know of a firmware release.
public struct ReleaseQuestion: Sendable, Equatable {
    /// As the ledger names it: SHA-256 of the bundle's manifest.
    public let digest: ContentHash
    /// The product that would run it.
    public let product: String

    public init(digest: ContentHash, product: String) {
        self.digest = digest
        self.product = product
    }
}

/// How a firmware release stands on the ledger, proved under one header.
public struct ProvedRelease: Sendable, Equatable {
    public let question: ReleaseQuestion
    /// nil is a proved absence.
    public let release: FirmwareRelease?
    /// What the product's devices should run; nil is a proved absence.
    public let product: ProductFirmware?
    /// Height of the state.
    public let height: Int64

    public init(question: ReleaseQuestion, release: FirmwareRelease?, product: ProductFirmware?, height: Int64) {
        self.question = question
        self.release = release
        self.product = product
        self.height = height
    }
}
