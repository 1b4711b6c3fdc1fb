import Foundation
import Glibc
import TestSupport
import Testing
import WebSockets

/// Live runs of pm-ingest against a feed that the test plays, over real sockets.
@Suite(.serialized) struct LiveTests {
    private let quick = ["--ping", "100ms", "--backoff-least", "50ms", "--backoff-most", "200ms"]

    @Test func subscribesFirstAndThenSendsPings() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url] + quick)
        #expect(try feed.run { feed.pings >= 3 })
        let frames = ["trades", "orders_matched"].map {
            #"{"action":"subscribe","subscriptions":[{"topic":"activity","type":"\#($0)","filters":""}]}"#
        }
        #expect(Array(feed.received.prefix(2)) == frames, "each type has a frame of its own")
        #expect(feed.subscriptions.count == 1)
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        #expect(try feed.run { feed.endings.map(\.code) == [.goingAway] })
    }

    @Test(
        arguments: [
            #"{"body":{"message":"leger GetTopics error: x not found"},"statusCode":401}"#,
            #"{"message":"Invalid request body"}"#,
        ])
    func aRefusedSubscriptionReplacesTheConnection(answer: String) throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        feed.onOpen = { session in if feed.accepted < 3 { session.send(answer, pieces: 1) } }
        let child = try Ingest.start(["--url", feed.url, "--status-dir", folder.path] + quick)
        #expect(try feed.run { feed.accepted == 3 })
        feed.say(Messages.activity(1))
        #expect(try feed.run { child.trades.count == 1 })
        let sentence = answer.contains("leger") ? "leger GetTopics error" : "Invalid request body"
        #expect(child.errors.contains(sentence))
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect(status["subscriptions_refused"] as? Int == 2)
    }

    @Test func unknownFormsAreCountedAndAnnouncedOnce() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url, "--status-dir", folder.path] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        for number in 1...3 {
            feed.say(
                Messages.activity(Messages.row(transaction: Messages.hash(number), more: #","rebate":1"#)))
            feed.say(#"{"topic":"activity","type":"splits","payload":{}}"#)
        }
        #expect(try feed.run { child.trades.count == 3 })
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let drift = parsed(try folder.read("pm-ingest.json").utf8)["schema_drift"] as? [String: Any]
        #expect(drift?["rtds"] as? [String: Int] == ["unknown": 3, "missing": 0, "types": 3])
        #expect(child.errors.components(separatedBy: #"new member "rebate""#).count == 2, "\(child.errors)")
    }

    @Test func emitsEveryTradeOnceWhateverTheFormOfItsFrame() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let child = try Ingest.start(
            ["--url", feed.url, "--rejects", folder.file("rejects"), "--status-dir", folder.path] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        feed.say("")
        feed.say(Messages.activity(1))
        feed.say("PONG")
        feed.say(Messages.activity(1, type: "orders_matched"))
        feed.say(Messages.activity(2), pieces: 7)
        feed.say("[\(Messages.activity(3)),\(Messages.activity(4))]")
        feed.say(#"{"topic":"comments","type":"comment_created","payload":{}}"#)
        feed.say(#"{"statusCode":200,"message":"hello"}"#)
        feed.say("{")
        feed.say(Messages.activity(5))
        #expect(try feed.run { child.transactions.count >= 5 })
        #expect(child.transactions == (1...5).map(Messages.hash))
        #expect(child.trades.compactMap { $0["seq"] as? Int } == [1, 2, 3, 4, 5])
        #expect(child.trades.allSatisfy { $0["via"] as? String == "live" })
        child.kill(SIGINT)
        #expect(try feed.run { child.exit == .status(0) })
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect(
            status["dropped"] as? [String: Int] == [
                "duplicate": 1, "comments/comment_created": 1, "unknown": 1,
            ])
        #expect(status["rejected"] as? Int == 1 && status["frames"] as? Int == 10)
        #expect(try folder.read("rejects").contains(#""text":"{""#))
        #expect(child.errors.contains("a message of unknown form"))
    }

    @Test func aLongMessageInManyFragmentsIsOneMessage() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        let frame = "[" + (0..<1000).map { Messages.activity($0) }.joined(separator: ",") + "]"
        #expect(frame.utf8.count > 500_000)
        feed.say(frame, pieces: 100)
        #expect(try feed.run { child.transactions.count == 1000 })
    }

    @Test func reconnectsWithoutLosingTrades() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url] + quick)
        for round in 0..<10 {
            #expect(try feed.run { feed.subscriptions.count == round + 1 })
            feed.say(Messages.activity(round))
            #expect(try feed.run { child.transactions.count == round + 1 })
            if round % 2 == 0 {
                feed.sessions.first?.close(.serviceRestart, "again")
            } else {
                feed.sessions.first?.drop(resetting: true)
            }
        }
        #expect(child.transactions == (0..<10).map(Messages.hash))
        #expect(child.isRunning)
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
    }

    @Test func keepsAConnectionWhoseTradesAreSilentWhileOtherDataArrives() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(
            ["--url", feed.url, "--silence-least", "2s", "--silence-most", "3s", "--first-data", "10s"]
                + quick)
        #expect(try feed.run { feed.sessions.count == 1 })
        feed.say(Messages.activity(0))
        var number = 0
        #expect(
            try feed.run {
                number += 1
                feed.sessions.first?.send(Messages.activity(number, type: "orders_matched"), pieces: 1)
                return child.errors.contains("no trades arrived, although other data did")
                    && feed.accepted >= 2
            })
        #expect(feed.endings.isEmpty, "another connection is opened beside it")
        let emitted = child.transactions.count
        feed.sessions.first?.send(Messages.activity(100_000, type: "orders_matched"), pieces: 1)
        #expect(try feed.run { child.transactions.count > emitted })
    }

    @Test func aRecordingThatCannotBeWrittenDoesNotStopTheRun() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let child = try Ingest.start(
            ["--url", feed.url, "--record", "/dev/full", "--status-dir", folder.path] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        for number in 0..<20 {
            feed.say(Messages.activity(number))
            #expect(try feed.run { child.transactions.count == number + 1 })
        }
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        #expect(parsed(try folder.read("pm-ingest.json").utf8)["keeping_degraded"] as? Bool == true)
        #expect(
            child.errors.components(separatedBy: "trades continue").count == 2, "logged once: \(child.errors)"
        )
    }

    @Test func aFrameWithManyBadElementsIsOneReject() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let child = try Ingest.start(
            ["--url", feed.url, "--rejects", folder.file("rejects"), "--status-dir", folder.path] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        let bad = Array(repeating: #"{"event_type":"last_trade_price"}"#, count: 1000).joined(separator: ",")
        feed.say("[\(bad)]")
        feed.say(Messages.activity(1))
        #expect(try feed.run { child.transactions.count == 1 })
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        #expect(try folder.read("rejects").split(separator: "\n").count == 1)
        #expect(parsed(try folder.read("pm-ingest.json").utf8)["rejected"] as? Int == 1000)
    }

    @Test func sendsOneSeriesOfPingsHoweverOftenItConnected() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(
            "--url", feed.url, "--ping", "200ms", "--backoff-least", "10ms", "--backoff-most", "20ms")
        for round in 1...5 {
            #expect(try feed.run { feed.accepted == round && feed.sessions.count == 1 })
            if round < 5 { feed.sessions.first?.drop() }
            #expect(try feed.run { feed.accepted > round || round == 5 })
        }
        let (before, start) = (feed.pings, ContinuousClock.now)
        try feed.run(for: .seconds(1))
        // Pings that were sent before may be read only now.
        let most = Int(start.duration(to: .now) / .milliseconds(200)) + 4
        #expect(feed.pings - before <= most, "five series would make 25 a second")
        _ = child.isRunning
    }

    @Test func backsOffAndHonoursRetryAfter() throws {
        let feed = try FakeFeed()
        feed.refusal = { attempt in
            switch attempt {
            case 1: Response(status: 429, headers: [("Retry-After", "1")])
            case 2: Response(status: 503, "<html>sorry</html>")
            default: nil
            }
        }
        let child = try Ingest.start(["--url", feed.url] + quick)
        #expect(try feed.run { feed.accepted == 1 })
        #expect(feed.attempts.count == 3)
        #expect(feed.attempts[0].duration(to: feed.attempts[1]) >= .milliseconds(990))
        #expect(child.errors.contains("HTTP 429"))
    }

    @Test func connectsAgainToAServerThatIsAway() throws {
        let child = try Ingest.start(["--url", "ws://127.0.0.1:9"] + quick)
        #expect(eventually { child.errors.split(separator: "\n").count >= 3 })
        #expect(child.errors.contains("unable to connect"))
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(0))
    }

    @Test func aRecordingReplaysToTheSameOutput() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let recording = folder.file("recording")
        let child = try Ingest.start(["--url", feed.url, "--record", recording] + quick)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        let title = "\u{202E}täst\u{7F} \\\" ☃"
        let more = ",\"note\":" + String(decoding: try JSONEncoder().encode(title), as: UTF8.self)
        for number in 0..<50 {
            feed.say(Messages.activity(Messages.row(transaction: Messages.hash(number), more: more)))
        }
        #expect(try feed.run { child.transactions.count == 50 })
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let replay = try Ingest.start("--replay", recording)
        #expect(try replay.wait() == .status(0))
        #expect(
            replay.output == child.output.replacingOccurrences(of: #""via":"live""#, with: #""via":"replay""#)
        )
        #expect(replay.trades.allSatisfy { ($0["extra"] as? [String: Any])?["note"] as? String == title })
        var status = stat()
        stat(recording, &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func endsWithoutErrorWhenTheReaderLeaves() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url, "--log-level", "warning"] + quick, output: .pipe)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        child.closeOutput()
        var number = 0
        #expect(
            try feed.run {
                number += 1
                feed.say(Messages.activity(number))
                return child.exit == .status(0)
            })
        #expect(child.errors.isEmpty)
    }

    @Test func aSlowReaderDoesNotDelayPingsAndMissesNothing() throws {
        let feed = try FakeFeed()
        let child = try Ingest.start(["--url", feed.url] + quick, output: .pipe)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        for number in 0..<3000 {
            feed.say(Messages.activity(number))
            if number % 100 == 0 { try feed.run(for: .milliseconds(5)) }
        }
        let pings = feed.pings
        #expect(try feed.run { feed.pings > pings + 5 }, "it sends PING although its output is not read")
        for number in 0..<3000 {
            let line = try child.line() ?? ""
            try #require(line.contains(Messages.hash(number)))
        }
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
    }

    @Test func aSecondSignalEndsItAlthoughItsOutputIsNotRead() throws {
        let feed = try FakeFeed()
        let folder = try TemporaryDirectory()
        let child = try Ingest.start(
            ["--url", feed.url, "--status-dir", folder.path] + quick, output: .pipe)
        #expect(try feed.run { feed.subscriptions.count == 1 })
        for number in 0..<1000 { feed.say(Messages.activity(number)) }
        var frames: Int {
            parsed(((try? folder.read("pm-ingest.json")) ?? "").utf8)["frames"] as? Int ?? 0
        }
        #expect(try feed.run { frames >= 1000 })
        child.kill(SIGTERM)
        #expect(try feed.run { feed.sessions.isEmpty })
        #expect(child.isRunning, "its lines have not been read")
        child.kill(SIGINT)
        #expect(try feed.run { child.exit == .status(75) })
    }
}
