import Glibc

/// Decides which segments of a journal to delete.
package struct RetentionPolicy: Sendable {
    package struct SegmentInfo: Sendable {
        package let segment: Segment
        /// Bytes.
        package let size: Int
        /// The time of the last write, in seconds since 1970.
        package let modified: Int

        package init(segment: Segment, size: Int, modified: Int) {
            self.segment = segment
            self.size = size
            self.modified = modified
        }
    }

    package struct Plan: Equatable {
        /// All segments to delete, oldest first.
        package var deleted: [Segment] = []
        /// The deleted segments that a consumer still needs. They are deleted to make room.
        package var lost: [Segment] = []
    }

    /// The time for which a segment is kept after its last write. The default is 24 h.
    package var minimumAge = Duration.seconds(86_400)
    /// The most bytes of all segments. Beyond it the oldest is deleted, even if a consumer needs it. The default is
    /// 8 GiB.
    package var maximumSize = 8 << 30

    package init() {}

    /// - Parameters:
    ///   - segments: All segments, oldest first. The last is being written to and is never deleted.
    ///   - emitted: The sequence number of the last line on standard output.
    ///   - cursor: The sequence number that every consumer has reached; `nil` when none reports it.
    ///   - now: Seconds since 1970.
    package func plan(for segments: [SegmentInfo], emitted: UInt64, cursor: UInt64?, at now: Int) -> Plan {
        var plan = Plan()
        var size = segments.reduce(0) { $0 + $1.size }
        for (info, next) in zip(segments, segments.dropFirst()) {
            let last = next.segment.first - 1
            let isConsumed = last <= min(emitted, cursor ?? emitted)
            let isOld = now - info.modified > minimumAge.components.seconds
            guard isConsumed && isOld || size > maximumSize else { break }
            plan.deleted.append(info.segment)
            if !isConsumed { plan.lost.append(info.segment) }
            size -= info.size
        }
        return plan
    }
}

extension RetentionPolicy.SegmentInfo {
    /// Reads the file's size and time; `nil` when it is missing.
    init?(_ segment: Segment, in directory: String) {
        var status = stat()
        guard stat(segment.path(in: directory), &status) == 0 else { return nil }
        self.init(segment: segment, size: Int(status.st_size), modified: status.st_mtim.tv_sec)
    }
}
