/// Where the device's roots are.
public protocol RootStorage {
    /// The versions that are there, newest first.
    func versions() throws(FirmwareUpdateError) -> [UInt32]
    /// The root of a version, signed by its own root role.
    func root(version: UInt32) throws(FirmwareUpdateError) -> SignedRoot
}

extension RootStorage {
    /// The newest root. What stands here was accepted, so nothing older decides on what is new.
    ///
    /// - Parameter version: the version that the boot record knows to be accepted.
    public func newestRoot(atLeast version: UInt32) throws(FirmwareUpdateError) -> SignedRoot {
        guard let newest = try versions().first else { throw .missing("root.N") }
        guard newest >= version else { throw .root(.lost(expected: version, found: newest)) }
        return try root(version: newest)
    }
}

/// Roots as files `root.N`: those that came with the operating system, and those that were accepted since, which stand in the
/// folder `roots` of the disk. Only root may write either.
public struct RootFolder: RootStorage {
    private let disk: any UpdateDisk
    private let packaged: any UpdateDisk
    private static let folder = "roots"

    /// - Parameters:
    ///   - disk: where accepted roots go.
    ///   - packaged: the folder of those that came with the operating system; it is only read.
    public init(disk: any UpdateDisk, packaged: any UpdateDisk) {
        self.disk = disk
        self.packaged = packaged
    }

    public func versions() throws(FirmwareUpdateError) -> [UInt32] {
        let names = (try disk.names(in: Self.folder) ?? []) + (try packaged.names(in: "") ?? [])
        let versions = names.compactMap { name -> UInt32? in
            guard name.hasPrefix("root."), let version = UInt32(name.dropFirst(5)), "root.\(version)" == name else {
                return nil
            }
            return version
        }
        return Set(versions).sorted(by: >)
    }

    public func root(version: UInt32) throws(FirmwareUpdateError) -> SignedRoot {
        var bytes = try disk.bytes(of: "\(Self.folder)/root.\(version)", atMost: SignedRoot.mostBytes)
        if bytes == nil { bytes = try packaged.bytes(of: "root.\(version)", atMost: SignedRoot.mostBytes) }
        guard let bytes else { throw .missing("root.\(version)") }
        let signed = try SignedRoot(decoding: bytes)
        guard signed.root.version == version else {
            throw .root(.version(expected: version, found: signed.root.version))
        }
        try signed.checkOwn()
        return signed
    }

    /// Makes an accepted root durable. It is not to be used before this returns: no power cut may bring the old one back.
    func keep(_ signed: SignedRoot) throws(FirmwareUpdateError) {
        let name = "\(Self.folder)/root.\(signed.root.version)"
        let new = "\(Self.folder)/new"
        try disk.makeFolder(Self.folder)
        try disk.remove(new)
        try disk.create(new, isExecutable: false)
        try disk.write(signed.encoded()[...], to: new, at: 0)
        try disk.flush(new)
        try disk.rename(new, to: name)
        try flush()
    }

    /// Makes the accepted roots' names durable; their bytes are, before they have their names.
    func flush() throws(FirmwareUpdateError) {
        if try disk.names(in: Self.folder) != nil { try disk.flushFolder(Self.folder) }
        // The folder's own name: it may be new, too.
        try disk.flushFolder("")
    }
}
