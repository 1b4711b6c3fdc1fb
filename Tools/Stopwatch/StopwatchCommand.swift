import ArgumentParser
import Glibc
import PMCommand
import PMJSON
import PMPipe
import Synchronization
import WebSockets

/// Measures the latency of the pipeline from outside: it subscribes to the same feed as pm-ingest, reads a copy of the
/// output of pm-enrich, receives the messages of the live page, and is the Discord server of pm-alert.
@main
struct StopwatchCommand: ParsableCommand {
    static let _errorLabel = "pm-stopwatch"

    static let configuration = CommandConfiguration(
        commandName: "pm-stopwatch",
        abstract:
            "Measure the latency of trades through the pipeline. Prints the address of its Discord, and the figures at the end.",
        version: projectVersion)

    @Option(help: ArgumentHelp("Address of the feed.", valueName: "url"))
    var rtds: String

    @Option(
        help: ArgumentHelp("Address of the live page's stream; retried until it is up.", valueName: "url"))
    var live: String

    @Option(help: ArgumentHelp("FIFO with the output of pm-enrich.", valueName: "path"))
    var tap: String?

    @Option(help: ArgumentHelp("Time to measure, from the first trade on the page.", valueName: "period"))
    var duration = Period(.seconds(30))

    func run() throws {
        let loop = try EventLoop()
        let latencies = Mutex(Latencies())
        let discord = try loop.listen(onRequest: { request, responder in
            let edited =
                request.method == "PATCH" ? request.path.split(separator: "/").last.flatMap { Int($0) } : nil
            let id = latencies.withLock {
                $0.noteDiscordMessage(
                    String(decoding: request.body, as: UTF8.self), editing: edited, at: .now)
            }
            responder.respond(Response(type: "application/json", #"{"id":"\#(id)"}"#))
        })
        print(#"{"discord":"http://127.0.0.1:\#(discord.port)/"}"#)
        fflush(nil)

        let feed = try loop.connect(to: WebSocketURL(rtds)) { connection, event in
            switch event {
            case .opened: for frame in Self.subscriptions { connection.send(frame) }
            case .message(let message):
                let now = ContinuousClock.now
                if let frame = try? JSON(message.text) { latencies.withLock { $0.noteFrame(frame, at: now) } }
            case .closed, .failed: break
            }
        }
        if let tap {
            Self.readLines(of: tap) { line, now in latencies.withLock { $0.noteEnrichedLine(line, at: now) } }
        }
        let page = Page(loop: loop, url: try WebSocketURL(live)) { message, now in
            latencies.withLock { $0.notePageMessage(message, at: now) }
        }
        page.open()
        guard try loop.run(upTo: .seconds(60), until: { latencies.withLock { !$0.socketToPage.isEmpty } })
        else {
            throw ValidationError("no trade reached the page within a minute")
        }
        try loop.run(upTo: duration.duration)
        withExtendedLifetime((feed, page)) {}
        latencies.withLock { report($0) }
    }

    private func report(_ latencies: Latencies) {
        report("frame at the socket to the output of pm-enrich", latencies.socketToEnriched)
        report("frame at the socket to the page", latencies.socketToPage)
        report("final revision in the output of pm-enrich to Discord", latencies.finalToDiscord)
        if !latencies.earlyMessages.isEmpty {
            print("\(latencies.earlyMessages.count) messages to Discord were sent before the final revision")
        }
        if latencies.followUps > 0 {
            print(
                "\(latencies.followUps) edits were follow-ups of a growing alert, which are delayed on purpose"
            )
        }
    }

    private func report(_ name: String, _ samples: [Latencies.Sample]) {
        let byDuration = samples.sorted { $0.duration < $1.duration }
        let sorted = byDuration.map(\.duration)
        guard let longest = sorted.last, let first = samples.map(\.start).min() else { return }
        func ms(_ delay: Duration) -> String {
            let tenths = Int(delay / .microseconds(100))
            return "\(tenths / 10).\(tenths % 10) ms"
        }
        func quantile(_ percent: Int) -> String { ms(sorted[(sorted.count - 1) * percent / 100]) }
        print(
            "\(name): p50 \(quantile(50)), p90 \(quantile(90)), p99 \(quantile(99)), max \(ms(longest)), n \(sorted.count)"
        )
        let slowest = byDuration.suffix(5).reversed().map {
            "\(ms($0.duration)) after \(first.duration(to: $0.start).components.seconds) s"
        }
        print("    slowest: \(slowest.joined(separator: ", "))")
    }

    /// Reads lines on its own thread, because a FIFO blocks.
    private static func readLines(
        of path: String, _ take: @escaping @Sendable (JSON, ContinuousClock.Instant) -> Void
    ) {
        _ = Worker {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            var reader = LineReader(descriptor: descriptor)
            while let arrival = try? reader.wait(), arrival != .end {
                let now = ContinuousClock.now
                reader.forEachLine { line, _ in
                    if let json = try? JSON(line.withUnsafeBufferPointer { Array($0) }) { take(json, now) }
                }
            }
        }
    }

    /// The same subscriptions as pm-ingest's, each in a frame of its own: an unknown type silences its whole frame.
    private static let subscriptions = ["trades", "orders_matched"].map {
        #"{"action":"subscribe","subscriptions":[{"topic":"activity","type":"\#($0)","filters":""}]}"#
    }
}

/// The stream of the live page. It reconnects until the page is up.
private final class Page {
    private let loop: EventLoop
    private let url: WebSocketURL
    private let take: (JSON, ContinuousClock.Instant) -> Void

    init(loop: EventLoop, url: WebSocketURL, take: @escaping (JSON, ContinuousClock.Instant) -> Void) {
        (self.loop, self.url, self.take) = (loop, url, take)
    }

    func open() {
        _ = try? loop.connect(to: url) { [self] _, event in
            switch event {
            case .opened: break
            case .message(let message):
                let now = ContinuousClock.now
                if let json = try? JSON(message.text) { take(json, now) }
            case .closed, .failed: loop.after(.milliseconds(100)) { [self] in open() }
            }
        }
    }
}
