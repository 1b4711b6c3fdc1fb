import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// What the status file says of it.
extension LiveFeed {
    func refresh() {
        let progress = stream.output.progress
        stream.count { $0.lines.lastMark = progress.mark }
        status.refresh(stream.tally.lines, at: .now) { figures(into: &$0) }
    }

    func figures(into writer: inout JSONWriter) {
        let progress = stream.output.progress
        stream.tally.figures(into: &writer)
        writer.member("connected", slots.contains { $0.isOpen })
        writer.member("hearing", slots.contains { $0.isHearing(at: .now) })
        writer.member("rotations", slots.reduce(0) { $0 + $1.rotations })
        writer.member("backlog_bytes", stream.output.backlog)
        writer.member("keeping_degraded", keepsakes.isDegraded)
        writer.member("unkept", keepsakes.unkept)
        writer.member("gaps_open", stream.gaps.open.count)
        writer.member("gaps_closed", stream.gaps.closed)
        writer.member("gaps_unrecoverable", stream.gaps.unrecoverable)
        if let journal = stream.journal {
            writer.member("seq", stream.seq)
            writer.member("lag_seq", stream.seq - min(stream.seq, progress.seq))
            writer.member("journal_degraded", journal.isDegraded)
            writer.member("fsync_errors", journal.syncErrors)
            writer.member("journal_unreadable", progress.unreadable)
        }
        if let markets {
            writer.member("assets_followed", markets.assetCount)
            writer.member("last_metadata_refresh", markets.lastRefresh?.description)
        }
        if let desk {
            writer.member("api_requests", desk.requests)
            desk.figures.figures(into: &writer)
        }
    }
}
