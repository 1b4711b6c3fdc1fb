import PMRecord

/// The gaps among the published records that are not closed yet.
struct OpenGaps {
    private var open: Set<String> = []

    /// More open gaps than this are not counted.
    private static let capacity = 10_000

    var count: Int { open.count }

    /// Takes in the state of a gap; other records change nothing.
    mutating func update(with record: Record) {
        guard record.kind == .gap, let id = record.text(Key.id) else { return }
        if record.text(Key.state) == "closed" {
            open.remove(id)
        } else if open.count < Self.capacity {
            open.insert(id)
        }
    }
}
