import Glibc
import PMPipe
import Synchronization
import WebSockets

// Measures the time of a trade from the socket to standard output of pm-ingest. `listen` plays RTDS for one pm-ingest,
// reads its output from standard input, and prints percentiles. `sync` measures the disk alone: writing and syncing a
// line at the same rate. scripts/bench-ingest.sh runs both.
//
//     ingest-bench listen PORT TRADES RATE < output of pm-ingest
//     ingest-bench sync FILE TRADES RATE

let arguments = CommandLine.arguments
guard arguments.count == 5, ["listen", "sync"].contains(arguments[1]), let trades = Int(arguments[3]),
    let rate = Int(arguments[4]),
    trades > 0, rate > 0
else {
    print("usage: ingest-bench listen PORT TRADES RATE | ingest-bench sync FILE TRADES RATE")
    exit(64)
}
let interval = Duration.seconds(1) / rate
arguments[1] == "listen" ? try listen(on: Int(arguments[2]) ?? 0) : sync(arguments[2])

/// Prints p50, p99 and the maximum, in milliseconds.
func report(_ times: [Duration]) {
    let sorted = times.sorted().map { $0 / .milliseconds(1) }
    func quantile(_ share: Double) -> Double {
        sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
    func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
    print(text(quantile(0.5)), text(quantile(0.99)), text(sorted[sorted.count - 1]))
}

/// Acts as the RTDS server on `port`: sends `rate` trades per second to pm-ingest, and measures the time
/// until each is in its output.
@MainActor func listen(on port: Int) throws {
    let sent = SendTimes(trades)
    let loop = try EventLoop()
    var (session, isSubscribed) = (Session?.none, false)
    var options = Server.Options()
    options.port = port
    let server = try loop.listen(
        options,
        onUpgrade: { _ in
            .accept { opened, event in
                if case .opened = event { session = opened }
                if case .message(let message) = event, message.text.contains("subscribe") {
                    isSubscribed = true
                }
            }
        },
        onRequest: { $1.respond(Response(status: 404)) })
    defer { withExtendedLifetime(server) {} }
    let output = OutputReader(sent)
    let thread = Worker { output.run() }
    try loop.run(upTo: .seconds(20)) { isSubscribed }
    let begin = ContinuousClock.now + .milliseconds(500)
    for number in 0..<trades {
        let due = begin + interval * number
        while true {
            let remaining = ContinuousClock.now.duration(to: due)
            guard remaining > .zero else { break }
            try loop.serve(upTo: remaining)
        }
        sent.note(number)
        session?.send(trade(number))
        try loop.serve(upTo: .zero)
    }
    try loop.run(upTo: .seconds(2)) { output.count == trades }
    session?.close()
    try loop.run(upTo: .milliseconds(200))
    let latencies = output.latencies
    report(latencies)
    if latencies.count < trades { print("\(trades - latencies.count) trades did not come out") }
    _ = consume thread
    exit(latencies.count < trades ? 1 : 0)
}

/// Measures the disk alone, for comparison: writes and syncs lines of the size of a trade, `rate` per second.
@MainActor func sync(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let line = [UInt8](repeating: 0x61, count: 700)
    let begin = ContinuousClock.now
    report(
        (0..<trades).map { number in
            sleep(for: max(.zero, ContinuousClock.now.duration(to: begin + interval * number)))
            let start = ContinuousClock.now
            _ = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(number * 700)) }
            fdatasync(descriptor)
            return start.duration(to: .now)
        })
    unlink(path)
}

func trade(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    let hash = "0x" + String(repeating: "0", count: 64 - digits.count) + digits
    return
        #"{"connection_id":"x","payload":{"asset":"50341643796357809199138088836529201104815997551572832995218005287849225766499","#
        + #""conditionId":"0x"# + String(repeating: "c2", count: 32)
        + #"","eventSlug":"an-event","icon":"https://example.com/i.png","name":"Momo","outcome":"No","#
        + #""outcomeIndex":1,"price":0.03,"proxyWallet":"0xf5848342fc388908f2d25a9012cc18a0ad193979","#
        + #""pseudonym":"Mealy-Oar","side":"BUY","size":1030.92,"slug":"a-market","timestamp":1790272257,"#
        + #""title":"Will it rain on the day after tomorrow?","transactionHash":"\#(hash)"},"#
        + #""timestamp":1790272257115,"topic":"activity","type":"trades"}"#
}

/// The time at which each trade was sent.
final class SendTimes: Sendable {
    private let times: Mutex<[ContinuousClock.Instant?]>

    init(_ count: Int) { times = Mutex(Array(repeating: nil, count: count)) }

    func note(_ number: Int) { times.withLock { $0[number] = .now } }

    subscript(number: Int) -> ContinuousClock.Instant? {
        times.withLock { $0.indices.contains(number) ? $0[number] : nil }
    }
}

/// Reads the output of pm-ingest, and computes the latency of each trade.
final class OutputReader: Sendable {
    private let sent: SendTimes
    private let found = Mutex<[Duration]>([])

    init(_ sent: SendTimes) { self.sent = sent }

    var latencies: [Duration] { found.withLock { $0 } }
    var count: Int { found.withLock { $0.count } }

    func run() {
        var reader = LineReader()
        while let arrival = try? reader.wait(), arrival == .input {
            let now = ContinuousClock.now
            reader.forEachLine { line, _ in
                let text = line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                guard let start = text.firstRange(of: #""tx_hash":"0x"#)?.upperBound,
                    let number = Int(text[start...].prefix(64), radix: 16), let time = sent[number]
                else { return }
                found.withLock { $0.append(time.duration(to: now)) }
            }
        }
    }
}
