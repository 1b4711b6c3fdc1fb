import Curl
import PMJSON
import PMPipe
import PMRecord

/// Compares a stretch of a journal with what the Data API has of it, once, for a person who asks.
package struct JournalAudit {
    /// What the comparison said.
    package struct Report: Sendable {
        package var from: Timestamp
        package var to: Timestamp
        /// Trades of the stretch in the journal, and in the API.
        package var journaled = 0
        package var known = 0
        /// Lines for the trades that the API has and the journal has not.
        package var missed: [[UInt8]] = []
        /// Trades that the journal has and the API has not: not visible yet, or numbers that round differently.
        package var unconfirmed = 0

        /// In percent; 100 where there was nothing to hear.
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

    /// - Parameter base: Where the Data API is.
    package init(of directory: String, against base: String, _ window: ClosedRange<Timestamp>) {
        self.directory = directory
        self.base = base
        self.window = window
    }

    /// - Throws: ``ExitStatus/unavailable`` when the API does not answer.
    package func run() throws(StageError) -> Report {
        var report = Report(from: window.lowerBound, to: window.upperBound)
        var (heard, feed) = try journaledIDs()
        report.journaled = heard.count
        var sequencer = TradeSequencer()
        for message in try read(for: feed) {
            guard case .line(let line, let id?) = sequencer.sequence(message) else { continue }
            report.known += 1
            if heard.remove(id) == nil { report.missed.append(line) }
        }
        report.unconfirmed = heard.count
        return report
    }

    /// The ids of the stretch's trades, and of which feed they are.
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

    private func read(for feed: Feed) throws(StageError) -> [FeedMessage] {
        let client = HTTPClient()
        let decoder = FrameDecoder(via: .backfill, feed: feed)
        var version = TradeWindowReader.Version.second
        while true {
            var reading = TradeWindowReader(
                window, version: version, takerOnly: feed == .market, nonce: "\(Timestamp.now().milliseconds)"
            )
            var messages: [FeedMessage] = []
            while !reading.isComplete {
                let response = try ask(client, base + reading.target)
                if response.status != 200, version == .second, response.status < 429 { break }
                guard response.status == 200 else {
                    throw StageError(.unavailable, "the Data API answered with status \(response.status)")
                }
                do throws(TradeWindowReader.Malformed) {
                    messages += try reading.take(response.body, decoder, at: .now())
                } catch {
                    throw StageError(.unavailable, error.reason)
                }
            }
            if reading.isComplete { return messages.map(\.asRecorded) }
            version = .first
        }
    }

    private func ask(_ client: HTTPClient, _ url: String) throws(StageError) -> HTTPResponse {
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
    /// A read that nobody repeats: each copy it shows is a trade.
    fileprivate var asRecorded: FeedMessage {
        if case .trade(let trade, .reading) = self { .trade(trade, source: .rest) } else { self }
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
