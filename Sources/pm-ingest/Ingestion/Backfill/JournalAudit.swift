import Curl
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Compares a stretch of a journal with the Data API, once: the work of `pm-ingest audit`.
package struct JournalAudit {
    /// The result of the comparison.
    package struct Report: Sendable {
        package var feed: Feed
        package var from: Timestamp
        package var to: Timestamp
        /// The number of trades of the audited stretch that are in the journal.
        package var journaled = 0
        /// The number of trades of the audited stretch that the API has.
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
                report.member(Key.kind, Kind.audit.rawValue)
                report.member(Key.feed, feed.rawValue)
                report.member(Key.from, from.description)
                report.member(Key.to, to.description)
                report.member("journaled", journaled)
                report.member(Key.known, known)
                report.member(Key.missed, missed.count)
                report.member("unconfirmed", unconfirmed)
                report.member("completeness", raw: "\(completeness)".utf8)
            }
            return writer.bytes
        }
    }

    /// Time read before and after the window: the API's time of a trade, that of its block, differs by some seconds from
    /// the feed's (docs/POLYMARKET.md, "Feeds").
    private static let margin = Duration.seconds(30)

    private let directory: String
    private let bases: APIBases
    private let order: VersionPolicy.Order
    private let window: ClosedRange<Timestamp>
    /// The window and its margins.
    private let reach: ClosedRange<Timestamp>

    /// - Parameters:
    ///   - directory: The journal's.
    ///   - base: The address of the Data API.
    ///   - order: The versions of the API, in the order in which they are tried.
    package init(
        of directory: String, against base: String, _ order: VersionPolicy.Order = .v2ThenV1,
        _ window: ClosedRange<Timestamp>
    ) {
        self.directory = directory
        bases = APIBases(data: base)
        self.order = order
        self.window = window
        reach =
            window.lowerBound.advanced(by: .zero - Self.margin)...window.upperBound.advanced(by: Self.margin)
    }

    /// - Throws: ``ExitStatus/unavailable`` when the API does not answer, or the journal cannot be read.
    package func run() throws(StageError) -> Report {
        let (journaled, feed) = try journaledTrades()
        var report = Report(feed: feed, from: window.lowerBound, to: window.upperBound)
        var unconfirmed = Set(journaled.filter { window.contains($0.value) }.keys)
        report.journaled = unconfirmed.count
        var sequencer = TradeSequencer()
        let messages = try read(for: feed)
        for _ in 0..<2 {  // a twin counts when it comes again
            sequencer.beginReading()
            for message in messages {
                guard case .trade(let trade, _, _) = message,
                    case .line(let line, let id?) = sequencer.sequence(message)
                else { continue }
                unconfirmed.remove(id)
                guard window.contains(trade.time) else { continue }
                report.known += 1
                if journaled[id] == nil { report.missed.append(line) }
            }
        }
        report.unconfirmed = unconfirmed.count
        return report
    }

    /// Returns the ids and times of the journal's trades in the window and its margins, and their feed.
    private func journaledTrades() throws(StageError) -> ([UInt128: Timestamp], Feed) {
        var trades: [UInt128: Timestamp] = [:]
        var feed = Feed.activity
        for segment in Segment.all(in: directory) {
            try forEachLine(ofFile: segment.path(in: directory)) { line in
                guard let record = try? Record(line), record.kind == .trade, let time = record.time(Key.time),
                    reach.contains(time), let id = record.text(Key.id).flatMap(UInt128.init(tradeID:))
                else { return }
                trades[id] = time
                feed = record.text(Key.feed).flatMap(Feed.init) ?? feed
            }
        }
        return (trades, feed)
    }

    /// Reads the window and its margins once.
    private func read(for feed: Feed) throws(StageError) -> [FeedMessage] {
        let client = HTTPClient()
        let decoder = FrameDecoder(via: .backfill, feed: feed)
        var policy = VersionPolicy(order)
        while true {
            let version = policy.version(for: .trades, at: .now)
            var reader = TradeWindowReader(reach, version: version, takerOnly: feed == .market)
            var messages: [FeedMessage] = []
            var misses = 0
            while let request = reader.request {
                let response = try answer(to: request, with: client)
                let change = policy.note(
                    status: response.status, isReadable: !ServiceMessage.isWebPage(response.body),
                    of: request.route, at: .now)
                if change != nil { break }
                // Such an answer proves that the version is gone when it comes twice.
                if [404, 410, 501].contains(response.status), misses == 0 {
                    misses += 1
                    continue
                }
                guard response.status == 200 else { throw failure(of: response, from: request.route) }
                do throws(APIError) {
                    messages += try reader.take(response.body, decoder, at: .now())
                } catch {
                    throw StageError(.unavailable, error.description)
                }
            }
            if let stall = reader.stall {
                throw StageError(.unavailable, "the list of trades does not lead on: \(stall)")
            }
            if reader.isComplete { return messages }
        }
    }

    private func failure(of response: HTTPResponse, from route: Route) -> StageError {
        let now = Int(Timestamp.now().milliseconds / 1000)
        guard let refusal = response.refusal(now: now) else {
            return StageError(
                .unavailable,
                "the Data API does not answer: \(APIError(status: response.status, body: response.body, from: route))"
            )
        }
        let pause = refusal.retryAfter.map { ", for \($0.inMilliseconds) ms" } ?? ""
        return StageError(
            .unavailable, "the Data API refuses more requests for now (status \(response.status)\(pause))")
    }

    private func answer(to request: APIRequest, with client: HTTPClient) throws(StageError) -> HTTPResponse {
        let nonce = "\(Timestamp.now().milliseconds)"
        guard let url = bases.url(of: request, nonce: nonce) else {
            throw StageError(.usage, "the Data API has no address")
        }
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
