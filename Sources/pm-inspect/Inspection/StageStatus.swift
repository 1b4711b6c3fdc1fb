import Glibc
import PMJSON
import PMPipe
import PMRecord

/// The status file of a stage, at one moment.
package struct StageStatus: Sendable {
    package static let stages = ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"]

    let stage: String
    private let json: JSON
    private let isAlive: Bool

    /// The stages write the file every second.
    private static let oldest = Duration.seconds(10)

    /// - Returns: `nil` when the stage has no readable status file in `directory`.
    package init?(of stage: String, in directory: String) {
        guard let text = try? readSmallFile("\(directory)/\(stage).json"), let json = try? JSON(text) else {
            return nil
        }
        self.init(of: stage, json) { kill($0, 0) == 0 || errno == EPERM }
    }

    package init(of stage: String, _ json: JSON, isAlive: (pid_t) -> Bool) {
        self.stage = stage
        self.json = json
        self.isAlive = json["pid"]?.integer.flatMap { pid_t(exactly: $0) }.map(isAlive) ?? false
    }

    /// `ok`, `ended`, `killed`, or the age of a file that is no longer replaced.
    func state(at now: Timestamp) -> String {
        if json["ended_at"] != nil { return "ended" }
        if !isAlive { return "killed" }
        let age = writtenAt.map { $0.duration(to: now) } ?? .zero
        return age > Self.oldest ? "\(age.components.seconds)s old" : "ok"
    }

    var writtenAt: Timestamp? { json["written_at"]?.string.flatMap { Timestamp($0) } }

    /// A figure; 0 when the stage does not report it.
    func figure(_ key: String) -> Int { json[key]?.integer ?? 0 }

    subscript(key: String) -> JSON? { json[key] }

    /// The sum of an object's figures, such as `errors`.
    func sum(_ key: String) -> Int { members(key).reduce(0) { $0 + ($1.value.integer ?? 0) } }

    func members(_ key: String) -> [(key: String, value: JSON)] {
        guard case .object(let members)? = json[key] else { return [] }
        return members
    }

    /// Work that waits inside the stage, in the stage's own unit.
    var queue: String {
        switch stage {
        case "pm-ingest": figure("lag_seq") > 0 ? "\(figure("lag_seq")) lines" : "-"
        case "pm-enrich": "\(figure("queue_depth")) + \(figure("requests_under_way"))"
        case "pm-store": figure("held_bytes") > 0 ? "\(figure("held_bytes") / 1024) KiB" : "-"
        case "pm-alert": "\(figure("queue_depth"))"
        default: "-"
        }
    }
}
