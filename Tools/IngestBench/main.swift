import Glibc
import PMPipe
import Synchronization
import WebSockets

// How long a trade takes from the socket to standard output: plays RTDS for one pm-ingest, whose output is our input,
// and prints the percentiles. Or how long the disk alone takes to sync as much. scripts/bench-ingest.sh runs both.
//
//     ingest-bench listen PORT TRADES RATE < what pm-ingest tells
//     ingest-bench sync FILE TRADES RATE

let words = CommandLine.arguments
guard words.count == 5, ["listen", "sync"].contains(words[1]), let trades = Int(words[3]),
    let rate = Int(words[4]),
    trades > 0, rate > 0
else {
    print("usage: ingest-bench listen PORT TRADES RATE | ingest-bench sync FILE TRADES RATE")
    exit(64)
}
let pause = Duration.seconds(1) / rate
words[1] == "listen" ? try listen(on: Int(words[2]) ?? 0) : sync(words[2])

/// Milliseconds at the middle, at 99 of 100, and at the most.
func report(_ times: [Duration]) {
    let sorted = times.sorted().map { $0 / .milliseconds(1) }
    func at(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
    func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
    print(text(at(0.5)), text(at(0.99)), text(sorted[sorted.count - 1]))
}

/// Tells trades at that rate, and reads when each comes out at the other end.
@MainActor func listen(on port: Int) throws {
    let sent = Moments(trades)
    var heard: [Duration] = []
    let loop = try EventLoop()
    var (session, isAsked) = (Session?.none, false)
    var options = Server.Options()
    options.port = port
    let server = try loop.listen(
        options,
        onUpgrade: { _ in
            .accept { newcomer, event in
                if case .opened = event { session = newcomer }
                if case .message(let message) = event, message.text.contains("subscribe") { isAsked = true }
            }
        },
        onRequest: { $1.respond(Response(status: 404)) })
    defer { withExtendedLifetime(server) {} }
    let reading = Reading(sent)
    let thread = Worker { reading.run() }
    try loop.run(upTo: .seconds(20)) { isAsked }
    let begin = ContinuousClock.now + .milliseconds(500)
    for number in 0..<trades {
        let due = begin + pause * number
        while true {
            let left = ContinuousClock.now.duration(to: due)
            guard left > .zero else { break }
            try loop.serve(upTo: left)
        }
        sent.note(number)
        session?.send(trade(number))
        try loop.serve(upTo: .zero)
    }
    try loop.run(upTo: .seconds(2)) { reading.count == trades }
    session?.close()
    try loop.run(upTo: .milliseconds(200))
    heard = reading.times
    report(heard)
    if heard.count < trades { print("\(trades - heard.count) trades did not come out") }
    _ = consume thread
    exit(heard.count < trades ? 1 : 0)
}

/// Writes as much as a trade at that rate, and syncs it.
@MainActor func sync(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let line = [UInt8](repeating: 0x61, count: 700)
    let begin = ContinuousClock.now
    report(
        (0..<trades).map { number in
            sleep(for: max(.zero, ContinuousClock.now.duration(to: begin + pause * number)))
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

/// When each trade was sent.
final class Moments: Sendable {
    private let begin = ContinuousClock.now
    private let times: Mutex<[ContinuousClock.Instant?]>

    init(_ count: Int) { times = Mutex(Array(repeating: nil, count: count)) }

    func note(_ number: Int) { times.withLock { $0[number] = .now } }

    subscript(number: Int) -> ContinuousClock.Instant? {
        times.withLock { $0.indices.contains(number) ? $0[number] : nil }
    }
}

/// Reads what comes out.
final class Reading: Sendable {
    private let sent: Moments
    private let found = Mutex<[Duration]>([])

    init(_ sent: Moments) { self.sent = sent }

    var times: [Duration] { found.withLock { $0 } }
    var count: Int { found.withLock { $0.count } }

    func run() {
        var reader = LineReader()
        while let arrival = try? reader.wait(), arrival == .input {
            let now = ContinuousClock.now
            reader.forEachLine { line, _ in
                let text = line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                guard let start = text.firstRange(of: #""tx_hash":"0x"#)?.upperBound,
                    let number = Int(text[start...].prefix(64), radix: 16), let moment = sent[number]
                else { return }
                found.withLock { $0.append(moment.duration(to: now)) }
            }
        }
    }
}
