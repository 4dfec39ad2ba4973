public import SignedRecords

/// One of the two places that an image can stand in.
public enum Slot: UInt8, Hashable, Sendable, CaseIterable {
    case a = 1
    case b = 2

    /// The other one.
    public var other: Slot { self == .a ? .b : .a }
}

/// What a slot holds.
public enum SlotContent: Hashable, Sendable {
    /// Nothing that counts: its files may be half written.
    case empty
    /// Files that are complete, but not yet read back.
    case staged(Image)
    /// Files that were read back and found whole.
    case bootable(Image)
    /// An image that failed its trial or its hashes. What stands here is never tried again.
    case bad(Image)

    /// The image, where there is one.
    public var image: Image? {
        switch self {
        case .empty: nil
        case .staged(let image), .bootable(let image), .bad(let image): image
        }
    }
}

/// What the boot record knows of an image.
public struct Image: Hashable, Sendable {
    /// SHA-256 of the manifest's bytes.
    public var manifest: ContentHash
    /// Version text, 1 to 32 bytes of printable ASCII.
    public var version: String
    /// The anti-rollback counter.
    public var securityCounter: UInt32

    public init(manifest: ContentHash, version: String, securityCounter: UInt32) {
        self.manifest = manifest
        self.version = version
        self.securityCounter = securityCounter
    }
}

/// Why the boot record was last written.
public enum BootReason: UInt8, Hashable, Sendable, CaseIterable {
    case factory = 1
    case cleared = 2
    case staged = 3
    case verified = 4
    case activated = 5
    case tried = 6
    case confirmed = 7
    case triesSpent = 8
    case hashMismatch = 9
    case abandoned = 10
    case floorRaised = 11
    case rootRaised = 12
    case recovered = 13
}
