import TestSupport

/// Pipelines of the stages, as a shell would join them. No stage can reach the public APIs.
enum Chain {
    /// The port has no listener, so every look-up fails at once.
    static let offline = [
        "PM_GAMMA_URL": "http://127.0.0.1:9", "PM_DATA_URL": "http://127.0.0.1:9",
        "PM_CLOB_URL": "http://127.0.0.1:9",
    ]

    static func stage(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Pipeline.Command {
        Pipeline.Command(
            try Executables.path(name), arguments,
            environment: offline.merging(environment) { $1 }.mapValues { $0 })
    }

    /// Starts all five stages: a recording is the input, alerts are the output.
    static func whole(replaying path: String, into database: String) throws -> Pipeline {
        try Pipeline([
            stage("pm-ingest", ["--replay", path, "--speed", "max"]),
            stage("pm-filter"),
            stage("pm-enrich", ["--deadline", "5s"]),
            stage("pm-store", ["--database", database]),
            stage("pm-alert", ["--database", database]),
        ])
    }
}
