// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that building and testing Wattseal never pays for it. `Tools/bench` builds and runs it.

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "wattseal", path: "../.."),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    ],
    targets: [
        .target(
            name: "CBaselines", linkerSettings: [.linkedLibrary("modbus"), .linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CBaselines", .product(name: "Rooms", package: "wattseal"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
