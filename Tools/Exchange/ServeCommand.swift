import ArgumentParser
import Exchange
import Glibc
import PMCommand
import PMJSON
import PMPipe
import PMRecord
import Synchronization

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve until told to stop; says where on standard output.")

    @Option(help: ArgumentHelp("Listen on this port of 127.0.0.1; 0 for any.", valueName: "port"))
    var port = 0

    @Option(help: ArgumentHelp("Play this scenario.", valueName: "file"))
    var scenario: String?

    @Option(help: ArgumentHelp("What the world is made of.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Trades a second. (default: 50)", valueName: "rows"))
    var rate: Double?

    @Option(help: ArgumentHelp("No more trades after so many; connections stay open.", valueName: "rows"))
    var trades: Int?

    @Option(help: ArgumentHelp("No more trades after so long; connections stay open.", valueName: "period"))
    var duration: Period?

    @Flag(help: "Let trades begin at once, not with the first subscription.")
    var atOnce = false

    @Flag(help: "Let trades begin when POST /control/resume says so.")
    var paused = false

    @Flag(help: "Stop when standard input ends.")
    var untilStdinEnds = false

    func run() throws {
        let stop = StopSignal()  // before anybody knows that we are here
        let service = try ExchangeService(try merged(), port: port)
        try say(service.server.port)
        let hasEnded = InputEnd()
        if untilStdinEnds {
            let waker = service.loop.waker
            // Never joined: it may wait for input when the process ends by a signal.
            _ = Worker {
                var buffer: [UInt8] = [0]
                while read(STDIN_FILENO, &buffer, 1) > 0 || errno == EINTR {}
                hasEnded.isSet.store(true, ordering: .relaxed)
                waker.wake()
            }
        }
        try service.run { stop.isRequested || hasEnded.isSet.load(ordering: .relaxed) }
    }

    private func merged() throws -> Scenario {
        var merged = try scenario.map { try Scenario(JSON(contents(of: $0))) } ?? Scenario()
        merged.world.seed = seed ?? merged.world.seed
        try merged.adjust(rate: rate)
        merged.trades = trades ?? merged.trades
        merged.duration = duration?.duration ?? merged.duration
        merged.startsAtOnce = atOnce || merged.startsAtOnce
        merged.isPaused = paused || merged.isPaused
        return merged
    }

    private func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw ValidationError("unable to read \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// One line of JSON, at once: whoever started us waits for it.
    private func say(_ port: Int) throws {
        var line = JSONWriter()
        line.object { object in
            object.key("port")
            object.integer(port)
            for (name, scheme, path) in [
                ("rtds", "ws", "rtds"), ("market", "ws", "ws/market"), ("gamma", "http", "gamma"),
                ("data", "http", "data"), ("clob", "http", "clob"), ("polygon", "http", "polygon"),
                ("hooks", "http", "hooks"), ("control", "http", "control"),
            ] {
                object.key(name)
                object.string("\(scheme)://127.0.0.1:\(port)/\(path)")
            }
        }
        var output = LineWriter()
        output.append(line.bytes)
        try output.flush()
    }
}

private final class InputEnd: Sendable {
    let isSet = Atomic(false)
}
