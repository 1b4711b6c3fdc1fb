/// Returns the name that a misspelt one most probably means; `nil` when none is near.
///
/// - Returns: The candidate with the fewest edits (insert, delete, replace, exchange two neighbours), at most a third of the
///   name's length; of several, the first.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, name.count / 3)
    return candidates.map { (name: $0, edits: edits(from: name, to: $0)) }
        .filter { $0.edits <= limit }.min { $0.edits < $1.edits }?.name
}

/// Returns the optimal string alignment distance of two texts.
private func edits(from left: String, to right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var (older, old) = ([Int](), Array(0...right.count))
    for row in left.indices {
        var new = [row + 1]
        for column in right.indices {
            let replaced = old[column] + (left[row] == right[column] ? 0 : 1)
            var least = min(replaced, old[column + 1] + 1, new[column] + 1)
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                least = min(least, older[column - 1] + 1)
            }
            new.append(least)
        }
        (older, old) = (old, new)
    }
    return old[right.count]
}
