import Foundation
import PMJSON
import TestSupport
import Testing

/// Viewers that connect and never read.
struct SlowViewerTests {
    private let directory = try! TemporaryDirectory()
    /// A long run has a thousand viewers; its figures are printed.
    private static let isLong = ProcessInfo.processInfo.environment["PM_LONG_RUN"] != nil
    private static let crowd = isLong ? 1000 : 200
    private static let rounds = isLong ? 300 : 40

    @Test(.timeLimit(.minutes(10)))
    func manyViewersThatDoNotReadDelayNothing() throws {
        raiseDescriptorLimit(to: 4096)
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(
            [
                "--live", "127.0.0.1:0", "--live-viewers", "\(Self.crowd + 10)", "--status-dir",
                directory.file("status"),
            ], in: directory)
        let port = try stage.livePort()
        let reader = try Viewer(port: port)
        var load = Load(stage: stage, receiver: receiver, reader: reader)

        let alone = try load.run(Self.rounds)
        let crowd = try (0..<Self.crowd).map { _ in try RawConnection.viewer(port: port) }
        #expect(try PlainHTTP.request(port: port, "/health").text.contains(#""status":"ok""#))
        // More than the buffers of the kernel and of the server hold: from here on their queues are full.
        try load.flood(1500)
        let withCrowd = try load.run(Self.rounds)
        let memory = try JSON(directory.read("status/pm-alert.json"))["rss_bytes"]?.integer ?? 0
        print(
            """
            \(Self.crowd) viewers that do not read, line to page / to webhook, ms (median, 99th):
              without \(alone)
              with    \(withCrowd)
              memory  \(memory >> 20) MiB
            """)
        // The event buffer, and a few frames for each viewer: memory does not grow with the number of events.
        #expect(memory < (64 << 20) + Self.crowd * (96 << 10))

        // In the end their next event leaves the buffer and they are disconnected; the reader has missed nothing.
        try load.flood(10_200)
        #expect(
            eventually {
                (try? JSON(directory.read("status/pm-alert.json")))?["viewers"]?.integer == 1
            })
        _ = try load.run(3)
        withExtendedLifetime(crowd) {}
    }

    private func raiseDescriptorLimit(to count: Int) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(count)))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Sends trades one after the other, and measures each until it reaches the page and a webhook.
private struct Load {
    struct Delays: CustomStringConvertible {
        var page: [Duration] = []
        var webhook: [Duration] = []

        var description: String {
            [page, webhook].map { delays in
                let sorted = delays.sorted()
                return [50, 99].map { percent in
                    let delay = sorted[(sorted.count - 1) * percent / 100]
                    return String(format: "%.1f", delay / .milliseconds(1))
                }.joined(separator: ", ")
            }.joined(separator: " / ")
        }
    }

    let stage: AlertProcess
    let receiver: HTTPStub
    let reader: Viewer
    private var sent = 0
    private var delivered = 0

    init(stage: AlertProcess, receiver: HTTPStub, reader: Viewer) {
        (self.stage, self.receiver, self.reader) = (stage, receiver, reader)
    }

    mutating func run(_ rounds: Int) throws -> Delays {
        var delays = Delays()
        for _ in 0..<rounds {
            sent += 1
            let id = "trade\(sent)"
            let began = ContinuousClock.now
            try stage.process.write(TradeLine.make { ($0.id, $0.transaction) = (id, "0x\(id)") }.line)
            while try reader.next("event")["record"]?["id"]?.string != id {}
            delays.page.append(began.duration(to: .now))
            delivered += 1
            let count = delivered
            #expect(eventually(every: .milliseconds(1)) { receiver.requests.count >= count })
            delays.webhook.append(began.duration(to: receiver.requests[count - 1].receivedAt))
        }
        return delays
    }

    /// Sends long trades below every tier; the reader gets them in order.
    mutating func flood(_ count: Int) throws {
        let padding = String(repeating: "x", count: 600)
        for start in stride(from: 0, to: count, by: 100) {
            let ids = (start..<min(start + 100, count)).map { "flood\(sent)-\($0)" }
            try stage.process.write(
                ids.map { id in TradeLine.make { ($0.id, $0.tier, $0.title) = (id, nil, padding) }.line }
                    .joined())
            for id in ids {
                var seen: String?
                repeat {
                    seen = try reader.next("event")["record"]?["id"]?.string
                } while seen?.hasPrefix("flood") != true
                #expect(seen == id)
            }
        }
        sent += 1
    }
}
