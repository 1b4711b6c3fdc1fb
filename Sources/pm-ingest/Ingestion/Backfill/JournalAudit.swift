import Curl
import PMJSON
import PMPipe
import PMRecord

/// Compares a stretch of a journal with the Data API, once: the work of `pm-ingest audit`.
package struct JournalAudit {
    /// The result of the comparison.
    package struct Report: Sendable {
        package var from: Timestamp
        package var to: Timestamp
        /// Trades of the stretch in the journal.
        package var journaled = 0
        /// Trades of the stretch in the API.
        package var known = 0
        /// The lines of the trades that only the API has.
        package var missed: [[UInt8]] = []
        /// Trades that only the journal has: not visible in the API yet, or with numbers that round differently.
        package var unconfirmed = 0

        /// The share of the API's trades that the journal has, in percent; 100 where there are none.
        package var completeness: Double {
            known == 0 ? 100 : Double(known - missed.count) / Double(known) * 100
        }

        package var line: [UInt8] {
            var writer = JSONWriter()
            writer.object { report in
                report.member("kind", "audit")
                report.member("from", from.description)
                report.member("to", to.description)
                report.member("journaled", journaled)
                report.member("known", known)
                report.member("missed", missed.count)
                report.member("unconfirmed", unconfirmed)
                report.member("completeness", raw: "\(completeness)".utf8)
            }
            return writer.bytes
        }
    }

    private let directory: String
    private let base: String
    private let window: ClosedRange<Timestamp>

    /// - Parameters:
    ///   - directory: The journal's.
    ///   - base: The address of the Data API.
    package init(of directory: String, against base: String, _ window: ClosedRange<Timestamp>) {
        self.directory = directory
        self.base = base
        self.window = window
    }

    /// - Throws: ``ExitStatus/unavailable`` when the API does not answer, or the journal cannot be read.
    package func run() throws(StageError) -> Report {
        var report = Report(from: window.lowerBound, to: window.upperBound)
        var (unconfirmed, feed) = try journaledIDs()
        report.journaled = unconfirmed.count
        var sequencer = TradeSequencer()
        for message in try read(for: feed) {
            guard case .line(let line, let id?) = sequencer.sequence(message) else { continue }
            report.known += 1
            if unconfirmed.remove(id) == nil { report.missed.append(line) }
        }
        report.unconfirmed = unconfirmed.count
        return report
    }

    /// Returns the ids of the journal's trades in the window, and their feed.
    private func journaledIDs() throws(StageError) -> (Set<UInt128>, Feed) {
        var ids: Set<UInt128> = []
        var feed = Feed.activity
        for segment in Segment.all(in: directory) {
            try forEachLine(ofFile: segment.path(in: directory)) { line in
                guard let record = try? Record(line), record.kind == .trade, let time = record.time(Key.time),
                    window.contains(time), let id = record.text(Key.id).flatMap(UInt128.init(tradeID:))
                else { return }
                ids.insert(id)
                feed = record.text(Key.feed).flatMap(Feed.init) ?? feed
            }
        }
        return (ids, feed)
    }

    /// Reads the window once, in the second version of the API or, where the server has none, in the first.
    private func read(for feed: Feed) throws(StageError) -> [FeedMessage] {
        let client = HTTPClient()
        let decoder = FrameDecoder(via: .backfill, feed: feed)
        var version = TradeWindowReader.Version.second
        while true {
            var reader = TradeWindowReader(
                window, version: version, takerOnly: feed == .market, nonce: "\(Timestamp.now().milliseconds)"
            )
            var messages: [FeedMessage] = []
            while !reader.isComplete {
                let response = try request(base + reader.target, with: client)
                if response.status != 200, version == .second, response.status < 429 { break }
                guard response.status == 200 else { throw failure(of: response) }
                do throws(TradeWindowReader.InvalidResponse) {
                    messages += try reader.take(response.body, decoder, at: .now())
                } catch {
                    throw StageError(.unavailable, error.reason)
                }
            }
            if reader.isComplete { return messages.map(\.asReadOnce) }
            version = .first
        }
    }

    private func failure(of response: HTTPResponse) -> StageError {
        let now = Int(Timestamp.now().milliseconds / 1000)
        guard let refusal = response.refusal(now: now) else {
            return StageError(.unavailable, "the Data API answered with status \(response.status)")
        }
        let pause = refusal.retryAfter.map { ", for \($0.inMilliseconds) ms" } ?? ""
        return StageError(
            .unavailable, "the Data API refuses more requests for now (status \(response.status)\(pause))")
    }

    private func request(_ url: String, with client: HTTPClient) throws(StageError) -> HTTPResponse {
        var request = HTTPRequest(.get, url)
        request.timeout = .seconds(20)
        _ = client.start(request)
        while true {
            switch client.finished().first?.result {
            case .success(let response)?: return response
            case .failure(let failure)?:
                throw StageError(.unavailable, "the Data API did not answer: \(failure)")
            case nil: _ = client.wait(upTo: .seconds(1))
            }
        }
    }
}

extension FeedMessage {
    /// The message, with the origin of a read that is not repeated: each copy is a trade.
    fileprivate var asReadOnce: FeedMessage {
        if case .trade(let trade, .reading, let odd) = self { .trade(trade, origin: .rest, odd: odd) } else { self }
    }
}

private func forEachLine(ofFile path: String, _ body: ([UInt8]) -> Void) throws(StageError) {
    let input = try ReplayInput(path: path)
    try forEachLine(of: input, body)
}

private func forEachLine(of input: consuming ReplayInput, _ body: ([UInt8]) -> Void) throws(StageError) {
    var arrival = LineReader.Arrival.input
    while true {
        input.lines.forEachLine { line, isTooLong in
            if !isTooLong { body(line.withUnsafeBufferPointer { Array($0) }) }
        }
        if arrival == .end { return }
        arrival = try input.lines.wait()
    }
}
