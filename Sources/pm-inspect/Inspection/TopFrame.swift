import PMJSON
import PMRecord

/// One screen of `top`: lines of text, computed from two readings of the status files.
package struct TopFrame {
    /// The figures that the status files do not have.
    package struct Surroundings: Sendable {
        package var commitLag: Double?
        package var screenLag: Double?
        /// Free and total bytes of the disk with the state, and bytes of the journal.
        package var disk: (free: Int, total: Int, journal: Int)?
        package var home = ""

        package init() {}
    }

    private let now: Timestamp
    private let stages: [StageStatus]
    private let earlier: [String: StageStatus]
    private let surroundings: Surroundings

    package init(
        at now: Timestamp, _ stages: [StageStatus], after earlier: [StageStatus], _ surroundings: Surroundings
    ) {
        self.now = now
        self.stages = stages
        self.earlier = Dictionary(uniqueKeysWithValues: earlier.map { ($0.stage, $0) })
        self.surroundings = surroundings
    }

    /// Returns the lines, at most `height`, each at most `width` columns.
    package func lines(width: Int, height: Int) -> [String] {
        let clock = now.description.dropFirst(11).prefix(8)
        var lines = ["pipeline \(surroundings.home)   \(clock) UTC   q leaves", ""]
        if stages.isEmpty {
            lines.append("no stage has a status file: start one with pipeline.sh run")
        } else {
            lines.append(
                row(["STAGE", "STATE", "IN/S", "OUT/S", "IN", "OUT", "REJECTED", "ERRORS", "QUEUE", "MIB"]))
            lines += stages.map(line)
            lines += [""] + details
        }
        return lines.prefix(height).map { String($0.prefix(width)) }
    }

    private func line(_ stage: StageStatus) -> String {
        row([
            stage.stage, stage.state(at: now), rate("lines_in", stage), rate("lines_out", stage),
            "\(stage.figure("lines_in"))", "\(stage.figure("lines_out"))", "\(stage.figure("rejected"))",
            "\(stage.sum("errors"))", stage.queue, "\(stage.figure("rss_bytes") >> 20)",
        ])
    }

    private func row(_ cells: [String]) -> String {
        let widths = [10, 8, 7, 7, 10, 10, 9, 7, 11, 5]
        return zip(cells, widths).enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index < 2 ? cell.0 + padding : padding + cell.0
        }.joined(separator: " ")
    }

    /// Returns a figure's increase per second between the two readings.
    private func rate(_ key: String, _ stage: StageStatus) -> String {
        guard let old = earlier[stage.stage], let from = old.writtenAt, let to = stage.writtenAt, from < to,
            stage.figure("pid") == old.figure("pid")
        else { return "-" }
        let seconds = Double(from.duration(to: to).inMilliseconds) / 1000
        return tenths(Double(stage.figure(key) - old.figure(key)) / seconds)
    }

    private func stage(_ name: String) -> StageStatus? { stages.first { $0.stage == name } }

    private var details: [String] {
        let ingest = stage("pm-ingest")
        let enrich = stage("pm-enrich")
        return [
            label(
                "lag",
                "exchange to commit \(seconds(surroundings.commitLag)), socket to screen "
                    + "\(seconds(surroundings.screenLag)), \(behind) lines behind pm-ingest"),
            enrich.map { label("caches", caches($0)) },
            enrich.map { label("limiters", limiters($0)) },
            label("errors", errors),
            ingest.map {
                label(
                    "feed",
                    ($0["hearing"]?.bool == true ? "receiving" : "NOT RECEIVING")
                        + ", \($0.figure("connections")) connections, \($0.figure("reconnections")) reconnections, "
                        + "\($0.figure("rotations")) rotations"
                        + ($0["polling"]?.bool == true ? ", polling the Data API" : ""))
            },
            ingest.map {
                label(
                    "gaps",
                    "\($0.figure("gaps_open")) open, \($0.figure("gaps_closed")) closed, "
                        + "\($0.figure("gaps_unrecoverable")) unrecoverable")
            },
            stage("pm-alert").map {
                label(
                    "alerts",
                    "\($0.figure("alerts")) alerts, \($0.figure("deliveries")) delivered, "
                        + "\($0.figure("deliveries_retried")) retried, \($0.figure("deliveries_dead")) undeliverable, "
                        + "\($0.figure("viewers")) viewers")
            },
            surroundings.disk.map {
                label("disk", "\(size($0.free)) free of \(size($0.total)), journal \(size($0.journal))")
            },
        ].compactMap { $0 }
    }

    private func label(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(1, 11 - name.count)) + text
    }

    /// Lines that pm-ingest has emitted and pm-store has not committed.
    private var behind: Int {
        max(0, (stage("pm-ingest")?.figure("last_mark") ?? 0) - (stage("pm-store")?.figure("last_mark") ?? 0))
    }

    private func caches(_ stage: StageStatus) -> String {
        stage.members("caches").map { name, figures in
            let hits = figures["hits"]?.integer ?? 0
            let all = hits + (figures["misses"]?.integer ?? 0)
            return "\(name) \(all == 0 ? "-" : "\(hits * 100 / all) %")"
        }.joined(separator: ", ") + " hits"
    }

    /// The routes that a limiter holds back; normally none.
    private func limiters(_ stage: StageStatus) -> String {
        let all = stage.members("limiters")
        let closed = all.filter { $0.value["closed"]?.bool == true }.map(\.key)
        let state = closed.isEmpty ? "all \(all.count) open" : "closed: " + closed.joined(separator: ", ")
        return state + "; \(stage.figure("refused")) requests refused"
    }

    private var errors: String {
        var sums: [(String, Int)] = []
        for stage in stages {
            for (category, count) in stage.members("errors") where (count.integer ?? 0) > 0 {
                sums.append(("\(stage.stage) \(category)", count.integer ?? 0))
            }
        }
        return sums.isEmpty ? "none" : sums.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    private func seconds(_ value: Double?) -> String { value.map { tenths($0) + " s" } ?? "-" }

    private func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    private func size(_ bytes: Int) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20)] where bytes >= 1 << shift {
            return tenths(Double(bytes) / Double(1 << shift)) + " " + unit
        }
        return "\(bytes >> 10) KiB"
    }
}
