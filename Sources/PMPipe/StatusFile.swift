import Glibc
import PMJSON
import PMRecord

/// A stage's status, `<stage>.json` in the status directory: replaced atomically every second and at the end.
package struct StatusFile: ~Copyable {
    /// Adds what one stage alone has to say.
    package typealias Figures = (inout JSONWriter) -> Void

    private static let period = Duration.seconds(1)
    private static let lastMarkKey: JSONKey = "last_mark"
    private static let lastInputKey: JSONKey = "last_input_at"

    private let stage: String
    private let path: String?
    private let directory: String?
    private let log: StageLog
    private let startedAt = Timestamp.now()
    private let began = ContinuousClock.now
    private var next = ContinuousClock.now

    /// - Parameter directory: Made if it is missing; nothing is written when `nil`.
    package init(stage: String, directory: String?, log: StageLog) throws(StageError) {
        self.stage = stage
        self.log = log
        self.directory = directory
        path = directory.map { Self.path(of: stage, in: $0) }
        if let directory, mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw .unable(to: "create status directory \(directory)")
        }
    }

    /// Reads the last mark from the status file of a stage, which may be another process.
    ///
    /// - Returns: The mark's sequence number; `nil` when the file is missing, cannot be read, or has no mark.
    package static func lastMark(of stage: String, in directory: String) -> UInt64? {
        status(of: stage, in: directory)?[lastMarkKey.name.description]?.numberText.flatMap { UInt64($0) }
    }

    /// Reads when a stage last had input, from its status file.
    ///
    /// - Returns: `nil` when the file is missing, cannot be read, or has no such time.
    package static func lastInput(of stage: String, in directory: String) -> Timestamp? {
        status(of: stage, in: directory)?[lastInputKey.name.description]?.string.flatMap { Timestamp($0) }
    }

    private static func status(of stage: String, in directory: String) -> JSON? {
        let descriptor = open(path(of: stage, in: directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? try? JSON(Array(bytes[..<count])) : nil
    }

    private static func path(of stage: String, in directory: String) -> String {
        "\(directory)/\(stage).json"
    }

    /// The time until the file must be replaced again: a stage may wait no longer.
    package func untilDue(at now: ContinuousClock.Instant) -> Duration {
        path == nil ? Self.period : max(.zero, now.duration(to: next))
    }

    /// Replaces the file if its time has come.
    package mutating func refresh(
        _ tally: Tally, at now: ContinuousClock.Instant, figures: Figures = { _ in }
    ) {
        guard let directory, now >= next else { return }
        next = now + Self.period
        OutputTap.standard.refresh(stage: stage, directory: directory)
        write(tally, at: now, figures: figures)
    }

    /// Replaces the file now, for the last time: `ended_at` in it tells an end from a death.
    package mutating func finish(_ tally: Tally, at now: ContinuousClock.Instant, figures: Figures = { _ in })
    {
        write(tally, at: now, endedAt: .now(), figures: figures)
    }

    private func write(
        _ tally: Tally, at now: ContinuousClock.Instant, endedAt: Timestamp? = nil, figures: Figures
    ) {
        guard let path else { return }
        var writer = JSONWriter()
        writer.object { status in
            status.member("stage", stage)
            status.member("pid", getpid())
            status.member("started_at", startedAt.description)
            status.member("written_at", Timestamp.now().description)
            status.member("uptime_s", began.duration(to: now).components.seconds)
            status.member("ended_at", endedAt?.description)
            status.member("rss_bytes", residentBytes())
            status.member("lines_in", tally.linesIn)
            status.member("lines_out", tally.linesOut)
            status.member("amended", tally.amended)
            status.member("rejected", tally.rejected)
            status.member("shortened", tally.shortened)
            status.key("dropped")
            status.object { dropped in
                for (reason, count) in tally.dropped.sorted(by: { $0.key < $1.key }) {
                    dropped.key(reason)
                    dropped.integer(count)
                }
            }
            if !tally.consumed.isEmpty {
                status.key("consumed")
                status.object { consumed in
                    for (kind, count) in tally.consumed.sorted(by: { $0.key < $1.key }) {
                        consumed.key(kind)
                        consumed.integer(count)
                    }
                }
            }
            status.key("errors")
            status.object { errors in
                for category in ErrorCategory.allCases {
                    errors.key(category.rawValue)
                    errors.integer(log.count(of: category))
                }
            }
            status.member(Self.lastInputKey, tally.lastInputAt?.description)
            status.member(Self.lastMarkKey, tally.lastMark)
            figures(&status)
        }
        replace(path, with: writer.bytes + [UInt8(ascii: "\n")])
    }

    /// Written beside and renamed, so that a reader sees the old file or the new one. The draft is a file of its own: a
    /// link of that name, which another user may have left in a shared directory, is not followed.
    private func replace(_ path: String, with bytes: [UInt8]) {
        let draft = "\(path).new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        if count == bytes.count { rename(draft, path) }
    }
}

/// Bytes of this process that are in memory now; source: proc(5), `/proc/self/statm`, second field, in pages.
private func residentBytes() -> Int? {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = read(descriptor, &bytes, bytes.count)
    let fields = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(CInt(_SC_PAGESIZE)) } : nil
}
