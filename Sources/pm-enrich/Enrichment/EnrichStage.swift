import DequeModule
import Glibc
import Curl
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Runs an ``Enricher`` in one thread, with one wait for input, room in the output, answers and deadlines.
package struct EnrichStage: ~Copyable {
    /// The most bytes of output that wait for the reader. Beyond them, input is not read.
    private static let maxOutput = 1 << 20
    /// The most time for answers before input is read again, so that new trades are emitted as pending at once.
    private static let answerSlice = Duration.milliseconds(2)

    private let bases: APIBases
    /// Makes the URLs of requests that have to pass a cache unique.
    private var nonce = Timestamp.now().milliseconds * 1_000_000
    /// The Polygon node to ask: an index into the nodes of ``bases``.
    private var polygonNode = 0
    private let log: StageLog
    private let client: HTTPClient
    private var enricher: Enricher
    private var recorder: CassetteRecorder?
    private var inFlight: [RequestID: (id: QueuedRequestID, request: APIRequest)] = [:]
    /// Answers that were received and not processed.
    private var answers: Deque<HTTPCompletion> = []
    private var availability = AvailabilityTracker()
    private var tally = Tally()

    /// - Parameter recorder: Records every answer, if present.
    package init(
        _ settings: Enricher.Settings, _ bases: APIBases, recorder: consuming CassetteRecorder? = nil,
        log: StageLog
    ) {
        self.bases = bases
        self.recorder = recorder
        self.log = log
        var options = HTTPClient.Options()
        options.mostConnections = max(settings.lookups.concurrency, 1)
        options.mostConnectionsPerHost = options.mostConnections
        client = HTTPClient(options)
        var settings = settings
        settings.maxExpiredAtOnce = 64
        enricher = Enricher(settings, at: .now())
    }

    /// Runs until the input has ended and every trade has been emitted.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when a signal stops it before the end of input.
    package consuming func run(
        from input: consuming LineReader = LineReader(), to output: consuming LineWriter = LineWriter(),
        rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        var hasEnded = false
        while true {
            processAnswers()
            enricher.advance(to: .now())
            sendRequests()
            logAvailability()
            for notice in enricher.takeNotices() { log.notice(notice) }
            try emit(into: &output)
            flushRecording()
            enricher.report(into: &tally)
            status.refresh(tally, at: .now) { report(into: &$0) }
            if stop.isRequested {
                try output.flush()
                status.finish(tally, at: .now) { report(into: &$0) }
                throw StopSignal.stoppedEarly
            }
            if hasEnded, enricher.openCount == 0, output.count == 0 { break }

            let reads = !hasEnded && enricher.wantsInput && output.count < Self.maxOutput
            var interests: [DescriptorInterest] = []
            if reads { interests.append(DescriptorInterest(input.descriptor, .readable)) }
            if output.count > 0 { interests.append(DescriptorInterest(output.descriptor, .writable)) }
            let ready = client.wait(upTo: timeout(status), for: interests)
            if reads, ready[0].contains(.readable) {
                hasEnded = try read(&input, rejecting: &rejects)
                // Pending lines are emitted before requests are sent or answers processed.
                try emit(into: &output)
                try rejects.flush()
            }
        }
        status.finish(tally, at: .now) { report(into: &$0) }
        return tally
    }
}

extension EnrichStage {
    /// Reads the available input.
    ///
    /// - Returns: True if the input has ended.
    private mutating func read(
        _ input: inout LineReader, rejecting rejects: inout Rejects
    ) throws(StageError) -> Bool {
        let arrival = try input.wait(upTo: .zero)
        guard arrival != .nothing else { return false }
        let now = ClockReading.now()
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

    private mutating func emit(into output: inout LineWriter) throws(StageError) {
        for line in enricher.takeOutput() {
            output.append(line)
            tally.linesOut += 1
        }
        try output.flushWithoutWaiting()
    }

    private mutating func processAnswers() {
        answers.append(contentsOf: client.finished())
        let end = ContinuousClock.now + Self.answerSlice
        while ContinuousClock.now < end, let completion = answers.popFirst() {
            guard let (id, request) = inFlight.removeValue(forKey: completion.id) else { continue }
            var reply = reply(completion.result)
            if recorder != nil {
                let headers = (try? completion.result.get().headers.fields) ?? []
                recorder!.add(request, reply, headers: headers, at: .now())
            }
            let unreadable = enricher.unreadable
            if request.route.host == .polygon, bases.polygonNodes.count > 1, ReplyMeaning(reply).isProblem {
                polygonNode = (polygonNode + 1) % bases.polygonNodes.count
                // The next node has a limit of its own.
                reply = .failure("a node refused or failed", isTransient: true)
            }
            enricher.receive(reply, to: id, at: .now())
            if enricher.unreadable > unreadable {
                log.count(.api)
                // A node answers errors, of a range for example, with status 200.
                if request.route.host == .polygon, !bases.polygonNodes.isEmpty {
                    polygonNode = (polygonNode + 1) % bases.polygonNodes.count
                }
            }
        }
    }

    /// Flushes the cassette. A write error, of a full disk for example, ends the recording only.
    private mutating func flushRecording() {
        do throws(StageError) {
            try recorder?.flush()
        } catch {
            guard error != StopSignal.stoppedEarly else { return }
            log.error(.enrichment, "\(error); answers are no longer recorded")
            recorder = nil
        }
    }

    private mutating func sendRequests() {
        let now = ClockReading.now()
        while let (queuedID, request) = enricher.nextRequest(at: now) {
            nonce += 1
            guard let url = bases.url(of: request, nonce: "\(nonce)", polygonNode: polygonNode) else {
                enricher.receive(.failure("no service", isTransient: false), to: queuedID, at: now)
                continue
            }
            let isPost = !request.body.isEmpty
            let id = client.start(
                HTTPRequest(
                    isPost ? .post : .get, url, headers: isPost ? ["Content-Type": "application/json"] : [:],
                    body: request.body))
            inFlight[id] = (queuedID, request)
        }
    }

    /// Logs when a service becomes unavailable, and when it recovers.
    private mutating func logAvailability() {
        let now = ClockReading.now()
        for host in APIHost.allCases {
            let failure = enricher.requests.failure(of: host, at: now.instant)
            switch availability.update(host, failure: failure, at: now) {
            case .unavailable(let reason)?:
                log.warning(.api, "\(host.rawValue) is unavailable: \(reason); trades continue without it")
            case .recovered(let seconds)?:
                log.notice("\(host.rawValue) is available again after \(seconds) s")
            case nil: break
            }
        }
    }

    private func reply(_ result: Result<HTTPResponse, HTTPFailure>) -> APIReply {
        switch result {
        case .success(let response):
            if response.status >= 400, response.status != 404 { log.count(.api) }
            return APIReply(response, at: time(nil))
        case .failure(let failure):
            log.count(.api)
            log.debug("\(failure)")
            // A refusal counts even when its body is incomplete.
            if let refusal = failure.head.map({ APIReply($0, at: time(nil)) }),
                ReplyMeaning(refusal).isRefusal
            {
                return refusal
            }
            return .failure(
                reason(for: failure.kind), isTransient: failure.isTransient,
                isTimeout: failure.kind == .timedOut)
        }
    }

    private mutating func timeout(_ status: borrowing StatusFile) -> Duration {
        let (now, due) = (ClockReading.now(), status.untilDue(at: .now))
        guard answers.isEmpty else { return .zero }
        guard let wake = enricher.wakeTime(at: now) else { return due }
        return min(max(.zero, now.instant.duration(to: wake)), due)
    }

    private func report(into writer: inout JSONWriter) {
        EnrichmentReport(enricher, inFlight: inFlight.count).write(into: &writer, at: .now)
    }
}

/// Returns the text for `enrichment_reason`, without addresses or durations.
private func reason(for kind: HTTPFailure.Kind) -> String {
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
