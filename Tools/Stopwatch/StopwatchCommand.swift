import ArgumentParser
import Glibc
import PMCommand
import PMJSON
import PMPipe
import Synchronization
import WebSockets

/// Measures the pipeline from outside: it hears the feed that pm-ingest hears, reads along behind pm-enrich, watches
/// the live page, and is the Discord that pm-alert tells.
@main
struct StopwatchCommand: ParsableCommand {
    static let _errorLabel = "pm-stopwatch"

    static let configuration = CommandConfiguration(
        commandName: "pm-stopwatch",
        abstract:
            "Measure how long trades take through the pipeline; says where its Discord is, and in the end how long.",
        version: projectVersion)

    @Option(help: ArgumentHelp("The feed.", valueName: "url"))
    var rtds: String

    @Option(help: ArgumentHelp("The live page's stream; it is waited for.", valueName: "url"))
    var live: String

    @Option(help: ArgumentHelp("A fifo with what pm-enrich writes.", valueName: "path"))
    var tap: String?

    @Option(help: ArgumentHelp("How long to measure, from the page's first trade.", valueName: "period"))
    var duration = Period(.seconds(30))

    func run() throws {
        let loop = try EventLoop()
        let laps = Mutex(Laps())
        let discord = try loop.listen(onRequest: { request, responder in
            let edited =
                request.method == "PATCH" ? request.path.split(separator: "/").last.flatMap { Int($0) } : nil
            let id = laps.withLock {
                $0.deliver(String(decoding: request.body, as: UTF8.self), editing: edited, at: .now)
            }
            responder.respond(Response(type: "application/json", #"{"id":"\#(id)"}"#))
        })
        print(#"{"discord":"http://127.0.0.1:\#(discord.port)/"}"#)
        fflush(nil)

        let feed = try loop.connect(to: WebSocketURL(rtds)) { connection, event in
            switch event {
            case .opened: connection.send(Self.subscription)
            case .message(let message):
                let now = ContinuousClock.now
                if let frame = try? JSON(message.text) { laps.withLock { $0.hear(frame, at: now) } }
            case .closed, .failed: break
            }
        }
        if let tap { Self.readAlong(tap) { line, now in laps.withLock { $0.tap(line, at: now) } } }
        let page = Page(loop: loop, url: try WebSocketURL(live)) { message, now in
            laps.withLock { $0.show(message, at: now) }
        }
        page.open()
        guard try loop.run(upTo: .seconds(60), until: { laps.withLock { !$0.toPage.isEmpty } }) else {
            throw ValidationError("no trade came to the page within a minute")
        }
        try loop.run(upTo: duration.duration)
        withExtendedLifetime((feed, page)) {}
        laps.withLock { report($0) }
    }

    private func report(_ laps: Laps) {
        report("frame at the socket to behind pm-enrich", laps.toTap)
        report("frame at the socket to the page", laps.toPage)
        report("final revision behind pm-enrich to Discord", laps.toDiscord)
        if !laps.early.isEmpty {
            print("\(laps.early.count) messages to Discord came before their trade's final revision")
        }
        if laps.growths > 0 {
            print("\(laps.growths) edits told of an alert that had grown, at a pace of their own")
        }
    }

    private func report(_ what: String, _ laps: [Laps.Lap]) {
        let bySize = laps.sorted { $0.duration < $1.duration }
        let sorted = bySize.map(\.duration)
        guard let longest = sorted.last, let first = laps.map(\.start).min() else { return }
        func ms(_ delay: Duration) -> String {
            let tenths = Int(delay / .microseconds(100))
            return "\(tenths / 10).\(tenths % 10) ms"
        }
        func quantile(_ percent: Int) -> String { ms(sorted[(sorted.count - 1) * percent / 100]) }
        print(
            "\(what): p50 \(quantile(50)), p90 \(quantile(90)), p99 \(quantile(99)), max \(ms(longest)), n \(sorted.count)"
        )
        let slowest = bySize.suffix(5).reversed().map {
            "\(ms($0.duration)) after \(first.duration(to: $0.start).components.seconds) s"
        }
        print("    the slowest: \(slowest.joined(separator: ", "))")
    }

    /// Reads lines on a thread of its own, for a fifo blocks.
    private static func readAlong(
        _ path: String, _ take: @escaping @Sendable (JSON, ContinuousClock.Instant) -> Void
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

    /// As pm-ingest asks for it.
    private static let subscription = #"""
        {"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades","filters":""},
        {"topic":"activity","type":"orders_matched","filters":""}]}
        """#
}

/// The live page's stream, tried again until it is there.
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
