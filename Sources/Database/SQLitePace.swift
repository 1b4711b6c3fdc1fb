/// The settings of a SQLite connection for the size of its batches.
///
/// The keys of trades are random, so that each row changes pages all over the indexes. A backlog is stored twice as fast
/// with a cache that holds these pages, and with checkpoints that come late: a page that many batches change is then
/// written to the file once. Without a backlog there is nothing to gain: the cache would only take memory, and a late
/// checkpoint keeps a line waiting longer.
enum SQLitePace {
    case steady, catchingUp

    /// Returns the pace for the next batch. Sizes in between change nothing.
    func next(lines: Int) -> SQLitePace {
        lines >= 2000 ? .catchingUp : lines < 200 ? .steady : self
    }

    /// - Parameter pageSize: The file's, in bytes.
    func script(pageSize: Int) -> String {
        switch self {
        case .steady:
            """
            PRAGMA cache_size = -2000;
            PRAGMA wal_autocheckpoint = \((16 << 20) / pageSize);
            PRAGMA shrink_memory;
            """
        case .catchingUp:
            "PRAGMA cache_size = -40960; PRAGMA wal_autocheckpoint = \((80 << 20) / pageSize);"
        }
    }
}
