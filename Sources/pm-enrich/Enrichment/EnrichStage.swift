import Collections
import Glibc
import Curl
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Does what an ``Enricher`` decides: one thread, and one wait for input, room in the output, answers and deadlines.
package struct EnrichStage: ~Copyable {
    /// Bytes of output that wait for the reader; beyond them input is not read.
    private static let mostHeld = 1 << 20
    /// Time spent on answers before input is looked at again: a new trade waits no longer than that to leave as pending.
    private static let sliceOfAnswers = Duration.milliseconds(2)

    private let bases: APIBases
    private let log: StageLog
    private let client: HTTPClient
    private var enricher: Enricher
    private var recorder: CassetteRecorder?
    private var underWay: [RequestID: (ticket: RequestQueue.Ticket, request: APIRequest)] = [:]
    /// Answers that have come and were not looked at.
    private var answers: Deque<HTTPCompletion> = []
    private var services = ServiceWatch()
    private var tally = Tally()

    /// - Parameters:
    ///   - recorder: Keeps every answer, if there is one.
    package init(
        _ settings: Enricher.Settings, _ bases: APIBases, recorder: consuming CassetteRecorder? = nil,
        log: StageLog
    ) {
        self.bases = bases
        self.recorder = recorder
        self.log = log
        var options = HTTPClient.Options()
        options.mostConnections = max(settings.concurrency, 1)
        options.mostConnectionsPerHost = options.mostConnections
        client = HTTPClient(options)
        var settings = settings
        settings.mostGivenUpAtOnce = 64
        enricher = Enricher(settings, at: .now())
    }

    /// Runs until the input has ended and every trade has left.
    ///
    /// - Returns: What came in and what became of it.
    /// - Throws: ``ExitStatus/tryAgain`` when told to stop before the end of input.
    package consuming func run(
        from input: consuming LineReader = LineReader(), to output: consuming LineWriter = LineWriter(),
        rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        var hasEnded = false
        while true {
            settleAnswers()
            enricher.advance(to: .now())
            sendRequests()
            tellOfServices()
            try tell(into: &output)
            keepAnswers()
            enricher.report(into: &tally)
            status.refresh(tally, at: .now) { report(into: &$0) }
            if stop.isRequested {
                try output.flush()
                status.finish(tally, at: .now) { report(into: &$0) }
                throw StopSignal.stoppedEarly
            }
            if hasEnded, enricher.openCount == 0, output.count == 0 { break }

            let reads = !hasEnded && enricher.wantsInput && output.count < Self.mostHeld
            var interests: [DescriptorInterest] = []
            if reads { interests.append(DescriptorInterest(input.descriptor, .readable)) }
            if output.count > 0 { interests.append(DescriptorInterest(output.descriptor, .writable)) }
            let ready = client.wait(upTo: patience(status), for: interests)
            if reads, ready[0].contains(.readable) {
                hasEnded = try read(&input, rejecting: &rejects)
                // Before anything is done about what came in, or about answers.
                try tell(into: &output)
                try rejects.flush()
            }
        }
        status.finish(tally, at: .now) { report(into: &$0) }
        return tally
    }
}

extension EnrichStage {
    /// Reads what there is; whether the input has ended.
    private mutating func read(
        _ input: inout LineReader, rejecting rejects: inout Rejects
    ) throws(StageError) -> Bool {
        let arrival = try input.wait(upTo: .zero)
        guard arrival != .nothing else { return false }
        let now = Moment.now()
        tally.lastInputAt = now.time
        input.forEachLine { line, isTooLong in
            tally.linesIn += 1
            let verdict = isTooLong ? .rejected("longer than 1 MiB") : enricher.receive(line, at: now)
            if case .rejected(let reason) = verdict {
                tally.rejected += 1
                rejects.add(line, number: tally.linesIn, reason: reason)
            }
        }
        return arrival == .end
    }

    private mutating func tell(into output: inout LineWriter) throws(StageError) {
        for line in enricher.takeOutput() {
            output.append(line)
            tally.linesOut += 1
        }
        try output.flushWithoutWaiting()
    }

    private mutating func settleAnswers() {
        answers.append(contentsOf: client.finished())
        let end = ContinuousClock.now + Self.sliceOfAnswers
        while ContinuousClock.now < end, let completion = answers.popFirst() {
            guard let (ticket, request) = underWay.removeValue(forKey: completion.id) else { continue }
            let reply = reply(completion.result)
            if recorder != nil {
                let headers = (try? completion.result.get().headers.fields) ?? []
                recorder!.add(request, reply, headers: headers, at: .now())
            }
            let unreadable = enricher.counts.unreadable
            enricher.receive(reply, to: ticket, at: .now())
            if enricher.counts.unreadable > unreadable { log.count(.api) }
        }
    }

    /// A full disk ends the recording, and nothing else.
    private mutating func keepAnswers() {
        do throws(StageError) {
            try recorder?.flush()
        } catch {
            guard error != StopSignal.stoppedEarly else { return }
            log.error(.enrichment, "\(error); answers are no longer kept")
            recorder = nil
        }
    }

    private mutating func sendRequests() {
        let now = Moment.now()
        while let (ticket, request) = enricher.nextRequest(at: now) {
            guard let url = bases.url(of: request) else {
                enricher.receive(.failure("no service", isTransient: false), to: ticket, at: now)
                continue
            }
            let isPost = !request.body.isEmpty
            let id = client.start(
                HTTPRequest(
                    isPost ? .post : .get, url, headers: isPost ? ["Content-Type": "application/json"] : [:],
                    body: request.body))
            underWay[id] = (ticket, request)
        }
    }

    /// Says when a service goes away, and when it is back.
    private mutating func tellOfServices() {
        let now = Moment.now()
        for host in APIHost.allCases {
            switch services.note(host, failure: enricher.requests.failure(of: host, at: now.instant), at: now)
            {
            case .away(let reason)?:
                log.warning(.api, "\(host.rawValue) is away: \(reason); trades go on without it")
            case .back(let seconds)?: log.notice("\(host.rawValue) is back after \(seconds) s")
            case nil: break
            }
        }
    }

    private func reply(_ result: Result<HTTPResponse, HTTPFailure>) -> Reply {
        switch result {
        case .success(let response):
            if response.status >= 400, response.status != 404 { log.count(.api) }
            return Reply(response, at: time(nil))
        case .failure(let failure):
            log.count(.api)
            log.debug("\(failure)")
            // A refusal is one however its text breaks off.
            if let refusal = failure.head.map({ Reply($0, at: time(nil)) }), Verdict(refusal).isRefusal {
                return refusal
            }
            return .failure(
                words(for: failure.kind), isTransient: failure.isTransient, wasHeld: failure.kind == .timedOut
            )
        }
    }

    private mutating func patience(_ status: borrowing StatusFile) -> Duration {
        let (now, due) = (Moment.now(), status.untilDue(at: .now))
        guard answers.isEmpty else { return .zero }
        guard let wake = enricher.wakeTime(at: now) else { return due }
        return min(max(.zero, now.instant.duration(to: wake)), due)
    }

    private func report(into writer: inout JSONWriter) {
        EnrichmentReport(enricher, underWay: underWay.count).write(into: &writer, at: .now)
    }
}

/// What a failure is called in a record, where neither addresses nor milliseconds belong.
private func words(for kind: HTTPFailure.Kind) -> String {
    switch kind {
    case .invalidRequest: "not a valid request"
    case .couldNotResolve: "host not found"
    case .couldNotConnect: "unable to connect"
    case .addressDenied: "address not permitted"
    case .timedOut: "timed out"
    case .untrusted: "certificate not trusted"
    case .tls: "TLS failed"
    case .interrupted: "connection broken off"
    case .malformed: "malformed answer"
    case .tooLarge: "answer too large"
    case .other: "request failed"
    }
}
