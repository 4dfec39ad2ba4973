/// One target of the package: where it lives and what it may lean on.
///
/// `rooms` are the arrows of ARCHITECTURE.md, "Rooms"; they pass on: a room may also import what its rooms may import of
/// each other. `libraries` and `system` modules do not pass on, each room names its own.
struct Room {
    let name: String
    let folder: String
    var rooms: [String] = []
    var libraries: [String] = []
    var system: [String] = []
    /// No clock, no file, no random number, no output: runs in a test, on the platform and in a verifier unchanged.
    var isPure = false
}

/// The arrows between the rooms, as data. A new room starts with a row here and one in ARCHITECTURE.md.
enum Arrows {
    static let rooms: [Room] = shims + pure + device + tools + support

    /// C shims: no logic, no Swift.
    private static let shims: [Room] = [
        Room(name: "CInvariant", folder: "Sources/CInvariant"),
        Room(name: "CGPIO", folder: "Sources/CGPIO"),
        Room(name: "CLinux", folder: "Sources/CLinux"),
        Room(name: "CPKCS11", folder: "Sources/CPKCS11"),
        Room(name: "CRAUC", folder: "Sources/CRAUC"),
        Room(name: "CTPM", folder: "Sources/CTPM"),
        Room(name: "CModbus", folder: "Sources/CModbus"),
        Room(name: "CQREncode", folder: "Sources/CQREncode"),
    ]

    private static let pure: [Room] = [
        Room(name: "Quantities", folder: "Sources/Quantities", rooms: ["CInvariant"], isPure: true),
        Room(name: "ChargeControl", folder: "Sources/ChargeControl", rooms: ["Quantities"], isPure: true),
        Room(
            name: "FlightRecorder", folder: "Sources/FlightRecorder", rooms: ["ChargeControl"],
            system: ["Synchronization"], isPure: true),
        Room(
            name: "SignedRecords", folder: "Sources/SignedRecords", rooms: ["Quantities"], libraries: ["Crypto"],
            system: ["FoundationEssentials"], isPure: true),
        Room(
            name: "LightClient", folder: "Sources/LightClient", libraries: ["Crypto"],
            system: ["FoundationEssentials"], isPure: true),
        Room(
            name: "Ledger", folder: "Sources/Ledger", rooms: ["Quantities", "SignedRecords"], libraries: ["Crypto"],
            system: ["FoundationEssentials"], isPure: true),
    ]

    private static let linux = ["Glibc", "FoundationEssentials", "Synchronization", "Dispatch"]
    private static let network = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL"]

    private static let device: [Room] = [
        Room(
            name: "ConfigurationText", folder: "Sources/ConfigurationText", rooms: ["Quantities"],
            libraries: ["TOMLKit"], system: ["FoundationEssentials", "Glibc"]),
        Room(name: "Threads", folder: "Sources/Threads", rooms: ["CLinux"], system: ["Glibc"]),
        Room(
            name: "BoardIO", folder: "Sources/BoardIO",
            rooms: ["Quantities", "ChargeControl", "ConfigurationText", "CGPIO", "Threads"],
            system: linux),
        Room(
            name: "Metering", folder: "Sources/Metering", rooms: ["Quantities", "ConfigurationText", "CModbus"],
            system: linux),
        Room(
            name: "RecordAudit", folder: "Sources/RecordAudit", rooms: ["SignedRecords"], libraries: ["Crypto"]),
        Room(
            name: "DiagnosticsArchive", folder: "Sources/DiagnosticsArchive", rooms: ["SignedRecords"],
            libraries: ["Crypto"], isPure: true),
        Room(name: "PacketSockets", folder: "Sources/PacketSockets", system: ["Glibc"]),
        Room(
            name: "DeviceKeys", folder: "Sources/DeviceKeys",
            rooms: ["SignedRecords", "PacketSockets", "CTPM", "CPKCS11"],
            libraries: ["Crypto"], system: linux),
        Room(
            name: "Journal", folder: "Sources/Journal", rooms: ["SignedRecords"], libraries: ["Crypto"],
            system: linux),
        Room(
            name: "PlatformLink", folder: "Sources/PlatformLink",
            rooms: ["LightClient", "Ledger", "Journal", "Receipts"],
            libraries: ["Crypto", "Logging"] + network, system: linux),
        Room(
            name: "Receipts", folder: "Sources/Receipts", rooms: ["SignedRecords", "LightClient", "Ledger"],
            libraries: ["Crypto"], system: ["FoundationEssentials"]),
        Room(name: "ReceiptPage", folder: "Sources/ReceiptPage", rooms: ["Receipts", "CQREncode"]),
        Room(
            name: "ServiceShell", folder: "Sources/ServiceShell", rooms: ["SignedRecords"], libraries: ["Crypto"],
            system: linux),
        Room(
            name: "StatusPage", folder: "Sources/StatusPage", rooms: ["Quantities"], libraries: ["Crypto"] + network,
            system: linux),
        Room(name: "CardReader", folder: "Sources/CardReader", rooms: ["SignedRecords"], system: linux),
        Room(
            name: "FirmwareUpdate", folder: "Sources/FirmwareUpdate", rooms: ["SignedRecords", "PacketSockets"],
            libraries: ["Crypto"], system: linux),
        Room(name: "RAUC", folder: "Sources/RAUC", rooms: ["FirmwareUpdate", "CRAUC"]),
        Room(
            name: "Firmware", folder: "Sources/Firmware",
            rooms: [
                "BoardIO", "CLinux", "CardReader", "ChargeControl", "ConfigurationText", "DeviceKeys",
                "DiagnosticsArchive", "FirmwareUpdate",
                "FlightRecorder",
                "Journal",
                "Ledger",
                "LightClient", "Metering", "PlatformLink", "Receipts", "ServiceShell", "SignedRecords", "StatusPage",
                "Threads",
            ], libraries: ["Crypto", "Logging"] + network, system: linux),
        Room(
            name: "wattseald", folder: "Sources/wattseald", rooms: ["Firmware"],
            libraries: ["ArgumentParser", "Logging"], system: linux),
        Room(
            name: "wattseal-launcher", folder: "Sources/wattseal-launcher",
            rooms: ["CLinux", "FirmwareUpdate", "RAUC", "SignedRecords"],
            system: linux),
        Room(name: "Conformance", folder: "Sources/Conformance", rooms: ["Simulator", "ChargeControl", "Quantities"]),
        Room(
            name: "wattseal", folder: "Sources/wattseal",
            rooms: ["Firmware", "Conformance", "ReceiptPage", "RecordAudit"],
            libraries: ["ArgumentParser", "Crypto", "Logging"] + network, system: linux),
    ]

    private static let tools: [Room] = [
        Room(name: "CSQLite", folder: "Tools/CSQLite"),
        Room(
            name: "Simulator", folder: "Tools/Simulator/Model", rooms: ["Quantities", "ChargeControl"],
            system: linux),
        Room(
            name: "SimulatorBoard", folder: "Tools/Simulator/Board",
            rooms: ["Simulator", "BoardIO", "ChargeControl", "Quantities"], system: linux),
        Room(
            name: "plant", folder: "Tools/Simulator/Process", rooms: ["Simulator", "SimulatorBoard", "BoardIO"],
            libraries: ["ArgumentParser"],
            system: linux),
        Room(
            name: "JournalSoak", folder: "Tools/JournalSoak/Model",
            rooms: ["Journal", "DeviceKeys", "SignedRecords", "Quantities", "SimulatedDisk", "RecordSamples"],
            libraries: ["Crypto"]),
        Room(
            name: "journal-soak", folder: "Tools/JournalSoak/Process",
            rooms: ["JournalSoak", "SoakArguments", "RecordSamples"],
            system: linux),
        Room(
            name: "LedgerSoak", folder: "Tools/LedgerSoak/Model",
            rooms: ["Ledger", "SignedRecords", "Quantities", "ChargerSamples", "RecordSamples"],
            libraries: ["Crypto"]),
        Room(
            name: "ledger-soak", folder: "Tools/LedgerSoak/Process", rooms: ["LedgerSoak", "SoakArguments"],
            system: linux),
        Room(
            name: "UpdateSoak", folder: "Tools/UpdateSoak/Model",
            rooms: ["FirmwareUpdate", "SignedRecords", "SimulatedFlash", "RecordSamples"], libraries: ["Crypto"]),
        Room(
            name: "update-soak", folder: "Tools/UpdateSoak/Process", rooms: ["UpdateSoak", "SoakArguments"],
            system: linux),
        Room(
            name: "tls-hello", folder: "Tools/TLSHello", libraries: ["NIOCore", "NIOPosix", "NIOSSL"], system: ["Glibc"]
        ),
        Room(name: "gpio-trace", folder: "Tools/GPIOTrace", rooms: ["BoardIO", "Quantities"], system: linux),
        Room(
            name: "pin-bridge", folder: "Tools/BoardEmulator/PinBridge", rooms: ["BoardIO", "Quantities"],
            libraries: ["ArgumentParser"], system: linux),
        Room(name: "SoakArguments", folder: "Tools/SoakArguments"),
        Room(name: "ControlSoak", folder: "Tools/Soak/Model", rooms: ["Quantities", "ChargeControl"]),
        Room(
            name: "control-soak", folder: "Tools/Soak/Process",
            rooms: ["ControlSoak", "SoakArguments", "ChargeControl"], system: linux),
        Room(
            name: "LedgerNode", folder: "Tools/LedgerNode", rooms: ["Ledger", "LightClient", "CSQLite"],
            libraries: ["Crypto", "Logging"] + network, system: linux),
        Room(
            name: "platform-node", folder: "Tools/PlatformNode", rooms: ["LedgerNode", "Ledger", "LightClient"],
            libraries: ["ArgumentParser", "Crypto", "Logging"] + network, system: linux),
        Room(name: "AllocationCount", folder: "Tools/AllocationCheck/Count"),
        Room(
            name: "allocation-check", folder: "Tools/AllocationCheck/Run", rooms: ["AllocationCount", "Firmware"],
            system: ["Glibc"]),
        Room(
            name: "ControlCheck", folder: "Tools/EmbeddedCheck/Check", rooms: ["ControlVectors", "FlightRecorder"]),
        Room(
            name: "flight-sample", folder: "Tools/EmbeddedCheck/Sample", rooms: ["FlightSamples"], system: ["Glibc"]),
        Room(
            name: "service-station", folder: "Tools/ServiceStation",
            rooms: ["DeviceKeys", "FirmwareUpdate", "ServiceShell", "SignedRecords"],
            libraries: ["ArgumentParser", "Crypto"], system: linux),
    ]

    /// What several tests share.
    private static let support: [Room] = [
        Room(
            name: "record-sample", folder: "Tools/RecordSample", rooms: ["RecordSamples"],
            libraries: ["ArgumentParser"], system: ["Glibc"]),
        Room(
            name: "RecordSamples", folder: "Tests/Support/RecordSamples", rooms: ["SignedRecords"],
            libraries: ["Crypto"]),
        Room(
            name: "HostilePlatform", folder: "Tests/Support/HostilePlatform", rooms: ["LightClient", "LedgerSamples"],
            libraries: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers"], system: ["Glibc"]),
        Room(name: "LoopDisk", folder: "Tests/Support/LoopDisk", system: ["Glibc"]),
        Room(
            name: "CardSamples", folder: "Tests/Support/CardSamples", rooms: ["CardReader", "SignedRecords"],
            libraries: ["Crypto"], system: linux),
        Room(name: "SimulatedDisk", folder: "Tests/Support/SimulatedDisk", rooms: ["Journal", "RecordSamples"]),
        Room(
            name: "SimulatedFlash", folder: "Tests/Support/SimulatedFlash", rooms: ["FirmwareUpdate", "RecordSamples"]),
        Room(
            name: "LedgerSamples", folder: "Tests/Support/LedgerSamples", rooms: ["LightClient"], libraries: ["Crypto"]),
        Room(
            name: "ChargerSamples", folder: "Tests/Support/ChargerSamples", rooms: ["RecordSamples", "Ledger"],
            libraries: ["Crypto"]),
        Room(
            name: "ReceiptSamples", folder: "Tests/Support/ReceiptSamples",
            rooms: ["Receipts", "RecordSamples", "LedgerSamples"]),
        Room(name: "ControlVectors", folder: "Tests/Support/ControlVectors", rooms: ["ChargeControl"]),
        Room(name: "FlightSamples", folder: "Tests/Support/FlightSamples", rooms: ["FlightRecorder"]),
    ]

    static func room(named name: String, in rooms: [Room] = rooms) -> Room? { rooms.first { $0.name == name } }

    /// Every room that `room` may import: its arrows, followed to their ends.
    static func reachable(from room: Room, in rooms: [Room] = rooms) -> Set<String> {
        var reached: Set<String> = []
        var open = room.rooms
        while let name = open.popLast() {
            guard reached.insert(name).inserted else { continue }
            open += rooms.first { $0.name == name }?.rooms ?? []
        }
        return reached
    }
}
