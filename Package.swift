// swift-tools-version: 6.2
import PackageDescription

// The arrows between rooms are those of ARCHITECTURE.md; Tests/TidyTests fails where this file or an import leaves them.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let sockets: [Target.Dependency] = ["NIOCore", "NIOPosix"].map { .product(name: $0, package: "swift-nio") }
let http: [Target.Dependency] = sockets + [.product(name: "NIOHTTP1", package: "swift-nio")]
let nio: [Target.Dependency] = http + [.product(name: "NIOWebSocket", package: "swift-nio")]
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")

/// A room under Sources.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A room that the benchmarks look into. Only Tools/bench asks for it: every other room is compiled there as it ships.
func openedRoom(_ target: Target) -> Target {
    if Context.environment["WATTSEAL_BENCHMARKS"] != nil {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-enable-testing"])]
    }
    return target
}

/// A room whose tests compute for minutes of the charger's time: optimised in a debug build, too.
func computingRoom(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))])
}

/// A folder under Tools that is a library.
func tool(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// A program.
func program(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// The tests of a room.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "wattseal",
    products: [
        // For Tools/Benchmarks, a package of its own.
        .library(
            name: "Rooms",
            targets: [
                "Quantities", "Threads", "ChargeControl", "FlightRecorder", "BoardIO", "Metering", "SignedRecords",
                "RecordAudit", "PacketSockets", "DeviceKeys", "Journal", "LightClient", "Ledger", "PlatformLink",
                "Firmware", "LedgerNode", "Simulator", "SimulatorBoard", "ControlSoak", "LoopDisk", "RecordSamples",
                "LedgerSamples", "ChargerSamples",
            ])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit.git", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CInvariant"),
        .target(name: "CGPIO", linkerSettings: [.linkedLibrary("gpiod")]),
        .target(name: "CLinux"),
        .target(name: "CModbus", linkerSettings: [.linkedLibrary("modbus")]),
        // Headers at build time; the libraries themselves are loaded where a device has them.
        .target(name: "CPKCS11"),
        .target(name: "CRAUC"),
        .target(name: "CTPM"),
        computingRoom("Quantities", ["CInvariant"]),
        room("Threads", ["CLinux"]),
        room("ConfigurationText", ["Quantities", .product(name: "TOMLKit", package: "TOMLKit")]),
        computingRoom("ChargeControl", ["Quantities"]),
        room("FlightRecorder", ["ChargeControl", "Quantities"]),
        room("BoardIO", ["Quantities", "ChargeControl", "CGPIO", "ConfigurationText", "Threads"]),
        room("Metering", ["Quantities", "CModbus", "ConfigurationText"]),
        room("SignedRecords", ["Quantities", crypto]),
        room("RecordAudit", ["SignedRecords", crypto]),
        room("DiagnosticsArchive", ["SignedRecords", crypto]),
        room("PacketSockets", []),
        room("DeviceKeys", ["SignedRecords", "Quantities", "PacketSockets", "CTPM", "CPKCS11", crypto]),
        openedRoom(room("Journal", ["SignedRecords", "Quantities", crypto])),
        room("LightClient", [crypto]),
        room("Ledger", ["Quantities", "SignedRecords", crypto]),
        .systemLibrary(
            name: "CQREncode", path: "Sources/CQREncode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        // For people at a desk: never linked into the daemon.
        room("ReceiptPage", ["Receipts", "LightClient", "SignedRecords", "Quantities", "CQREncode"]),
        room("Receipts", ["SignedRecords", "LightClient", "Ledger", "Quantities", crypto]),
        room(
            "PlatformLink",
            ["LightClient", "Ledger", "Receipts", "SignedRecords", "Quantities", tls, logging] + nio),
        room("ServiceShell", ["Quantities", "SignedRecords", crypto]),
        room("CardReader", ["SignedRecords", "Quantities"]),
        .target(
            name: "StatusPage", dependencies: ["Quantities", crypto] + http,
            resources: [
                .embedInCode("Resources/page.html"), .embedInCode("Resources/page.css"),
                .embedInCode("Resources/page.js"),
            ], swiftSettings: strict),
        room("FirmwareUpdate", ["SignedRecords", "Quantities", "PacketSockets", crypto]),
        room("RAUC", ["FirmwareUpdate", "CRAUC"]),
        openedRoom(
            room(
                "Firmware",
                [
                    "Quantities", "ConfigurationText", "ChargeControl", "FlightRecorder", "BoardIO", "Metering",
                    "SignedRecords", "DeviceKeys", "FirmwareUpdate", "Journal", "LightClient", "Ledger", "PlatformLink",
                    "Receipts", "ServiceShell", "CardReader", "CLinux", "DiagnosticsArchive", "StatusPage", "Threads",
                    logging, crypto,
                ])),
        // The table of expectations travels in the program, so that a charger without this repository can be asked, too.
        .target(
            name: "Conformance", dependencies: ["Simulator", "ChargeControl", "Quantities"],
            resources: [.embedInCode("Expectations")], swiftSettings: strict),
        program(
            "wattseald", path: "Sources/wattseald", ["Firmware", "Quantities", logging, arguments]),
        // Starts the daemon; a part of the operating system, which no update of the firmware changes.
        program(
            "wattseal-launcher", path: "Sources/wattseal-launcher",
            ["FirmwareUpdate", "RAUC", "SignedRecords", "CLinux"]),
        program(
            "wattseal", path: "Sources/wattseal",
            [
                "Firmware", "DiagnosticsArchive", "Conformance", "ConfigurationText", "Metering", "Quantities",
                "SignedRecords", "Journal", "LightClient", "PlatformLink", "Receipts", "ReceiptPage", "RecordAudit",
                "FlightRecorder", arguments,
            ]),
        .target(name: "AllocationCount", path: "Tools/AllocationCheck/Count"),
        program(
            "allocation-check", path: "Tools/AllocationCheck/Run",
            ["AllocationCount", "Firmware", "BoardIO", "Metering", "ChargeControl", "Quantities"]),
        tool(
            "ControlCheck", path: "Tools/EmbeddedCheck/Check",
            ["ControlVectors", "FlightRecorder", "ChargeControl", "Quantities"]),
        program("flight-sample", path: "Tools/EmbeddedCheck/Sample", ["FlightSamples", "FlightRecorder"]),
        .systemLibrary(
            name: "CSQLite", path: "Tools/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        tool("Simulator", path: "Tools/Simulator/Model", ["Quantities", "ChargeControl"]),
        tool(
            "SimulatorBoard", path: "Tools/Simulator/Board", ["Simulator", "BoardIO", "ChargeControl", "Quantities"]),
        program(
            "plant", path: "Tools/Simulator/Process",
            ["Simulator", "SimulatorBoard", "BoardIO", "ChargeControl", "Quantities", arguments]),
        // The baseline of the daemon's footprint.
        program("tls-hello", path: "Tools/TLSHello", sockets + [tls]),
        program("gpio-trace", path: "Tools/GPIOTrace", ["BoardIO", "Quantities"]),
        // Between the emulated board's pins and the plant.
        program("pin-bridge", path: "Tools/BoardEmulator/PinBridge", ["BoardIO", "Quantities", arguments]),
        tool("SoakArguments", path: "Tools/SoakArguments", []),
        tool("ControlSoak", path: "Tools/Soak/Model", ["ChargeControl", "Quantities"]),
        program("control-soak", path: "Tools/Soak/Process", ["ControlSoak", "SoakArguments", "ChargeControl"]),
        tool(
            "JournalSoak", path: "Tools/JournalSoak/Model",
            ["Journal", "DeviceKeys", "SignedRecords", "Quantities", "SimulatedDisk", "RecordSamples", crypto]),
        program(
            "journal-soak", path: "Tools/JournalSoak/Process", ["JournalSoak", "SoakArguments", "RecordSamples"]),
        tool(
            "LedgerSoak", path: "Tools/LedgerSoak/Model",
            ["Ledger", "SignedRecords", "Quantities", "ChargerSamples", "RecordSamples", crypto]),
        program("ledger-soak", path: "Tools/LedgerSoak/Process", ["LedgerSoak", "SoakArguments"]),
        tool(
            "UpdateSoak", path: "Tools/UpdateSoak/Model",
            ["FirmwareUpdate", "SignedRecords", "SimulatedFlash", "RecordSamples", crypto]),
        program("update-soak", path: "Tools/UpdateSoak/Process", ["UpdateSoak", "SoakArguments"]),
        openedRoom(
            tool(
                "LedgerNode", path: "Tools/LedgerNode",
                ["Ledger", "LightClient", "SignedRecords", "Quantities", "CSQLite", logging, crypto] + nio)),
        program(
            "platform-node", path: "Tools/PlatformNode",
            ["LedgerNode", "Ledger", "LightClient", "SignedRecords", "Quantities", logging, arguments, crypto]),
        program(
            "service-station", path: "Tools/ServiceStation",
            [
                "DeviceKeys", "FirmwareUpdate", "ServiceShell", "SignedRecords", "Quantities", arguments, crypto,
            ]),

        // What several tests share: chargers, chains, ledgers and disks that behave.
        tool("RecordSamples", path: "Tests/Support/RecordSamples", ["Quantities", "SignedRecords", crypto]),
        program(
            "record-sample", path: "Tools/RecordSample", ["RecordSamples", "SignedRecords", "Quantities", arguments]),
        tool("CardSamples", path: "Tests/Support/CardSamples", ["CardReader", "SignedRecords", "Quantities", crypto]),
        tool("SimulatedDisk", path: "Tests/Support/SimulatedDisk", ["Journal", "RecordSamples"]),
        tool("SimulatedFlash", path: "Tests/Support/SimulatedFlash", ["FirmwareUpdate", "RecordSamples"]),
        tool("LoopDisk", path: "Tests/Support/LoopDisk", []),
        tool("LedgerSamples", path: "Tests/Support/LedgerSamples", ["LightClient", crypto]),
        tool(
            "HostilePlatform", path: "Tests/Support/HostilePlatform",
            ["LightClient", "LedgerSamples", .product(name: "NIOConcurrencyHelpers", package: "swift-nio")] + http),
        tool(
            "ChargerSamples", path: "Tests/Support/ChargerSamples",
            ["RecordSamples", "SignedRecords", "Ledger", "Quantities", crypto]),

        tool(
            "ReceiptSamples", path: "Tests/Support/ReceiptSamples",
            ["Receipts", "Ledger", "LightClient", "SignedRecords", "Quantities", "RecordSamples", "LedgerSamples"]),

        tool("ControlVectors", path: "Tests/Support/ControlVectors", ["ChargeControl", "Quantities"]),
        tool(
            "FlightSamples", path: "Tests/Support/FlightSamples", ["FlightRecorder", "ChargeControl", "Quantities"]),

        tests("QuantitiesTests", ["Quantities"]),
        tests("ConfigurationTextTests", ["ConfigurationText"]),
        tests("ChargeControlTests", ["ChargeControl", "Quantities", "ControlVectors"]),
        tests("ConformanceTests", ["Conformance", "ChargeControl", "Quantities"]),
        tests("FlightRecorderTests", ["FlightRecorder", "FlightSamples", "ChargeControl", "Quantities"]),
        tests("ControlSoakTests", ["ControlSoak", "ChargeControl"]),
        tests("BoardIOTests", ["BoardIO", "ChargeControl", "Quantities", "ConfigurationText"]),
        tests("MeteringTests", ["Metering", "Quantities", "ConfigurationText"]),
        tests("SimulatorTests", ["Simulator", "plant", "BoardIO", "ChargeControl", "Quantities"]),
        tests("PinBridgeTests", ["pin-bridge", "BoardIO", "Quantities"]),
        tests(
            "DeviceKeysTests",
            ["DeviceKeys", "PacketSockets", "CPKCS11", "SignedRecords", "Quantities", "RecordSamples", crypto]),
        tests("SignedRecordsTests", ["SignedRecords", "Quantities", "RecordSamples", crypto]),
        tests("DiagnosticsArchiveTests", ["DiagnosticsArchive", "SignedRecords", crypto]),
        tests("RecordAuditTests", ["RecordAudit", "Ledger", "SignedRecords", "Quantities", "RecordSamples", crypto]),
        tests(
            "JournalTests",
            ["Journal", "SignedRecords", "Quantities", "RecordSamples", "SimulatedDisk", "LoopDisk"]),
        tests("LightClientTests", ["LightClient", crypto]),
        tests("LedgerTests", ["Ledger", "SignedRecords", "Quantities", "RecordSamples", "ChargerSamples", crypto]),
        tests(
            "LedgerNodeTests",
            [
                "LedgerNode", "platform-node", "Ledger", "LightClient", "SignedRecords", "Quantities", "RecordSamples",
                "ChargerSamples", "LedgerSamples", logging, crypto,
            ] + nio),
        tests(
            "ReceiptsTests",
            [
                "Receipts", "Ledger", "LightClient", "SignedRecords", "Quantities", "RecordSamples", "LedgerSamples",
                "ReceiptSamples", crypto,
            ]),
        tests(
            "ReceiptPageTests",
            [
                "ReceiptPage", "Receipts", "LightClient", "SignedRecords", "Quantities", "RecordSamples",
                "ReceiptSamples",
            ]),
        tests(
            "PlatformLinkTests",
            [
                "PlatformLink", "LedgerNode", "Receipts", "Ledger", "LightClient", "SignedRecords", "Quantities",
                "RecordSamples", "ChargerSamples", "LedgerSamples", "HostilePlatform", tls, logging, crypto,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio),
        tests("ServiceShellTests", ["ServiceShell", "Quantities", "SignedRecords", crypto]),
        tests("StatusPageTests", ["StatusPage", "Quantities"] + http),
        tests("CardReaderTests", ["CardReader", "CardSamples", "SignedRecords", "Quantities", crypto]),
        tests(
            "FirmwareUpdateTests",
            [
                "FirmwareUpdate", "PacketSockets", "wattseal-launcher", "SignedRecords", "Quantities", "SimulatedFlash",
                "UpdateSoak", crypto,
            ]),
        tests("RAUCTests", ["RAUC", "FirmwareUpdate", "SignedRecords", "UpdateSoak"]),
        tests(
            "ServiceStationTests",
            [
                "service-station", "ServiceShell", "FirmwareUpdate", "SimulatedFlash", "UpdateSoak",
                "SignedRecords", "Quantities", arguments, crypto,
            ]),
        tests(
            "FirmwareTests",
            [
                "Firmware", "BoardIO", "ChargeControl", "DiagnosticsArchive", "FirmwareUpdate", "FlightRecorder",
                "Metering", "DeviceKeys", "Journal", "Ledger", "LightClient", "PlatformLink", "SignedRecords",
                "Quantities", "Simulator", "SimulatorBoard", "plant", "SimulatedDisk",
                "CardReader", "RecordSamples", "StatusPage", "Threads", logging, crypto,
            ]),
        tests("TidyTests", []),
        tests(
            "SystemTests",
            [
                "CardReader", "CardSamples", "DeviceKeys", "HostilePlatform", "Ledger", "LedgerNode", "LoopDisk",
                "Quantities",
                "SignedRecords", crypto,
            ]),
    ]
)
