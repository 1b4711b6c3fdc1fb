// swift-tools-version: 6.2
import PackageDescription

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
// Not the umbrella product Collections: it compiles seven more modules.
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")

// The layers, from the lowest to the highest. A target may use only targets that are declared above it.

/// C libraries of the system: each has a module map and at most one shim header.
let cLibraries: [Target] = [
    .systemLibrary(
        name: "CLibwebsockets", pkgConfig: "libwebsockets", providers: [.apt(["libwebsockets-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
    .systemLibrary(name: "CProcess"),  // prctl, and a part of posix_spawn
    // The commit in --version. It is compiled C, so that a new commit recompiles nothing else.
    .target(
        name: "CBuild",
        cSettings: [.define("PM_BUILD_COMMIT", to: "\"\(Context.environment["BUILD_COMMIT"] ?? "")\"")]),
]

/// The Swift interface of each C library: owned handles, typed errors, no pointers in the interface.
let wrappers: [Target] = [
    .target(name: "WebSockets", dependencies: ["CLibwebsockets", deque]),
    .target(name: "Curl", dependencies: ["CCurl"]),
    .target(name: "Postgres", dependencies: ["CLibpq"]),
    .target(name: "SQLite", dependencies: ["CSQLite"]),
    .target(name: "Crypto", dependencies: ["CCrypto"]),
    .target(name: "Gzip", dependencies: ["CZlib"]),
    .target(name: "NATS", dependencies: ["CNATS"]),  // for pm-relay alone
]

/// The targets that the stages share. None of them links a C library directly.
let shared: [Target] = [
    .target(name: "PMJSON"),  // JSON as bytes: scan, validate, splice, write; knows no key
    .target(name: "PMRecord", dependencies: ["PMJSON"]),  // the contract: what a line means
    .target(name: "PMPipe", dependencies: ["PMJSON", "PMRecord", log]),  // lines in, lines out
    .target(name: "PMFlow", dependencies: [deque]),  // the pace: back-off, limiter, cache
    .target(name: "Signals", dependencies: ["PMRecord"]),  // rules and statistics, as pure functions
    .target(
        name: "PMCommand",  // command lines
        dependencies: ["PMPipe", "PMRecord", "CBuild", "CProcess", arguments]),
    .target(name: "PolymarketAPI", dependencies: ["PMJSON", "PMRecord", "Curl"]),
    .target(
        name: "Database",
        dependencies: ["PMJSON", "PMRecord", "PMPipe", "PMFlow", "Signals", "Postgres", "SQLite"]),
]

/// The live web page that pm-alert serves: web server, event feed, health, metrics and the page's files.
let livePage: [Target] = [
    .target(
        name: "LivePage",
        dependencies: [
            "PMJSON", "PMRecord", "PMPipe", "Crypto", "Database", "Gzip", "WebSockets", deque,
        ],
        resources: [.embedInCode("Page")])
]

/// A stage is a folder: a command (the executable) over its logic (a library inside the folder).
func stage(_ name: String, over logic: String, using parts: [Target.Dependency]) -> [Target] {
    [
        .executableTarget(
            name: name,
            dependencies: [.target(name: logic), "PMCommand"],
            path: "Sources/\(name)", exclude: [logic]),
        .target(
            name: logic, dependencies: ["PMJSON", "PMRecord", "PMPipe", "PMFlow"] + parts,
            path: "Sources/\(name)/\(logic)"),
    ]
}

let stages: [Target] =
    stage(
        "pm-ingest", over: "Ingestion",
        using: ["PolymarketAPI", "WebSockets", "Curl", "Crypto", "Gzip", deque])
    + stage("pm-filter", over: "Filtering", using: [])
    + stage("pm-enrich", over: "Enrichment", using: ["PolymarketAPI", "Curl", "Signals", deque, heap])
    + stage("pm-store", over: "Storage", using: ["Database", "Signals", deque])
    + stage(
        "pm-alert", over: "Alerting",
        using: ["LivePage", "Database", "Signals", "Curl", "Crypto", "CProcess", deque, heap])
    + stage("pm-inspect", over: "Inspection", using: ["Curl", "Database"])

/// The filter between machines: it keeps a stream in a cluster of NATS servers. The stages do not need it.
let relay: [Target] = stage(
    "pm-relay", over: "Relaying", using: ["NATS", "Crypto", "CProcess", deque])

/// The whole worker, for `swift build --target Worker`: one invocation plans once for all programs.
let worker: [Target] = [
    .target(
        name: "Worker",
        dependencies: [
            "pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert", "pm-relay", "pm-inspect",
            "pm-exchange",
        ])
]

/// Tools: the exchange simulator, which stands in for Polymarket in tests and in the demo; the client that the Autobahn
/// suite tests; and two programs that measure latency, one of pm-ingest, the other of the whole pipeline.
let tools: [Target] = [
    .executableTarget(
        name: "pm-exchange", dependencies: ["Exchange", "PMCommand"],
        path: "Tools/Exchange", exclude: ["Simulation", "README.md"]),
    .target(
        name: "Exchange", dependencies: ["PMJSON", "PMRecord", "PMPipe", "PMFlow", "WebSockets", "Crypto"],
        path: "Tools/Exchange/Simulation"),
    .executableTarget(
        name: "pm-stopwatch", dependencies: ["PMCommand", "PMJSON", "PMPipe", "WebSockets"],
        path: "Tools/Stopwatch"),
    .executableTarget(name: "autobahn-client", dependencies: ["WebSockets"], path: "Tools/Autobahn"),
    .executableTarget(
        name: "ingest-bench", dependencies: ["WebSockets", "PMPipe"], path: "Tools/IngestBench"),
]

/// Shared code of the tests: real servers, real processes, real pipes.
let support: [Target] = [
    .target(name: "TestSupport", dependencies: ["PMJSON", "CProcess"], path: "Tests/Support"),
    .target(
        name: "DatabaseFixtures", dependencies: ["Database", "Postgres", "SQLite", "TestSupport"],
        path: "Tests/DatabaseFixtures"),
    .target(
        name: "AlertFixtures", dependencies: ["PMJSON", "PMRecord", "PMPipe", "WebSockets", "TestSupport"],
        path: "Tests/AlertFixtures"),
]

func tests(_ name: String, of parts: [Target.Dependency], fixtures: [String] = []) -> Target {
    .testTarget(name: name, dependencies: parts, path: "Tests/\(name)", exclude: fixtures)
}

let tests: [Target] = [
    tests(
        "PipelineTests",
        of: [
            "DatabaseFixtures", "PMJSON", "PMRecord", "TestSupport", "pm-ingest", "pm-filter", "pm-enrich",
            "pm-store", "pm-alert", "pm-relay", "pm-inspect", "pm-exchange", "pm-stopwatch",
        ]),
    tests("PMJSONTests", of: ["PMJSON", "PMFlow", "TestSupport"]),
    tests("PMRecordTests", of: ["PMRecord", "PMJSON", "PMFlow", "TestSupport"]),
    tests("SignalsTests", of: ["Signals", "PMRecord", "PMFlow"]),
    tests("PMPipeTests", of: ["PMPipe", "PMJSON", "PMRecord", "TestSupport", "pm-filter"]),
    tests("PMFlowTests", of: ["PMFlow"]),
    tests(
        "FilteringTests",
        of: ["Filtering", "PMPipe", "PMRecord", "PMJSON", "PMFlow", "TestSupport", "pm-filter"]),
    tests("GoldenTests", of: ["TestSupport", "pm-filter"]),
    tests("PostgresTests", of: ["Postgres", "TestSupport"]),
    tests("SQLiteTests", of: ["SQLite", "TestSupport"]),
    tests(
        "RelayTests",
        of: [
            "Relaying", "PMFlow", "PMJSON", "PMRecord", "TestSupport", "pm-relay",
            "pm-store",
        ]),
    tests("SupportTests", of: ["TestSupport", "pm-filter"]),
    tests("WebSocketsTests", of: ["WebSockets", "CLibwebsockets", "TestSupport"]),
    tests("CurlTests", of: ["Curl", "TestSupport"]),
    tests("CryptoTests", of: ["Crypto"]),
    tests("GzipTests", of: ["Gzip"]),
    tests("PolymarketAPITests", of: ["PolymarketAPI", "PMJSON", "PMRecord", "TestSupport"]),
    tests(
        "EnrichmentTests",
        of: [
            "Enrichment", "PolymarketAPI", "PMFlow", "PMPipe", "PMJSON", "PMRecord", "TestSupport",
            "pm-enrich", "pm-exchange", "pm-store",
        ]),
    tests(
        "IngestionTests",
        of: [
            "Ingestion", "PolymarketAPI", "pm-ingest", "pm-exchange", "PMFlow", "PMJSON", "Crypto", "Gzip",
            "WebSockets",
            "TestSupport",
        ]),
    tests(
        "ExchangeTests",
        of: ["Exchange", "pm-exchange", "PMJSON", "PMRecord", "WebSockets", "TestSupport"]),
    tests(
        "DatabaseTests", of: ["Database", "DatabaseFixtures", "TestSupport"], fixtures: ["Versions"]),
    tests("StorageTests", of: ["Storage", "Database", "DatabaseFixtures", "TestSupport", "pm-store"]),
    tests(
        "LivePageTests",
        of: [
            "LivePage", "AlertFixtures", "Crypto", "Curl", "Gzip", "PMJSON", "PMRecord", "WebSockets",
            "TestSupport", "pm-alert", "pm-store",
        ]),
    tests(
        "AlertingTests",
        of: [
            "Alerting", "AlertFixtures", "Crypto", "Database", "DatabaseFixtures", "Curl", "PMFlow",
            "Signals",
            "WebSockets",
            "TestSupport", "pm-alert", "pm-exchange", "pm-filter",
        ]),
]

let package = Package(
    name: "polymarket-intelligence-worker",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: cLibraries + wrappers + shared + livePage + stages + relay + worker + tools + support + tests,
    swiftLanguageModes: [.v6])
