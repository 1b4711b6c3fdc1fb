/// A walk through the pages of one list.
///
/// Each page has to bring the walk forward: it ends with a reason when a cursor or a page comes back, when
/// the service contradicts itself, and at its bounds. A short page is not the last page unless the service
/// says so.
///
///     var walk = PageWalk(read, at: now)
///     while let request = walk.request {
///         rows += walk.take(try walk.read.page(in: answer(to: request)), at: now)
///     }
///     if walk.end != .complete { … }
package struct PageWalk<Read: PagedRead>: Sendable {
    package struct Bounds: Sendable {
        package var rows: Int
        package var pages: Int
        package var duration: Duration?

        /// - Parameters:
        ///   - rows: Rows received after which no further page is asked for. The default is 100,000.
        ///   - pages: The default is 1,000.
        ///   - duration: Time after which no further page is asked for. The default is none.
        package init(rows: Int = 100_000, pages: Int = 1_000, duration: Duration? = nil) {
            self.rows = rows
            self.pages = pages
            self.duration = duration
        }
    }

    package let read: Read
    private let bounds: Bounds
    private let start: ContinuousClock.Instant
    /// The place of the page to ask for next.
    package private(set) var position: PagePosition
    /// `nil` while there are pages to ask for.
    package private(set) var end: WalkEnd?

    package private(set) var pages = 0
    /// Rows received.
    package private(set) var count = 0
    package private(set) var unreadable = 0
    /// The reason for the first unreadable row.
    package private(set) var firstProblem: String?
    /// Rows left out, as they came before.
    package private(set) var repeated = 0

    private var cursors: Set<String> = []
    private var keys: Set<String> = []
    private var hashes: Set<Int> = []
    /// Pages in a row that were allowed to bring nothing new.
    private var idlePages = 0

    /// - Parameter position: The place to begin, for a walk that goes on from an earlier one.
    package init(
        _ read: Read, within bounds: Bounds = Bounds(), from position: PagePosition = .start,
        at now: ContinuousClock.Instant
    ) {
        self.read = read
        self.bounds = bounds
        self.position = position
        start = now
        if let cursor = position.cursor { cursors.insert(cursor) }
    }

    /// The request for the next page; `nil` once the walk has ended.
    package var request: APIRequest? { end == nil ? read.request(at: position) : nil }

    /// True once every row of the list has been received and read.
    package var isComplete: Bool { end == .complete && unreadable == 0 }

    /// Takes the page at ``position``.
    ///
    /// - Returns: The rows that are new.
    package mutating func take(_ page: Page<Read.Row>, at now: ContinuousClock.Instant) -> [Read.Row] {
        guard end == nil else { return [] }
        pages += 1
        guard bringsProgress(page) else {
            end = .stalled("a page came back")
            return []
        }
        count += page.count
        unreadable += page.unreadable
        firstProblem = firstProblem ?? page.firstProblem
        advance(behind: page)
        checkBounds(at: now)
        let new = page.rows.filter { row in read.key(of: row).map { keys.insert($0).inserted } ?? true }
        repeated += page.rows.count - new.count
        return new
    }

    /// Ends the walk early, as when the rest is of no interest.
    package mutating func stop() {
        if end == nil { end = .stopped }
    }

    /// Returns true if the page has a row that did not come before.
    ///
    /// Rows that are equal stand side by side, and may be parted by the end of a page. So a page with one
    /// row, or copies of it, need not be new; two such pages in a row are a standstill, and so are two empty
    /// ones.
    private mutating func bringsProgress(_ page: Page<Read.Row>) -> Bool {
        let distinct = Set(page.hashes)
        let hasNew = !distinct.isSubset(of: hashes)
        hashes.formUnion(distinct)
        if hasNew {
            idlePages = 0
            return true
        }
        idlePages += 1
        // Nothing is lost when the last page of a list with keys repeats rows.
        if page.next == .end, distinct.isEmpty || page.rows.allSatisfy({ read.key(of: $0) != nil }) {
            return true
        }
        return distinct.count <= 1 && idlePages < 2
    }

    private mutating func advance(behind page: Page<Read.Row>) {
        switch page.next {
        case .end: end = .complete
        case .contradiction(let reason): end = .stalled(reason)
        case .cursor(let cursor):
            if cursors.insert(cursor).inserted {
                position = .cursor(cursor)
            } else {
                end = .stalled("a cursor came back")
            }
        case .unstated:
            let offset = (position.offset ?? 0) + page.count
            position = .offset(offset)
            if let last = read.lastOffset, offset > last { end = .truncated(.offset) }
        }
    }

    private mutating func checkBounds(at now: ContinuousClock.Instant) {
        guard end == nil else { return }
        if count >= bounds.rows {
            end = .truncated(.rows)
        } else if pages >= bounds.pages {
            end = .truncated(.pages)
        } else if let duration = bounds.duration, start.duration(to: now) >= duration {
            end = .truncated(.duration)
        }
    }
}

/// The reason why a walk has no further page to ask for.
package enum WalkEnd: Sendable, Equatable {
    /// The service says that there is no more.
    case complete
    /// A bound was reached before the end of the list.
    case truncated(Bound)
    /// The service does not lead on; the text is a clause. Rows may be missing.
    case stalled(String)
    /// The caller had enough.
    case stopped

    package enum Bound: String, Sendable {
        case rows = "the bound of rows"
        case pages = "the bound of pages"
        case duration = "the time limit"
        case offset = "the service's largest offset"
    }
}

extension WalkEnd: CustomStringConvertible {
    package var description: String {
        switch self {
        case .complete: "complete"
        case .truncated(let bound): "truncated at \(bound.rawValue)"
        case .stalled(let reason): "stalled: \(reason)"
        case .stopped: "stopped"
        }
    }
}
