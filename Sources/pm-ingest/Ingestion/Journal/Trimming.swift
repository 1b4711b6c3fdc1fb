import Glibc

/// Which segments a journal may let go: decides, never deletes.
package struct Trimming: Sendable {
    package struct Entry: Sendable {
        package let segment: Segment
        package let size: Int
        /// Seconds since 1970 at which it was last written to.
        package let modified: Int

        package init(segment: Segment, size: Int, modified: Int) {
            self.segment = segment
            self.size = size
            self.modified = modified
        }
    }

    package struct Verdict: Equatable {
        package var deleted: [Segment] = []
        /// Those of them that had to make room before everybody was through with them.
        package var lost: [Segment] = []
    }

    /// How long a segment is kept at least. The default is 24 h.
    package var keep = Duration.seconds(86_400)
    /// Bytes in all; beyond it the oldest goes, whoever wants it. The default is 8 GiB.
    package var limit = 8 << 30

    package init() {}

    /// - Parameters:
    ///   - entries: All segments, oldest first. The last is being written to and stays.
    ///   - told: The number of the last line on standard output.
    ///   - cursor: The place up to which every consumer has come; `nil` when nobody said.
    ///   - now: Seconds since 1970.
    package func verdict(on entries: [Entry], told: UInt64, cursor: UInt64?, at now: Int) -> Verdict {
        var verdict = Verdict()
        var size = entries.reduce(0) { $0 + $1.size }
        for (entry, next) in zip(entries, entries.dropFirst()) {
            let last = next.segment.first - 1
            let isDone = last <= min(told, cursor ?? told)
            let isOld = now - entry.modified > keep.components.seconds
            guard isDone && isOld || size > limit else { break }
            verdict.deleted.append(entry.segment)
            if !isDone { verdict.lost.append(entry.segment) }
            size -= entry.size
        }
        return verdict
    }
}

extension Trimming.Entry {
    init?(_ segment: Segment, in directory: String) {
        var status = stat()
        guard stat(segment.path(in: directory), &status) == 0 else { return nil }
        self.init(segment: segment, size: Int(status.st_size), modified: status.st_mtim.tv_sec)
    }
}
