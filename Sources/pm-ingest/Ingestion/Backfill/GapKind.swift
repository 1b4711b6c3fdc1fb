/// The kinds of gaps; at most one gap of each is ongoing at a time.
package enum GapKind: Sendable, Hashable {
    /// pm-ingest did not run.
    case stopped
    /// No connection of that shard received data: none was open, or they were silent.
    case unheard(shard: Int)
    /// The reader of standard output was too slow, and there is no journal.
    case overflow
    /// The journal could not be written.
    case unjournaled
    /// The journal lost lines, or lines of it cannot be read.
    case unkept

    /// The part of a gap's id that names its kind.
    var name: String {
        switch self {
        case .stopped: "stopped"
        case .unheard(let shard): shard == 0 ? "unheard" : "unheard\(shard)"
        case .overflow: "overflow"
        case .unjournaled: "unjournaled"
        case .unkept: "unkept"
        }
    }
}
