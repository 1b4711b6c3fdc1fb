import PMJSON

/// The health of one stage, as its status file shows it.
struct StageHealth {
    enum State: String {
        case ok
        /// The stage has ended, and so have all stages before it: the input is at its end.
        case ended
        /// The status file is old: the stage hangs, or the machine sleeps.
        case stale
        /// The stage crashed, ended while a stage before it still ran, or never started.
        case gone
    }

    let name: StageName
    let state: State
    /// The status file.
    let status: JSON
    var linesIn = 0
    var linesOut = 0
    /// The time since the last input line.
    var lastInputAge: Duration?
    /// The time that the stage is behind the head of the pipeline; `nil` before its first mark.
    var lag: Duration?
}
