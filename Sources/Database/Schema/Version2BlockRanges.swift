extension Schema {
    /// Version 2: an index of the least and the greatest time of each range of blocks. It takes a few
    /// kilobytes, and serves queries over long times in a table whose B-tree, which `export` uses, no longer
    /// fits in memory.
    static let blockRanges =
        "CREATE INDEX trades_time_ranges ON trades USING brin (time) WITH (autosummarize = on);"
}
