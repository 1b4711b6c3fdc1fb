import PMJSON
import PMPipe
import PMRecord

/// The status file of a stage, at one moment.
package struct StageStatus {
    package let stage: String
    package let json: JSON

    /// - Returns: `nil` when the stage has no readable status file in `directory`.
    package init?(of stage: String, in directory: String) {
        guard let text = try? readSmallFile("\(directory)/\(stage).json"), let json = try? JSON(text) else {
            return nil
        }
        self.stage = stage
        self.json = json
    }

    /// Time since the file was written.
    package func age(at now: Timestamp) -> Duration? {
        json["written_at"]?.string.flatMap { Timestamp($0) }.map { $0.duration(to: now) }
    }
}
